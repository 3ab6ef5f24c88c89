/** What every idempotency store promises; each implementation is a row. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
	type IdempotencyStore,
	idempotencyTables,
	sqliteIdempotency,
} from "../../src/store/idempotency.ts";
import { openSqlite } from "../../src/store/sqlite.ts";

interface Opened extends AsyncDisposable {
	readonly store: IdempotencyStore;
	/** As another process finds it after this one has died. */
	reopen(): Promise<IdempotencyStore>;
}

const sqlite = async (): Promise<Opened> => {
	const folder = await mkdtemp(join(tmpdir(), "idempotency-"));
	const open = () =>
		openSqlite(join(folder, "data.sqlite"), [idempotencyTables]);
	const files = [open()];
	return {
		store: sqliteIdempotency(files[0] as ReturnType<typeof open>),
		async reopen() {
			const file = open();
			files.push(file);
			return sqliteIdempotency(file);
		},
		async [Symbol.asyncDispose]() {
			for (const file of files) file.close();
			await rm(folder, { recursive: true });
		},
	};
};

const STORES: readonly (readonly [string, () => Promise<Opened>])[] = [
	["SQLite", sqlite],
];

const ID = { locationId: "L", subject: "ada", key: "k" };
const RECORD = {
	inputHash: "h",
	begunAt: 1000,
	sentAt: 1000,
	owner: "me",
	leaseUntil: 9000,
};

describe.each(STORES)("%s", (_, open) => {
	test("the first begins, and whoever comes later finds its record", async () => {
		await using opened = await open();
		const { store } = opened;
		const all = await Promise.all(
			[1, 2, 3].map((n) => store.begin(ID, { ...RECORD, owner: `o${n}` }, 0)),
		);
		expect(all.filter((seen) => seen === undefined)).toHaveLength(1);
		expect(await store.begin(ID, RECORD, 0)).toMatchObject({
			inputHash: "h",
			begunAt: 1000,
			outcome: null,
		});
	});

	test("a key of another caller or location is another key", async () => {
		await using opened = await open();
		const { store } = opened;
		await store.begin(ID, RECORD, 0);
		expect(
			await store.begin({ ...ID, subject: "bea" }, RECORD, 0),
		).toBeUndefined();
		expect(
			await store.begin({ ...ID, locationId: "M" }, RECORD, 0),
		).toBeUndefined();
	});

	test("an outcome is kept for the next process, and its thing is known as made", async () => {
		await using opened = await open();
		const { store } = opened;
		await store.begin(ID, RECORD, 0);
		await store.finish(ID, '{"done":1}', "task/t1");
		const next = await opened.reopen();
		expect(await next.begin(ID, RECORD, 0)).toMatchObject({
			outcome: '{"done":1}',
			owner: null,
		});
		expect(await next.isMade("L", "task/t1")).toBe(true);
		expect(await next.isMade("M", "task/t1")).toBe(false);
		expect(await next.isMade("L", "task/t2")).toBe(false);
	});

	test("what a process left open when it died is free for one taker", async () => {
		await using opened = await open();
		await opened.store.begin(ID, RECORD, 0);
		const next = await opened.reopen();
		const seen = await next.begin(ID, RECORD, 0);
		expect(seen).toMatchObject({ owner: null, outcome: null });
		if (!seen) throw new Error("the record is gone");
		const taken = await Promise.all(
			["a", "b"].map((owner) =>
				next.takeOver(ID, seen, { owner, leaseUntil: 9000 }),
			),
		);
		expect(taken.sort()).toEqual([false, true]);
	});

	test("what has an outcome cannot be taken over", async () => {
		await using opened = await open();
		const { store } = opened;
		await store.begin(ID, RECORD, 0);
		const seen = await store.begin(ID, RECORD, 0);
		await store.finish(ID, "{}", undefined);
		if (!seen) throw new Error("the record is gone");
		expect(
			await store.takeOver(ID, seen, { owner: "b", leaseUntil: 9000 }),
		).toBe(false);
	});

	test("a released record keeps when it began and tells when it was sent again", async () => {
		await using opened = await open();
		const { store } = opened;
		await store.begin(ID, RECORD, 0);
		await store.sendAgain(ID, 5000);
		await store.release(ID);
		expect(await store.begin(ID, RECORD, 0)).toMatchObject({
			begunAt: 1000,
			sentAt: 5000,
			owner: null,
		});
	});

	test("a forgotten record, and one that expired, count as none", async () => {
		await using opened = await open();
		const { store } = opened;
		await store.begin(ID, RECORD, 0);
		await store.forget(ID);
		expect(await store.begin(ID, RECORD, 0)).toBeUndefined();
		expect(
			await store.begin(ID, { ...RECORD, begunAt: 3000 }, 2000),
		).toBeUndefined();
		expect(await store.begin(ID, RECORD, 2000)).toMatchObject({
			begunAt: 3000,
		});
	});

	test("pruning removes what began earlier and nothing else", async () => {
		await using opened = await open();
		const { store } = opened;
		await store.begin(ID, RECORD, 0);
		await store.begin({ ...ID, key: "young" }, { ...RECORD, begunAt: 2000 }, 0);
		expect(await store.prune(2000)).toBe(1);
		expect(await store.begin({ ...ID, key: "young" }, RECORD, 0)).toBeDefined();
	});
});
