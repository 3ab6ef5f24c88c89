/** What a kept value weighs: each of its words once, each of its rows the same under every key. */
import { expect, test } from "vitest";
import { createCache } from "../../src/cache/cache.ts";
import { settleIn } from "../../src/cache/weight.ts";
import { createNames } from "../../src/change.ts";

const aRow = (word: string) => ({
	id: `${word}-id`,
	tags: [word, `${word}-tag`],
	note: word.padEnd(100, "."),
});

test("a word weighs something the first time alone", () => {
	const first = settleIn(aRow("once"));
	const second = settleIn(aRow("once"));
	const words = ["once", "once-id", "once-tag"];
	const bytes = words.reduce((sum, { length }) => sum + 16 + length, 0);
	expect(first - second).toBe(bytes);
});

test("a row weighs the same in a page whether it was weighed before or not", () => {
	const before = aRow("page");
	settleIn(before);
	const met = settleIn({ rows: [before], total: 1 });
	const notMet = settleIn({ rows: [aRow("page")], total: 1 });
	expect(met).toBe(notMet);
});

test("a row that grew is weighed anew in a later turn", async () => {
	const row: Record<string, unknown> = aRow("grown");
	settleIn(row);
	const small = settleIn(row);
	await new Promise((resolve) => setImmediate(resolve));
	row.more = "x".repeat(1000);
	expect(settleIn(row) - small).toBe(8 + 16 + 1000);
});

test("a frozen value is weighed and left as it is", () => {
	const frozen = Object.freeze(["frozen", "frozen"]);
	expect(settleIn(frozen)).toBe(32 + 2 * (8 + 16 + 6));
	expect(frozen).toEqual(["frozen", "frozen"]);
});

test("what is kept counts by what it weighs, not by the guess it came with", () => {
	const cache = createCache(createNames());
	const reads = cache.reads("sandbox-location-1");
	reads.landed(reads.key("rows"), {
		value: Array.from({ length: 100 }, (_, n) => ({ n })),
		freshness: "webhook",
		names: [],
		mark: reads.mark(),
	});
	expect(cache.stats().bytes).toBeLessThan(10_000);
	cache.close();
});
