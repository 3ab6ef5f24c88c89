/**
 * Remembers what the API said last to each call that only reads. Most of what is read anew has not changed: said again
 * word for word, it is neither parsed nor checked again, and whoever made something of it finds the same object.
 */
import type { Packed } from "../packed.ts";

export interface SaidStats {
	/** Answers that said what the one before had said, of all that were asked for again. */
	readonly unchanged: number;
	readonly changed: number;
	readonly bytes: number;
}

/** What the API said to one call. */
export interface Saying {
	readonly text: Packed;
	/** What was made of it; undefined until it was said again. */
	readonly value: object | undefined;
}

export interface Said {
	/** Undefined where the API was not asked before, or says something else now. */
	again(call: string, text: Packed): Saying | undefined;
	/** `value` is held as long as the text, so it is given only for what was said again. */
	keep(call: string, text: Packed, value?: object): void;
	stats(): SaidStats;
	clear(): void;
}

// Beside the text stands what was parsed of it, as objects of about twice its size.
const WITH_VALUE = 3;
const OVERHEAD = 200;
// One page of hundreds of rows would push out everything else.
const LARGEST_SHARE = 1 / 16;

/** At most `bytes` are held, 0 for none. */
export const createSaid = (bytes: number): Said => {
	// What was said since the young ones began, and what had been said before that: when the young ones have grown to half
	// of all, the old ones go. That costs less for each call than an order of all by their last use.
	let young = new Map<string, Saying>();
	let old = new Map<string, Saying>();
	let youngBytes = 0;
	let oldBytes = 0;
	let unchanged = 0;
	let changed = 0;

	const sizeOf = (call: string, { text, value }: Saying): number =>
		OVERHEAD +
		call.length +
		(value === undefined ? text.length : WITH_VALUE * text.length);

	const keep = (call: string, saying: Saying): void => {
		const known = young.get(call);
		if (known) {
			young.delete(call);
			youngBytes -= sizeOf(call, known);
		}
		const size = sizeOf(call, saying);
		if (size > bytes * LARGEST_SHARE) return;
		if (youngBytes + size > bytes / 2) {
			old = young;
			oldBytes = youngBytes;
			young = new Map();
			youngBytes = 0;
		}
		young.set(call, saying);
		youngBytes += size;
	};
	return {
		again(call, text) {
			let last = young.get(call);
			if (last === undefined) {
				last = old.get(call);
				if (last === undefined) return undefined;
				keep(call, last);
			}
			if (last.text !== untraced(text)) {
				changed++;
				return undefined;
			}
			unchanged++;
			return last;
		},
		keep: (call, text, value) => keep(call, { text: untraced(text), value }),
		stats: () => ({ unchanged, changed, bytes: youngBytes + oldBytes }),
		clear() {
			young.clear();
			old.clear();
		},
	};
};

const TRACE = ',"traceId":"';
const LONGEST_TRACE = 80;

/** Answers end with an id of the call itself [community: issue 289], which is another one each time. */
const untraced = (text: Packed): Packed => {
	const at = text.lastIndexOf(TRACE);
	const isLast =
		at >= 0 &&
		text.length - at < LONGEST_TRACE &&
		text.indexOf('"', at + TRACE.length) === text.length - 2;
	return isLast ? (text.slice(0, at) as Packed) : text;
};
