/** What the gateway keeps: closed to other users, sealed, erased by contact, backed up while it runs, opened by later versions. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
	chmod,
	mkdtempDisposable,
	readdir,
	readFile,
	rm,
	stat,
	writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { createSeal } from "../../src/store/seal.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import { createTokenStore } from "../../src/store/tokens.ts";
import { createSender, SENDER_KEYS } from "../support/deliveries.ts";
import { mutate } from "../support/mutate.ts";
import { startWorld, type World, type WorldOptions } from "../support/world.ts";

const ROOT = join(import.meta.dirname, "../..");
const FIXTURES = join(ROOT, "test/fixtures");

const dataDir = async () => {
	const dir = await mkdtempDisposable(join(tmpdir(), "contact-graph-"));
	return {
		path: dir.path,
		file: join(dir.path, "contact-graph.sqlite"),
		/** Everything in it, as whoever copies it has it. */
		bytes: async () => {
			const names = await readdir(dir.path);
			const all = await Promise.all(
				names.map((name) => readFile(join(dir.path, name))),
			);
			return Buffer.concat(all).toString("latin1");
		},
		modes: async () =>
			Object.fromEntries(
				await Promise.all(
					["", ...(await readdir(dir.path))].map(async (name) => [
						name,
						((await stat(join(dir.path, name))).mode & 0o777).toString(8),
					]),
				),
			),
		[Symbol.asyncDispose]: () => dir.remove(),
	};
};

const startOn = (
	dataFile: string,
	gateway: WorldOptions["gateway"] = {},
): Promise<World> =>
	startWorld({
		contacts: 3,
		gateway: {
			dataFile,
			...gateway,
			webhooks: { keys: SENDER_KEYS, followMs: 5, ...gateway.webhooks },
		},
	});

/** Tells of two people, whose names stand nowhere else. */
const tell = async (world: World): Promise<void> => {
	const sender = createSender(world.url);
	const dateAdded = "2026-01-01T00:00:00.000Z";
	await sender.tell("ContactUpdate", {
		id: "c1",
		firstName: "Canaryada",
		email: "canary.ada@example.com",
		dateAdded,
	});
	await sender.tell("NoteCreate", {
		id: "n9",
		contactId: "c1",
		body: "canary of a note",
	});
	await sender.tell("ContactUpdate", {
		id: "c2",
		firstName: "Canarygrace",
		phone: "+13125550199",
		dateAdded,
	});
	await sender.close();
};

const CANARY = /canary|13125550199/i;

const changesOf = async (world: World, after?: string) => {
	const { changes } = await world.query(
		"query ($after: String) { changes(after: $after) { edges { cursor node { __typename ... on ContactUpdated { contactId } } } } }",
		{ after: after ?? null },
	);
	return changes.edges.map(
		({
			cursor,
			node,
		}: {
			cursor: string;
			node: { __typename: string; contactId?: string };
		}) => ({
			cursor,
			what: [node.__typename, node.contactId].filter(Boolean).join(" "),
		}),
	) as { cursor: string; what: string }[];
};
const whatIn = async (world: World, after?: string) =>
	(await changesOf(world, after)).map(({ what }) => what);

/** `npm run NAME -- ARGS` on the data in `dir`. */
const run = (
	dir: string,
	...args: string[]
): Promise<{ code: number; output: string }> =>
	new Promise((resolve) => {
		execFile(
			process.execPath,
			[join(ROOT, "src/data.ts"), ...args],
			{ env: { PATH: process.env.PATH, DATA_DIR: dir } },
			(error, stdout, stderr) =>
				resolve({
					code: error ? Number(error.code) : 0,
					output: stdout + stderr,
				}),
		);
	});

test("directory and files are closed to other users, those that stood open as well", async () => {
	await using dir = await dataDir();
	const made = join(dir.path, "made");
	{
		await using world = await startOn(join(made, "contact-graph.sqlite"));
		await tell(world);
		for (const name of ["", ...(await readdir(made))])
			expect((await stat(join(made, name))).mode & 0o077, name).toBe(0);
	}
	await writeFile(dir.file, "", { mode: 0o644 });
	await chmod(dir.file, 0o644);
	await using world = await startOn(dir.file);
	await tell(world);
	expect(await dir.modes()).toMatchObject({
		"contact-graph.sqlite": "600",
		"contact-graph.sqlite-wal": "600",
		"contact-graph.sqlite-shm": "600",
		"sealing.key": "600",
	});
});

test("nobody reads a name, an address or a number in a copy of the files, and subscribers read all of it", async () => {
	await using dir = await dataDir();
	{
		await using world = await startOn(dir.file);
		await tell(world);
		expect(await dir.bytes()).not.toMatch(CANARY);
	}
	expect(await dir.bytes()).not.toMatch(CANARY);
	await using world = await startOn(dir.file);
	expect(await whatIn(world)).toEqual([
		"ContactUpdated c1",
		"NoteCreated",
		"ContactUpdated c2",
	]);
});

test("after a change of keys the new one opens everything, and without any of them the start says which is missing", async () => {
	await using dir = await dataDir();
	const [old, next] = [randomBytes(32), randomBytes(32)];
	{
		await using world = await startOn(dir.file, { sealKeys: [old] });
		await tell(world);
	}
	await expect(startOn(dir.file, { sealKeys: [next] })).rejects.toThrow(
		`sealed with the key ${createSeal([old]).keys[0]}, which is not among the 1 configured. List the old key behind the new one in TOKEN_KEYS`,
	);
	await (await startOn(dir.file, { sealKeys: [next, old] }))[
		Symbol.asyncDispose
	]();
	await using world = await startOn(dir.file, { sealKeys: [next] });
	expect(await whatIn(world)).toEqual([
		"ContactUpdated c1",
		"NoteCreated",
		"ContactUpdated c2",
	]);
});

test("what a refusal that may hide a write keeps of it is sealed, and erased with its contact", async () => {
	await using dir = await dataDir();
	await using world = await startOn(dir.file);
	for (const contactId of ["c1", "c2"]) {
		world.upstream.next({
			kind: "status",
			status: 400,
			body: { statusCode: 400, message: ["body must be a string"] },
			match: { method: "POST", path: `/contacts/${contactId}/notes` },
		});
		await mutate(world, "createNote", {
			contactId,
			body: "Zebulon Quist, zeb@canary.example",
			idempotencyKey: `of-${contactId}`,
		});
	}
	expect(await dir.bytes()).not.toMatch(/zeb/i);
	expect(await run(dir.path, "erase", "--contact", "c1")).toMatchObject({
		code: 0,
		output: expect.stringMatching(/ and 1 outcomes of writes\. /),
	});
	using db = new DatabaseSync(dir.file, { readOnly: true });
	expect(db.prepare("SELECT key FROM idempotency").all()).toEqual([
		{ key: "of-c2" },
	]);
});

test("a contact that is erased is gone from the journal, the outcomes of writes and the cache of a gateway that runs", async () => {
	await using dir = await dataDir();
	await using world = await startOn(dir.file);
	await tell(world);
	await mutate(world, "updateContact", {
		contactId: "c1",
		city: "Rome",
		idempotencyKey: "of-c1",
	});
	await mutate(world, "updateContact", {
		contactId: "c2",
		city: "Rome",
		idempotencyKey: "of-c2",
	});
	const ask = () => world.query('{ contact(id: "c1") { name } }');
	await ask();
	world.upstream.clearCalls();
	await ask();
	expect(world.calls).toBeExactly();

	expect(await run(dir.path, "erase", "--contact", "c1")).toEqual({
		code: 0,
		output: expect.stringMatching(
			/^c1 is erased: 2 webhooks and 1 outcomes of writes\. /,
		),
	});
	expect(await whatIn(world)).toEqual(["ContactUpdated c2"]);
	using db = new DatabaseSync(dir.file, { readOnly: true });
	expect(db.prepare("SELECT key FROM idempotency").all()).toEqual([
		{ key: "of-c2" },
	]);
	// The gateway hears of it by the journal, which it looks into every 5 ms here.
	const deadline = Date.now() + 5000;
	while (world.calls.length === 0 && Date.now() < deadline) await ask();
	expect(world.calls).toBeExactly("GET /contacts/c1");
});

test("erase says what it expects", async () => {
	await using dir = await dataDir();
	for (const args of [[], ["--contact", "a b"], ["--contact", ""]])
		expect(await run(dir.path, "erase", ...args)).toEqual({
			code: 1,
			output: expect.stringMatching(
				/^erase: erase expects --contact with HighLevel's id of the contact, got "[^"]*"\n$/,
			),
		});
});

test("a backup is made while the gateway runs, and is put back whole where none runs", async () => {
	await using dir = await dataDir();
	const backup = join(dir.path, "contact-graph.backup");
	let cursors: string[] = [];
	{
		await using world = await startOn(dir.file);
		await tell(world);
		cursors = (await changesOf(world)).map(({ cursor }) => cursor);
		expect(await run(dir.path, "backup", backup)).toEqual({
			code: 0,
			output: expect.stringMatching(
				/ holds all of it, \d+ bytes, checked whole\./,
			),
		});
		expect((await stat(backup)).mode & 0o777).toBe(0o600);
		expect((await run(dir.path, "backup", backup)).output).toBe(
			`backup: ${backup} is there already. Name a new file, or move that one away.\n`,
		);
		expect((await run(dir.path, "restore", backup)).output).toBe(
			`restore: ${dir.file} is in use by a gateway. Stop it, restore, and start it again.\n`,
		);
		await tell(world);
	}
	await writeFile(dir.file, "no database any more");
	expect(await run(dir.path, "restore", backup)).toEqual({
		code: 0,
		output: `${dir.file} is what ${backup} holds, checked whole. What was there is now ${dir.file}.old.\n`,
	});
	await using world = await startOn(dir.file);
	expect(await whatIn(world)).toEqual([
		"ContactUpdated c1",
		"NoteCreated",
		"ContactUpdated c2",
	]);
	// Places of before may mean other changes now: whoever comes with one hears of the gap.
	expect((await whatIn(world, cursors[1]))[0]).toBe("Gap");
});

test("a backup that is damaged, or not one, is not put in the place of the data", async () => {
	await using dir = await dataDir();
	await (await startOn(dir.file))[Symbol.asyncDispose]();
	const before = await readFile(dir.file);
	const backup = join(dir.path, "contact-graph.backup");
	await run(dir.path, "backup", backup);
	const whole = await readFile(backup);
	for (const [spoilt, says] of [
		[whole.subarray(0, whole.length / 2), "is damaged"],
		[
			Buffer.concat([
				whole.subarray(0, 8192),
				Buffer.alloc(8192, 0xff),
				whole.subarray(16384),
			]),
			"is damaged",
		],
		[Buffer.from("x".repeat(2000)), "is not a data file"],
	] as const) {
		await writeFile(backup, spoilt);
		expect(await run(dir.path, "restore", backup)).toEqual({
			code: 1,
			output: expect.stringMatching(
				new RegExp(`^restore: ${backup} ${says}[^\n]*\n$`),
			),
		});
		expect((await readFile(dir.file)).equals(before)).toBe(true);
	}
	await rm(backup);
	expect((await run(dir.path, "restore", backup)).output).toContain(
		"is not there",
	);
});

// `data-1.sqlite.gz`: three changes and a task that waits for its contact, a finished write with the key "kept-key", a
// sealed token, a caller's token that is revoked; written by the gateway whose journal was in version 1, in clear.
test("the data of the first version is opened, and sealed", async () => {
	await using dir = await dataDir();
	await writeFile(
		dir.file,
		gunzipSync(await readFile(join(FIXTURES, "data-1.sqlite.gz"))),
	);
	expect(await dir.bytes()).toMatch(/ada\.kept@example\.com/);
	const key = Buffer.alloc(32, 7);
	const AGES_MS = 1e13;
	{
		await using world = await startOn(dir.file, {
			sealKeys: [key],
			writes: { keptMs: AGES_MS },
			webhooks: { retention: { ageMs: AGES_MS } },
		});
		expect(await whatIn(world)).toEqual([
			"ContactCreated",
			"NoteCreated",
			"ContactUpdated c2",
		]);
		// A cursor that was given then, behind the first.
		expect(await whatIn(world, "VmpOQ3BGSWkuMS5FMkh1T1k")).toEqual([
			"NoteCreated",
			"ContactUpdated c2",
		]);
		const deleted = await mutate(world, "deleteContact", {
			contactId: "c3",
			idempotencyKey: "kept-key",
		});
		expect(deleted.userErrors).toEqual([]);
		expect(world.calls).toBeExactly();
	}
	expect(await dir.bytes()).not.toMatch(
		/kept@example|\+13125550142|Kept note|Kept task/,
	);
	using sqlite = openSqlite(dir.file);
	const tokens = createTokenStore(sqlite, createSeal([key]));
	expect(tokens.secrets({ kind: "location", id: "kept-location" })).toEqual({
		accessToken: "kept-access",
		refreshToken: "kept-refresh",
	});
	expect(
		sqlite.db
			.prepare("SELECT id, revoked_at FROM caller_tokens ORDER BY id")
			.all(),
	).toEqual([
		{ id: "kept-revoked", revoked_at: 3 },
		{ id: "kept-valid", revoked_at: null },
	]);
});
