/** Blocks of time cover every instant of a span, and little beside it. */
import { expect, test } from "vitest";
import {
	blocksCovering,
	blocksOf,
	type Span,
} from "../../src/entities/contact/time-blocks.ts";
import { chance } from "../support/race/time.ts";

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 26);

const span = (from: number, to: number, open: Partial<Span> = {}): Span => ({
	from,
	to,
	isOpenBefore: false,
	isOpenAfter: false,
	...open,
});

const isCovered = (words: readonly string[], instant: number): boolean =>
	blocksOf(instant)?.some((word) => words.includes(word)) ?? false;

test("an instant lies in one block of every size, each within the one before", () => {
	const words = blocksOf(NOW) ?? [];
	expect(words).toHaveLength(11);
	for (const [index, word] of words.entries()) {
		expect(word).toHaveLength(index + 1);
		expect(words.at(-1)?.startsWith(word)).toBe(true);
	}
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 8 ** 14])(
	"%d lies in no block",
	(instant) => {
		expect(blocksOf(instant)).toBeUndefined();
	},
);

test("every instant of a span is covered, both ends included and a second beside them", () => {
	const random = chance(1);
	for (let round = 0; round < 2000; round++) {
		const from = Math.floor(random() * NOW);
		const length = Math.floor(10 ** (random() * 11));
		const words = blocksCovering(span(from, from + length));
		for (const instant of [
			from - 1000,
			from - 1,
			from,
			from + Math.floor(random() * length),
			from + length,
			from + length + 1,
			from + length + 1000,
		])
			if (instant >= 0)
				expect(
					isCovered(words, instant),
					`${instant} of ${from}+${length}`,
				).toBe(true);
	}
});

test("little beside a span is covered, by few blocks", () => {
	const random = chance(2);
	for (let round = 0; round < 2000; round++) {
		const length = Math.floor(60_000 + 10 ** (4 + random() * 7));
		const from = Math.floor(NOW - length - random() * 1000 * DAY_MS);
		const words = blocksCovering(span(from, from + length));
		expect(words.length).toBeLessThan(24);
		const beside = length / 8 + 2000;
		expect(isCovered(words, from - beside)).toBe(false);
		expect(isCovered(words, from + length + beside)).toBe(false);
	}
});

test("a span of one instant is covered by the blocks right around it", () => {
	const words = blocksCovering(span(NOW, NOW));
	expect(isCovered(words, NOW)).toBe(true);
	expect(words.length).toBeLessThan(7);
	expect(isCovered(words, NOW + 2000)).toBe(false);
	expect(isCovered(words, NOW - 2000)).toBe(false);
});

test("a span that goes on for ever is covered to the end of time", () => {
	const later = blocksCovering(
		span(NOW - 30 * DAY_MS, NOW, { isOpenAfter: true }),
	);
	expect(later.length).toBeLessThan(40);
	for (const days of [-30, -7, 0, 1, 30, 365, 10_000, 30_000])
		expect(isCovered(later, NOW + days * DAY_MS), `${days} days`).toBe(true);
	expect(isCovered(later, NOW - 36 * DAY_MS)).toBe(false);
	const earlier = blocksCovering(
		span(NOW - 30 * DAY_MS, NOW, { isOpenBefore: true }),
	);
	expect(earlier.length).toBeLessThan(40);
	for (const instant of [0, 1, NOW - 1000 * DAY_MS, NOW])
		expect(isCovered(earlier, instant)).toBe(true);
	expect(isCovered(earlier, NOW + 6 * DAY_MS)).toBe(false);
});

test("a span beyond all blocks is covered as far as there are blocks", () => {
	expect(blocksCovering(span(1e300, 1e300))).toEqual([]);
	expect(isCovered(blocksCovering(span(-1e300, NOW)), 0)).toBe(true);
	expect(isCovered(blocksCovering(span(NOW, 1e300)), 8 ** 14 - 1)).toBe(true);
});
