/** Numbers by chance from a seed, so that every run asks for the same: evenly, and by Zipf's law. */

/** Evenly from 0 up to 1 (mulberry32). */
export const seeded = (seed: number): (() => number) => {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
};

/** Ranks from 0 to `count` - 1 with exponent 1: the second half as often as the first, the third a third as often. */
export const zipfRanks = (
	count: number,
	chance: () => number,
): (() => number) => {
	const sums = new Float64Array(count);
	let sum = 0;
	for (let rank = 0; rank < count; rank++) {
		sum += 1 / (rank + 1);
		sums[rank] = sum;
	}
	return () => {
		const at = chance() * sum;
		let low = 0;
		let high = count - 1;
		while (low < high) {
			const middle = (low + high) >> 1;
			if ((sums[middle] as number) > at) high = middle;
			else low = middle + 1;
		}
		return low;
	};
};

export const shuffled = <T>(
	all: readonly T[],
	chance: () => number,
): readonly T[] =>
	all
		.map((one) => ({ one, at: chance() }))
		.sort((a, b) => a.at - b.at)
		.map(({ one }) => one);
