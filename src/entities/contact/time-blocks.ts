/**
 * Blocks of time, each with a word of its own: an instant lies in one block of every size, and a span is covered by few.
 * A value with the tags of a span's blocks is invalidated by every change within it, which is known by its instant alone.
 *
 * A word is the first octal digits of epoch milliseconds, so a block is eight times as long as those within it.
 */

/** Epoch milliseconds, both ends included; it may go on beyond what is known of it. */
export interface Span {
	readonly from: number;
	readonly to: number;
	/** Everything before `from` belongs to it, too. */
	readonly isOpenBefore: boolean;
	readonly isOpenAfter: boolean;
}

// From 1970 to 2109.
const DIGITS = 14;
const END = 8 ** DIGITS;
// The shortest block: 512 ms.
const MOST_DIGITS = 11;
const SHORTEST = 8 ** (DIGITS - MOST_DIGITS);
const LONGEST = END / 8;
// Nobody promises that one instant is written to the same fraction of a second everywhere.
const ROUNDED_BY_MS = 1000;
// What is covered beside the span at its ends is little beside the span.
const PARTS = 8;

/** The words of every block that the instant lies in; undefined for one outside of all blocks. */
export const blocksOf = (instant: number): string[] | undefined => {
	if (!(instant >= 0 && instant < END)) return undefined;
	const digits = Math.floor(instant).toString(8).padStart(DIGITS, "0");
	return Array.from({ length: MOST_DIGITS }, (_, index) =>
		digits.slice(0, index + 1),
	);
};

/** Blocks that together cover the span, and little more. */
export const blocksCovering = (span: Span): string[] => {
	const shortest = lengthWithin((span.to - span.from) / PARTS);
	const from = span.isOpenBefore ? 0 : span.from - ROUNDED_BY_MS;
	const to = span.isOpenAfter ? END - 1 : span.to + ROUNDED_BY_MS;
	const end = Math.min((Math.floor(to / shortest) + 1) * shortest, END);
	const words: string[] = [];
	let at = Math.max(0, Math.floor(from / shortest) * shortest);
	while (at < end) {
		let length = shortest;
		while (
			length < LONGEST &&
			at % (length * 8) === 0 &&
			at + length * 8 <= end
		)
			length *= 8;
		words.push(wordOf(at, length));
		at += length;
	}
	return words;
};

/** The longest block that is no longer than this, if there is one so short. */
const lengthWithin = (ms: number): number => {
	let length = SHORTEST;
	while (length * 8 <= ms && length < LONGEST) length *= 8;
	return length;
};

const wordOf = (at: number, length: number): string =>
	(at / length)
		.toString(8)
		.padStart(DIGITS - Math.round(Math.log2(length) / 3), "0");
