/** Callers' tokens are minted, listed and revoked from the command line, beside a running gateway. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { signingKey } from "../../src/signing-key.ts";
import { startWorld } from "../support/world.ts";

const run = promisify(execFile);
const CLI = join(import.meta.dirname, "../../src/token.ts");

const dataDir = async () => {
	const path = await mkdtemp(join(tmpdir(), "contact-graph-"));
	return {
		path,
		[Symbol.asyncDispose]: () => rm(path, { recursive: true }),
	};
};

test("a token that is revoked stops working in the running gateway, and no other does", async () => {
	await using dir = await dataDir();
	const token = async (...args: string[]) =>
		(
			await run(process.execPath, [CLI, ...args], {
				env: { ...process.env, DATA_DIR: dir.path },
			})
		).stdout;
	const secret = await signingKey(dir.path);
	await using world = await startWorld({
		gateway: {
			dataFile: join(dir.path, "contact-graph.sqlite"),
			auth: { secret, issuer: "contact-graph", audience: "contact-graph" },
		},
	});
	const flags = ["--location", "sandbox-location-1"];
	const first = (await token(...flags, "--subject", "first")).trim();
	const second = (await token("mint", ...flags, "--subject", "second")).trim();
	expect(first).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
	const ask = (bearer: string) =>
		world.query("{ location { locationId } }", undefined, { token: bearer });
	await ask(first);
	await ask(second);

	const list = await token("list");
	const row = list.split("\n").find((line) => line.includes("first")) ?? "";
	expect(row).toMatch(/sandbox-location-1 +contacts\.readonly .* valid$/);
	expect(list).not.toContain(first);
	const [id = ""] = row.split(" ");
	expect(await token("revoke", id)).toBe(`${id} is revoked\n`);

	const [error] = await world.fails("{ __typename }", undefined, {
		token: first,
	});
	expect(error?.extensions?.code).toBe("UNAUTHENTICATED");
	expect(error?.message).toContain("revoked");
	await ask(second);
	expect(await token("list")).toMatch(/first .* revoked\n/);
	expect(await token("revoke", id)).toBe(`${id} was revoked before\n`);
});

test.each<[string[], string]>([
	[["revoke"], "revoke expects the id of one token"],
	[["mint", "--ttl", "soon"], "--ttl expects a time"],
	[["--scope", ""], "--scope expects scopes"],
])("`token %j` says what it takes", async (args, said) => {
	await using dir = await dataDir();
	await expect(
		run(process.execPath, [CLI, ...args], {
			env: { ...process.env, DATA_DIR: dir.path },
		}),
	).rejects.toMatchObject({
		code: 1,
		stdout: "",
		stderr: expect.stringContaining(said),
	});
});
