/** What every idempotency store promises; each implementation is a row. */
import { describe, expect, test } from "vitest";
import { STORES } from "../support/stores.ts";

const ID = { locationId: "L", subject: "ada", key: "k" };
const RECORD = {
	inputHash: "h",
	content: "same",
	begunAt: 1000,
	since: 900,
	sentAt: 1000,
	owner: "me",
	leaseUntil: 9000,
};

describe.each(STORES)("%s", (name, open) => {
	test("the first begins, and whoever comes later finds its record", async () => {
		await using opened = await open();
		const store = opened.store.idempotency;
		const all = await Promise.all(
			[1, 2, 3].map((n) => store.begin(ID, { ...RECORD, owner: `o${n}` }, 0)),
		);
		expect(all.filter((seen) => seen === undefined)).toHaveLength(1);
		expect(await store.begin(ID, RECORD, 0)).toMatchObject({
			inputHash: "h",
			begunAt: 1000,
			since: 900,
			outcome: null,
			settlesAt: null,
		});
		expect(await store.find(ID, 0)).toMatchObject({ begunAt: 1000 });
		expect(await store.find(ID, 1001)).toBeUndefined();
		expect(await store.find({ ...ID, key: "other" }, 0)).toBeUndefined();
	});

	test("two writes of the same content never claim the same thing, also at once", async () => {
		await using opened = await open();
		const store = opened.store.idempotency;
		const ids = ["a", "b", "c"].map((key) => ({ ...ID, key }));
		for (const id of ids) {
			await store.begin(id, RECORD, 0);
			await store.lost(id, 1000);
		}
		const claimed = await Promise.all(
			ids.map((id) =>
				store.claim(
					id,
					["t1", "t2"].map((made) => ({ made, outcome: `"${made}"` })),
					2000,
				),
			),
		);
		expect(claimed.toSorted()).toEqual([0, 1, undefined]);
		const kept = await Promise.all(ids.map((id) => store.find(id, 0)));
		expect(kept.map((record) => record?.outcome).toSorted()).toEqual([
			'"t1"',
			'"t2"',
			null,
		]);
	});

	test("nothing is claimed while a write of the same content is on its way", async () => {
		await using opened = await open();
		const store = opened.store.idempotency;
		const other = { ...ID, subject: "bea" };
		await store.begin(ID, RECORD, 0);
		await store.begin(other, RECORD, 0);
		await store.lost(ID, 1000);
		const candidates = [{ made: "t1", outcome: "{}" }];
		expect(await store.claim(ID, candidates, 2000)).toBe("wait");
		await store.lost(ID, 1500);
		expect(await store.find(ID, 0)).toMatchObject({ sentAt: 1500 });
		// Its process is taken for dead.
		expect(await store.claim(ID, candidates, 9000)).toBe(0);
	});

	test("two writes of the same content whose process died do not wait for each other once they are taken over", async () => {
		await using opened = await open();
		const store = opened.store.idempotency;
		const ids = ["a", "b"].map((key) => ({ ...ID, key }));
		for (const id of ids) {
			await store.begin(id, RECORD, 0);
			await store.release(id);
			const seen = await store.find(id, 0);
			if (!seen) throw new Error("the record is gone");
			await store.takeOver(id, seen, { owner: "me", leaseUntil: 9000 });
		}
		const [first, second] = ids as [typeof ID, typeof ID];
		const candidates = [{ made: "t1", outcome: "{}" }];
		expect(await store.claim(first, candidates, 2000)).toBe(0);
		// Sent again, it is on its way.
		await store.sendAgain(second, 2000);
		const third = { ...ID, key: "c" };
		await store.begin(third, RECORD, 0);
		expect(await store.claim(third, candidates, 2000)).toBe("wait");
	});

	test("a refusal that may hide a write is open until it is due, is handed to one taker, and comes again twice as late", async () => {
		await using opened = await open();
		const store = opened.store.idempotency;
		await store.begin(ID, RECORD, 0);
		const refusal = {
			outcome: '{"userErrors":[]}',
			settlesAt: 6000,
			mutation: "createNote",
			plan: "sealed",
		};
		await store.refuse(ID, refusal);
		const next = (await opened.beside()).idempotency;
		expect(await next.nextDue()).toBe(6000);
		const me = { owner: "me", leaseUntil: 9000 };
		expect(await next.takeDue(5999, me, 10)).toEqual([]);
		const taken = await Promise.all([
			next.takeDue(6000, me, 10),
			store.takeDue(6000, { ...me, owner: "another" }, 10),
		]);
		expect(taken.flat()).toMatchObject([
			{
				id: ID,
				mutation: "createNote",
				plan: "sealed",
				record: { outcome: refusal.outcome, begunAt: 1000, since: 900 },
			},
		]);
		expect(await next.nextDue()).toBe(11_000);
		for (const either of [store, next]) await either.release(ID);
		const seen = await next.find(ID, 0);
		expect(seen).toMatchObject({ settlesAt: 11_000, owner: null });
		await next.finish(ID, "{}", "t1");
		expect(await next.nextDue()).toBeUndefined();
		expect(await next.find(ID, 0)).toMatchObject({ settlesAt: null });
	});

	test("a key of another caller or location is another key", async () => {
		await using opened = await open();
		const store = opened.store.idempotency;
		await store.begin(ID, RECORD, 0);
		expect(
			await store.begin({ ...ID, subject: "bea" }, RECORD, 0),
		).toBeUndefined();
		expect(
			await store.begin({ ...ID, locationId: "M" }, RECORD, 0),
		).toBeUndefined();
	});

	test("an outcome is kept for the next process, and what it made cannot be claimed", async () => {
		await using opened = await open();
		const store = opened.store.idempotency;
		await store.begin(ID, RECORD, 0);
		await store.finish(ID, '{"done":1}', "task/t1");
		const next = (await opened.reopen()).idempotency;
		expect(await next.begin(ID, RECORD, 0)).toMatchObject({
			outcome: '{"done":1}',
			owner: null,
		});
		const claim = async (locationId: string, ...names: string[]) => {
			const id = { ...ID, locationId, key: names.join() };
			await next.begin(id, RECORD, 0);
			await next.lost(id, 1000);
			return next.claim(
				id,
				names.map((made) => ({ made, outcome: `"${made}"` })),
				2000,
			);
		};
		expect(await claim("L", "task/t1")).toBeUndefined();
		expect(await claim("M", "task/t1")).toBe(0);
		expect(await claim("L", "task/t1", "task/t2")).toBe(1);
	});

	test("what a process left open when it died is free for one taker", async () => {
		await using opened = await open();
		await opened.store.idempotency.begin(ID, RECORD, 0);
		const next = (await opened.reopen()).idempotency;
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
		const store = opened.store.idempotency;
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
		const store = opened.store.idempotency;
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
		const store = opened.store.idempotency;
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
		const store = opened.store.idempotency;
		await store.begin(ID, RECORD, 0);
		await store.begin({ ...ID, key: "young" }, { ...RECORD, begunAt: 2000 }, 0);
		// In Redis each record has an end of its own, so that pruning finds none.
		expect(await store.prune(2000)).toBe(name === "redis" ? 0 : 1);
		expect(await store.begin({ ...ID, key: "young" }, RECORD, 0)).toBeDefined();
	});
});
