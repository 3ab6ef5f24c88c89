/** The import table of src/ holds: arrows point down only. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { circles, offences } from "./support/layout.ts";

const SRC = join(import.meta.dirname, "../src");

const sources = async (): Promise<Map<string, string>> => {
	const files = (await readdir(SRC, { recursive: true }))
		.filter((file) => file.endsWith(".ts"))
		.map((file) => file.replaceAll("\\", "/"));
	const read = files.map(
		async (file) => [file, await readFile(join(SRC, file), "utf8")] as const,
	);
	return new Map(await Promise.all(read));
};

test("every import in src points the way the table allows", async () => {
	const tree = await sources();
	expect(tree.size).toBeGreaterThan(50);
	expect(offences(tree)).toEqual([]);
});

test("no files of src import each other in a circle", async () => {
	expect(circles(await sources())).toEqual([]);
});

test("a circle of files is found and named, wherever it is entered, also where types alone close it", () => {
	const tree = new Map([
		["server/yoga.ts", 'import { load } from "../cache/entry.ts";'],
		["cache/entry.ts", 'import { keep } from "./keep.ts";'],
		["cache/keep.ts", 'import type { Size } from "./size.ts";'],
		["cache/size.ts", 'import type { Entry } from "./entry.ts";'],
		["store/journal.ts", 'import { load } from "../cache/entry.ts";'],
	]);
	expect(circles(tree)).toEqual([
		"cache/entry.ts -> cache/keep.ts -> cache/size.ts -> cache/entry.ts",
	]);
});

test.each<[string, string, string, string]>([
	[
		"an arrow reversed",
		"upstream/client.ts",
		'import { builder } from "../schema-kit/builder.ts";',
		"upstream/client.ts imports schema-kit/builder.ts, but upstream/ may import store/store.ts",
	],
	[
		"a type taken against the arrow",
		"loading/loader.ts",
		'import type { RequestHandler } from "../server/http-server.ts";',
		"loading/loader.ts imports server/http-server.ts",
	],
	[
		"a parent that names its child",
		"entities/contact/schema.ts",
		'import { Task } from "../task/schema.ts";',
		"entities/contact/schema.ts imports entities/task/schema.ts",
	],
	[
		"REST that knows GraphQL",
		"entities/task/rest.ts",
		'import { builder } from "../../schema-kit/builder.ts";',
		"entities/task/rest.ts imports schema-kit/builder.ts",
	],
	[
		"REST that knows its own schema",
		"entities/task/rest.ts",
		'import { Task } from "./schema.ts";',
		"entities/task/rest.ts imports entities/task/schema.ts",
	],
	[
		"a sandbox that shares code",
		"sandbox/http/errors.ts",
		'import { ERRORS } from "../../errors.ts";',
		"sandbox/http/errors.ts imports errors.ts, but sandbox/ may import nothing",
	],
	[
		"somebody else who starts the sandbox",
		"gateway.ts",
		'const { startSandbox } = await import("./sandbox/sandbox.ts");',
		"gateway.ts imports sandbox/sandbox.ts",
	],
	[
		"a second way to the network",
		"entities/task/loader.ts",
		'import { Pool } from "undici";',
		"entities/task/loader.ts imports undici, which is for upstream/",
	],
	[
		"an environment read in passing",
		"log.ts",
		"const level = process.env.LOG_LEVEL;",
		"log.ts reads process.env, but only config/config.ts may",
	],
	[
		"a resolver with a clock of its own",
		"entities/task/schema.ts",
		"const isOverdue = ({ due }) => due < Date.now();",
		"entities/task/schema.ts looks at the clock itself",
	],
	[
		"a room nobody planned",
		"utils/strings.ts",
		"",
		"utils/strings.ts stands in a room without a row in the table",
	],
])("%s is found and named", (_, file, source, offence) => {
	const [found, ...more] = offences(new Map([[file, source]]));
	expect(found).toContain(offence);
	expect(more).toEqual([]);
});

test("an import over several lines, and one for its effects alone, are read too", () => {
	const tree = new Map([
		["store/sqlite.ts", 'import {\n\ta,\n\tb,\n} from "../gateway.ts";'],
		["store/redis.ts", 'import "../gateway.ts";'],
	]);
	expect(offences(tree)).toHaveLength(2);
});
