/** The one order of a list that HighLevel gives whole: by a time, and by id where that is the same. */

interface Item {
	readonly id: string;
}

/** Epoch milliseconds; null for what has no time that can be read, which stands last whichever way. */
type TimeOf<T> = (item: T) => number | null;

/**
 * A list kind's order. The same list is put in order once, so that what is known of the ordered one is known again when
 * HighLevel answers as before.
 */
export const orderedBy = <T extends Item>(
	timeOf: TimeOf<T>,
	direction: "earliest first" | "latest first" = "earliest first",
): ((items: readonly T[]) => readonly T[]) => {
	const known = new WeakMap<readonly T[], readonly T[]>();
	const sign = direction === "earliest first" ? 1 : -1;
	return (items) => {
		const before = known.get(items);
		if (before) return before;
		const times = new Map(items.map((item) => [item, timeOf(item)]));
		const ordered = items.toSorted(
			(a, b) =>
				byTime(times.get(a) ?? null, times.get(b) ?? null, sign) ||
				compare(a.id, b.id),
		);
		known.set(items, ordered);
		return ordered;
	};
};

export const byTime = (
	a: number | null,
	b: number | null,
	sign: number,
): number => {
	if (a === b) return 0;
	if (a === null) return 1;
	if (b === null) return -1;
	return a < b ? -sign : sign;
};

export const compare = (a: string, b: string): number =>
	a < b ? -1 : a > b ? 1 : 0;
