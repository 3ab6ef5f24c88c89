/** The journal by itself: what it keeps, for how long, and which files it opens. */
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import {
	type JournalEntry,
	journalTables,
	openJournal,
} from "../../src/store/journal.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import { SENDER_KEYS } from "../support/deliveries.ts";
import { startWorld } from "../support/world.ts";

const entry = (about: Partial<JournalEntry> = {}): JournalEntry => ({
	locationId: "L",
	type: "ContactUpdate",
	kind: "CONTACT_UPDATED",
	contactId: "c1",
	subjectId: null,
	occurredAt: 1,
	receivedAt: 1000,
	body: "{}",
	...about,
});

const everything = { locationId: "L", after: 0, before: 1e9, limit: 1000 };

const open = (path = ":memory:") => {
	const sqlite = openSqlite(path, [journalTables]);
	return { sqlite, journal: openJournal(sqlite) };
};

test("many appends at once are one commit each turn, in order, and a known id appends nothing", async () => {
	using sqlite = openSqlite(":memory:", [journalTables]);
	const journal = openJournal(sqlite);
	const commits = countCommits(sqlite.db);
	const rows = await Promise.all(
		Array.from({ length: 100 }, (_, index) =>
			journal.append(entry({ body: `${index}` }), [`w:${index % 50}`]),
		),
	);
	expect(commits()).toBe(1);
	expect(rows.map((row) => row?.seq)).toEqual([
		...Array.from({ length: 50 }, (_, index) => index + 1),
		...Array.from({ length: 50 }, () => undefined),
	]);
	expect(await journal.range(everything)).toHaveLength(50);
	expect(await journal.last()).toBe(50);
});

test("retention takes the oldest by age and by size, remembers how far, and leaves what was not applied", async () => {
	const { sqlite, journal } = open();
	for (let index = 1; index <= 10; index++)
		await journal.append(
			entry({ receivedAt: index * 1000, body: "x".repeat(100) }),
			[`w:${index}`],
		);
	const keep = { ageMs: 1e9, bytes: 1e9, seenMs: 1e13 };
	// Nothing is applied yet, so nothing may go.
	expect(await journal.prune(1e12, { ...keep, ageMs: 1 })).toBe(0);
	await journal.saveApplied(8);
	expect(await journal.prune(5500, { ...keep, ageMs: 3000 })).toBe(2);
	expect(await journal.lostUpTo("L")).toBe(2);
	expect(await journal.lostUpTo("M")).toBe(0);
	expect(await journal.prune(5500, { ...keep, bytes: 500 })).toBe(3);
	expect((await journal.range(everything)).map(({ seq }) => seq)).toEqual([
		6, 7, 8, 9, 10,
	]);
	expect(await journal.prune(1e12, { ...keep, ageMs: 1 })).toBe(3);
	// Ids go only when no retry can bring them any more.
	expect(await journal.append(entry(), ["w:1"])).toBeUndefined();
	await journal.prune(1e12, { ...keep, seenMs: 1 });
	expect(await journal.append(entry(), ["w:1"])).toMatchObject({ seq: 11 });
	sqlite.close();
});

test("a file written by a newer program is refused with what to do, and one from before the journal gets its tables", async () => {
	await using folder = await mkdtempDisposable(join(tmpdir(), "journal-"));
	const path = join(folder.path, "gateway.db");
	openSqlite(path, []).close();
	const { sqlite, journal } = open(path);
	await journal.append(entry(), ["w:1"]);
	const { epoch } = journal;
	sqlite.close();
	const again = open(path);
	expect(again.journal.epoch).toBe(epoch);
	expect(await again.journal.range(everything)).toHaveLength(1);
	again.sqlite.close();
	const db = new DatabaseSync(path);
	db.exec("UPDATE schema_version SET version = 99 WHERE name = 'journal'");
	db.close();
	expect(() => open(path)).toThrow(
		/holds journal in version 99, but this program knows only up to \d+\. Start the newer program again/,
	);
});

test("what was journalled before a crash and not applied is applied at the next start", async () => {
	await using folder = await mkdtempDisposable(join(tmpdir(), "journal-"));
	const dataFile = join(folder.path, "gateway.db");
	const { sqlite, journal } = open(dataFile);
	const about = {
		locationId: "sandbox-location-1",
		body: JSON.stringify({ type: "ContactUpdate", id: "c1" }),
	};
	await journal.append(entry(about), ["w:1"]);
	await journal.append(
		entry({
			...about,
			type: "TaskCreate",
			kind: null,
			contactId: null,
			subjectId: "t2",
			body: JSON.stringify({ type: "TaskCreate", id: "t2" }),
		}),
		["w:2"],
		true,
	);
	expect(await journal.applied()).toBe(0);
	sqlite.close();

	await using world = await startWorld({
		gateway: {
			dataFile,
			webhooks: { keys: SENDER_KEYS, ownerWaitsMs: [5, 5] },
		},
	});
	world.sandbox.data.edit("tasks", "t2", { completed: false });
	const log = async () =>
		(await world.query("{ changes { nodes { type contactId } } }")).changes
			.nodes;
	await expect.poll(log).toEqual([
		{ type: "CONTACT_UPDATED", contactId: "c1" },
		{ type: "TASK_CREATED", contactId: "c2" },
	]);
});

/** Every COMMIT waits for the disk, so they are what a flood must not have one of each. */
const countCommits = (db: DatabaseSync): (() => number) => {
	const exec = db.exec.bind(db);
	let count = 0;
	db.exec = (sql) => {
		if (sql === "COMMIT") count++;
		exec(sql);
	};
	return () => count;
};
