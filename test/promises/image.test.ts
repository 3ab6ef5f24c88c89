/** The image's process runs with the permissions of its Dockerfile, and these are enough. */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtempDisposable, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mintToken } from "../../src/auth/authenticator.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { createAsker } from "../support/ask.ts";
import { gatewayProcess } from "../support/gateway-process.ts";

const DOCKERFILE = join(import.meta.dirname, "../../Dockerfile");
const SECRET = "a secret of the image's test, 32 bytes".replaceAll(" ", "-");
const LOCATION = "sandbox-location-1";

/** Node's flags as the Dockerfile has them, with directories of the test's in place of the image's. */
const flagsOf = async (dir: string): Promise<string[]> => {
	// Node takes a path that is not there yet for a file.
	for (const own of ["data", "app/compile-cache"])
		await mkdir(join(dir, own), { recursive: true });
	const command = /^CMD (\[.*\])$/m.exec(
		await readFile(DOCKERFILE, "utf8"),
	)?.[1];
	const words = JSON.parse(command as string) as string[];
	expect(words.at(0)).toBe("node");
	expect(words.at(-1)).toBe("src/main.ts");
	return words
		.slice(1, -1)
		.map((flag) => flag.replace(/=\/(data|app\/)/, `=${dir}/$1`));
};

test("with the image's permissions the gateway answers queries and stores writes", async () => {
	await using folder = await mkdtempDisposable(join(tmpdir(), "image-"));
	const flags = await flagsOf(folder.path);
	expect(flags).toContain("--permission");
	const sandbox = await startSandbox({ contacts: 1, ids: "readable" });
	await using closing = new AsyncDisposableStack();
	closing.defer(() => sandbox.close());
	await using gateway = await gatewayProcess({
		NODE_OPTIONS: flags.join(" "),
		CONTACTS_API_URL: sandbox.url,
		CONTACTS_API_TOKEN: sandbox.tokens[LOCATION] ?? "",
		LOCATION_ID: LOCATION,
		AUTH_SECRET: SECRET,
		DATA_DIR: join(folder.path, "data"),
	});
	await gateway.start();
	const token = await mintToken({
		secret: SECRET,
		issuer: "contact-graph",
		audience: "contact-graph",
		subject: "image",
		locations: [LOCATION],
		scopes: ["contacts.readonly", "contacts.write"],
		ttlSeconds: 3600,
	});
	const asker = createAsker(gateway.url, token, () => "");
	closing.defer(() => asker.close());
	const { errors, data } = await asker.answer(
		'mutation { createNote(input: { contactId: "c1", body: "kept", idempotencyKey: "k" }) { note { body } userErrors { message } } }',
	);
	expect(errors).toBeUndefined();
	expect(data.createNote).toEqual({ note: { body: "kept" }, userErrors: [] });
	expect(await readdir(join(folder.path, "data"))).toContain(
		"contact-graph.sqlite",
	);
	expect(await gateway.stop()).toBe(0);
}, 60_000);

test("it may write nowhere else, starts no process, and uses its compile cache", async () => {
	await using folder = await mkdtempDisposable(join(tmpdir(), "image-"));
	const run = (script: string): string =>
		execFileSync(
			process.execPath,
			[...flags, "--input-type=module", "--eval", script],
			{
				encoding: "utf8",
				env: { ...process.env, NODE_COMPILE_CACHE: cache },
			},
		);
	const flags = await flagsOf(folder.path);
	const cache = join(folder.path, "app/compile-cache");
	const denied = (statement: string) =>
		run(`
			import { writeFileSync } from "node:fs";
			import { spawnSync } from "node:child_process";
			import { Worker } from "node:worker_threads";
			try { ${statement}; console.log("done"); }
			catch (error) { console.log(error.code); }`);
	const elsewhere = JSON.stringify(join(folder.path, "elsewhere"));
	expect(denied(`writeFileSync(${elsewhere}, "")`)).toBe("ERR_ACCESS_DENIED\n");
	expect(denied("spawnSync(process.execPath)")).toBe("ERR_ACCESS_DENIED\n");
	expect(denied("new Worker('', { eval: true })")).toBe("ERR_ACCESS_DENIED\n");
	expect(
		run('import m from "node:module"; console.log(m.getCompileCacheDir());'),
	).toContain(cache);
});
