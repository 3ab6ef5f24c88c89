/** Compiles queries with Relay's own compiler, since its store takes nothing else. */
import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ConcreteRequest } from "relay-runtime";

const ROOT = join(import.meta.dirname, "../..");
const CLI = createRequire(import.meta.url).resolve("relay-compiler/cli.js");

/** The compiled query for each document, which must be an anonymous one. @throws Error with the compiler's words. */
export const compileForRelay = async (
	documents: readonly string[],
): Promise<Map<string, ConcreteRequest>> => {
	const folder = await mkdtemp(join(tmpdir(), "relay-"));
	const nameOf = (index: number) => `AppN${index}Query`;
	try {
		await mkdir(join(folder, "src"));
		await mkdir(join(folder, "made"));
		await writeFile(
			join(folder, "src/App.js"),
			documents
				.map((text, index) => `graphql\`query ${nameOf(index)} ${text}\`;`)
				.join("\n"),
		);
		await writeFile(
			join(folder, "relay.config.json"),
			JSON.stringify({
				src: "./src",
				schema: "./schema.graphql",
				language: "javascript",
				artifactDirectory: "./made",
				jsModuleFormat: "commonjs",
				eagerEsModules: false,
			}),
		);
		await copyFile(
			join(ROOT, "schema.graphql"),
			join(folder, "schema.graphql"),
		);
		await promisify(execFile)(process.execPath, [CLI], { cwd: folder });
		const load = createRequire(join(folder, "made/"));
		return new Map(
			documents.map((text, index) => [
				text,
				load(`./${nameOf(index)}.graphql.js`) as ConcreteRequest,
			]),
		);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
};
