/** What every journal promises; each implementation is a row. */
import { describe, expect, test } from "vitest";
import type {
	Journal,
	JournalEntry,
	JournalRow,
} from "../../src/store/journal.ts";
import { createSeal } from "../../src/store/seal.ts";
import type { Store } from "../../src/store/store.ts";
import { STORES } from "../support/stores.ts";

const SEAL = createSeal([new Uint8Array(32).fill(1)]);
const DAY_MS = 86_400_000;

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
const open = (store: Store): Promise<Journal> => store.journal(SEAL, DAY_MS);
const bodies = (rows: readonly JournalRow[]) => rows.map(({ body }) => body);

describe.each(STORES)("%s", (_, openStore) => {
	test("a row is kept as it came, in one order for all processes, and a known id appends nothing", async () => {
		await using opened = await openStore();
		const one = await open(opened.store);
		const two = await open(await opened.beside());
		expect(two.epoch).toBe(one.epoch);
		expect(await one.last()).toBe(0);
		const whole = entry({
			subjectId: "s",
			occurredAt: null,
			body: "é\u0000{}",
		});
		expect(await one.append(whole, ["w:0", "d:0"])).toMatchObject({
			...whole,
			seq: 1,
			waiting: false,
		});
		for (const id of ["w:0", "d:0"])
			expect(await two.append(entry(), ["new", id])).toBeUndefined();
		const rows = await Promise.all(
			Array.from({ length: 60 }, (_, index) =>
				(index % 2 ? one : two).append(entry({ body: `${index >> 1}` }), [
					`w:x${index >> 1}`,
				]),
			),
		);
		const kept = rows.flatMap((row) => row ?? []);
		expect(kept.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(
			Array.from({ length: 30 }, (_, index) => index + 2),
		);
		for (const journal of [two, await open(await opened.reopen())]) {
			expect(await journal.last()).toBe(31);
			const [first, ...rest] = await journal.range(everything);
			expect({ ...first, body: first?.body }).toMatchObject(whole);
			expect(bodies(rest)).toEqual(
				kept.toSorted((a, b) => a.seq - b.seq).map(({ body }) => body),
			);
			expect(journal.epoch).toBe(one.epoch);
		}
	});

	test("a range is of one location, between its bounds, of the kinds and contacts that are asked for, from either end", async () => {
		await using opened = await openStore();
		const journal = await open(opened.store);
		for (let index = 1; index <= 250; index++)
			await journal.append(
				entry({
					locationId: index % 5 ? "L" : "M",
					kind: index % 3 ? "CONTACT_UPDATED" : "TASK_CREATED",
					contactId: `c${index % 7}`,
				}),
				[],
			);
		await journal.append(entry({ kind: null }), []);
		const seqs = async (range: object) =>
			(await journal.range({ ...everything, ...range })).map(({ seq }) => seq);
		const wanted = (holds: (seq: number) => boolean) =>
			Array.from({ length: 250 }, (_, index) => index + 1).filter(
				(seq) => seq % 5 !== 0 && holds(seq),
			);
		expect(await seqs({})).toEqual(wanted(() => true));
		expect(await seqs({ after: 3, before: 9 })).toEqual([4, 6, 7, 8]);
		expect(await seqs({ limit: 2, after: 4 })).toEqual([6, 7]);
		expect(await seqs({ limit: 2, before: 9, fromEnd: true })).toEqual([7, 8]);
		const rare = (seq: number) => seq % 3 === 0 && seq % 7 === 2;
		const asked = { kinds: ["TASK_CREATED"], contactIds: ["c2", "nobody"] };
		expect(await seqs(asked)).toEqual(wanted(rare));
		expect(await seqs({ ...asked, fromEnd: true, limit: 3 })).toEqual(
			wanted(rare).slice(-3),
		);
		expect(await seqs({ kinds: [] })).toEqual([]);
		expect((await journal.behind(248, 2)).map(({ seq }) => seq)).toEqual([
			249, 250,
		]);
		expect((await journal.behind(250, 5)).map(({ kind }) => kind)).toEqual([
			null,
		]);
	});

	test("a row that waits is shown to nobody until its contact is found, and settled by one process", async () => {
		await using opened = await openStore();
		const one = await open(opened.store);
		const two = await open(await opened.beside());
		const row = await one.append(
			entry({ kind: null, contactId: null, subjectId: "t1" }),
			["w:1"],
			true,
		);
		if (!row) throw new Error("expected it to be new");
		await one.append(entry({ contactId: "c9" }), ["w:2"]);
		expect(await two.range(everything)).toHaveLength(1);
		expect(await two.waiting()).toMatchObject([
			{ seq: 1, subjectId: "t1", waiting: true, body: "{}" },
		]);
		const found = {
			kind: "TASK_CREATED",
			contactId: "c2",
			body: '{"found":1}',
		};
		const settled = await Promise.all(
			[one, two, one].map((journal) => journal.settle(row, found)),
		);
		expect(settled.filter(Boolean)).toMatchObject([{ seq: 3, ...found }]);
		for (const journal of [one, two]) {
			expect(await journal.waiting()).toEqual([]);
			const [, shown] = await journal.range(everything);
			expect({ ...shown, body: shown?.body }).toMatchObject({
				...found,
				seq: 3,
				subjectId: "t1",
				waiting: false,
			});
		}
	});

	test("retention takes the oldest by age and by size, remembers how far, and leaves what waits or was not applied", async () => {
		await using opened = await openStore();
		const journal = await open(opened.store);
		const bytes: number[] = [];
		for (let index = 1; index <= 10; index++) {
			const waits = index === 2;
			const row = await journal.append(
				entry({
					locationId: index === 3 ? "M" : "L",
					receivedAt: index * 1000,
					body: "x".repeat(100),
					...(waits && { kind: null, contactId: null }),
				}),
				[`w:${index}`],
				waits,
			);
			bytes.push(row?.bytes ?? 0);
		}
		const keep = { ageMs: 1e9, bytes: 1e9, seenMs: 1e13 };
		const left = async () =>
			(await journal.behind(0, 100)).map(({ seq }) => seq);
		expect(await journal.prune(1e12, keep)).toBe(0);
		await journal.saveApplied(5);
		expect(await journal.applied()).toBe(5);
		expect(await journal.prune(10_000, { ...keep, ageMs: 7000 })).toBe(1);
		expect(await left()).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
		expect(await journal.lostUpTo("L")).toBe(1);
		expect(await journal.lostUpTo("M")).toBe(0);
		expect(await journal.prune(1e12, { ...keep, ageMs: 1 })).toBe(3);
		expect(await left()).toEqual([2, 6, 7, 8, 9, 10]);
		expect(await journal.lostUpTo("M")).toBe(3);
		await journal.saveApplied(10);
		const total = bytes.slice(5).reduce((sum, one) => sum + one, bytes[1] ?? 0);
		const [one = 0] = bytes;
		expect(await journal.prune(1, { ...keep, bytes: total - one - 1 })).toBe(2);
		expect(await left()).toEqual([2, 8, 9, 10]);
		const next = await open(await opened.reopen());
		expect(await next.lostUpTo("L")).toBe(7);
		expect(await next.applied()).toBe(10);
		expect(await next.append(entry(), ["w:1"])).toBeUndefined();
		expect(await next.append(entry(), [])).toMatchObject({ seq: 11 });
	});

	test("whoever watches learns of every row, whichever process appended it", async () => {
		await using opened = await openStore();
		const one = await open(opened.store);
		const two = await open(await opened.beside());
		let reached = 0;
		const stop = one.watch(
			(last) => {
				reached = last;
				return undefined;
			},
			{ everyMs: 5, failed: () => {} },
		);
		await two.append(entry(), ["w:1"]);
		await expect.poll(() => reached).toBe(1);
		await one.append(entry(), ["w:2"]);
		await expect.poll(() => reached).toBe(2);
		stop();
	});
});
