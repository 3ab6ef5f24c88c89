/** Makes a value small before it is kept, and tells what it weighs: near enough for a ceiling in bytes to mean bytes. */

// Measured on V8 with 64-bit pointers (no pointer compression): a header of three words, a word for each field, and
// strings of one byte a character. Text beyond Latin-1 weighs twice that.
const OBJECT = 24;
const ARRAY = 32;
const WORD = 8;
const STRING = 16;

// A CRM says the same few words over and over: tags, types, cities, ids of users and fields. Parsed from JSON each is
// a string of its own; kept, equal ones are one. When the pool is full of words seen once it starts again.
const LONGEST_WORD = 40;
const MOST_WORDS = 50_000;
const words = new Map<string, string>();

let wordBytes = 0;

// One row of a page is kept under several keys, and in the page: weighed once for all of them.
const MOST_WEIGHED = 1_000;
const weighed = new Map<object, number>();
const forget = () => weighed.clear();
// Page, list, row: what is inside rows is never kept by itself.
const ROW_DEPTH = 2;

/**
 * Bytes of a JSON-like value with all it holds. Equal short strings in it become one with those kept before, and weigh
 * nothing from the second time on. A value must not change in the turn of the event loop it was weighed in.
 */
export const settleIn = (value: unknown): number => {
	if (typeof value === "string") return STRING + value.length;
	if (typeof value !== "object" || value === null) return 0;
	wordBytes = 0;
	const sum = weigh(value, 0);
	if (weighed.size === 0) setImmediate(forget);
	if (weighed.size < MOST_WEIGHED) weighed.set(value, sum);
	return sum + wordBytes;
};

/** Without the words that are new. */
const weigh = (value: object, depth: number): number => {
	const known = depth <= ROW_DEPTH ? weighed.get(value) : undefined;
	if (known !== undefined) return known;
	const isList = Array.isArray(value);
	const holder = value as Record<string | number, unknown>;
	let sum = isList ? ARRAY : OBJECT;
	let isOpen: boolean | undefined;
	const settle = (key: string | number) => {
		const inner = holder[key];
		sum += WORD;
		if (typeof inner === "object" && inner !== null)
			sum += weigh(inner, depth + 1);
		if (typeof inner !== "string") return;
		isOpen ??= !Object.isFrozen(value);
		if (isOpen && inner.length <= LONGEST_WORD) holder[key] = pooled(inner);
		else sum += STRING + inner.length;
	};
	if (isList) for (let index = 0; index < value.length; index++) settle(index);
	else for (const key in holder) settle(key);
	return sum;
};

const pooled = (word: string): string => {
	const known = words.get(word);
	if (known !== undefined) return known;
	if (words.size >= MOST_WORDS) words.clear();
	words.set(word, word);
	wordBytes += STRING + word.length;
	return word;
};
