/** Callers' tokens are minted, listed and revoked from the command line, beside a running gateway. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { mintToken } from "../../src/auth/authenticator.ts";
import { signingKey } from "../../src/config/signing-key.ts";
import {
	CALLER_TABLES,
	createCallerTokens,
} from "../../src/store/caller-tokens.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import { subscribe } from "../support/subscribers.ts";
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
	expect(await token("revoke", "mistyped")).toMatch(
		/^mistyped is revoked, but is not in the list/,
	);
});

test("a token that is revoked ends the sockets it opened", async () => {
	await using dir = await dataDir();
	const secret = await signingKey(dir.path);
	const dataFile = join(dir.path, "contact-graph.sqlite");
	const auth = { secret, issuer: "contact-graph", audience: "contact-graph" };
	await using world = await startWorld({
		gateway: { dataFile, auth, streams: { recheckMs: 20 } },
	});
	const token = await mintToken({
		...auth,
		id: "lost-phone",
		locations: ["sandbox-location-1"],
		scopes: ["contacts.readonly"],
		ttlSeconds: 600,
	});
	const subscriber = await subscribe({
		url: world.url,
		token,
		transport: "WebSocket",
		query: "subscription { changes { cursor } }",
	});
	await expect.poll(() => world.gateway.subscriptions, { interval: 5 }).toBe(1);
	using sqlite = openSqlite(dataFile, [CALLER_TABLES]);
	await createCallerTokens(sqlite).revoke("lost-phone", Date.now());
	const last = await subscriber.answer("goodbye");
	expect(last?.errors?.[0]?.extensions?.code).toBe("UNAUTHENTICATED");
	await expect.poll(() => subscriber.closed?.code, { interval: 5 }).toBe(4403);
	await subscriber.close();
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
