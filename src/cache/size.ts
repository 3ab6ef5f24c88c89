/**
 * How much memory a value takes, counted when it is kept: what the ceiling of the cache is held by. Near enough for a
 * ceiling (test/units/size.test.ts states the error), cheap enough for every read.
 */

// V8 on a 64-bit machine without pointer compression, as Node is built: a map, properties and elements, then a word for
// each field. An array has its elements in an object of their own.
const WORD = 8;
const OBJECT = 3 * WORD;
const ARRAY = 6 * WORD;
const HEAP_NUMBER = 2 * WORD;
const STRING = 2 * WORD;

// Of a longer list about so many items, spread over it, stand for the others.
const SAMPLE = 8;
// JSON.parse holds equal texts of at most so many letters once: "US" of a thousand contacts takes as much as of one. Of
// the others nobody knows how many differ, so about half is counted for each.
const INTERNED = 10;
// A shorter text is taken for Latin-1: to look at each costs more than the few bytes it may be wrong by.
const SHORT_TEXT = 24;

/** The size of plain data (what JSON can hold) as objects in memory, in bytes. */
export const sizeOf = (value: unknown): number => {
	if (typeof value === "string") return sizeOfText(value);
	if (typeof value === "number")
		return Number.isInteger(value) ? 0 : HEAP_NUMBER;
	if (typeof value !== "object" || value === null) return 0;
	if (Array.isArray(value)) return sizeOfList(value);
	let bytes = OBJECT;
	for (const key in value)
		bytes += WORD + sizeOf((value as Record<string, unknown>)[key]);
	return bytes;
};

const sizeOfList = (items: readonly unknown[]): number => {
	const step = Math.ceil(items.length / SAMPLE);
	let bytes = 0;
	let counted = 0;
	for (let index = 0; index < items.length; index += step) {
		bytes += sizeOf(items[index]);
		counted++;
	}
	const share = counted === 0 ? 0 : items.length / counted;
	return ARRAY + WORD * items.length + Math.ceil(bytes * share);
};

/** A letter takes a byte, or two where any letter of the text is beyond Latin-1. */
const sizeOfText = (text: string): number => {
	if (text.length <= INTERNED) return STRING;
	const isWide = text.length > SHORT_TEXT && BEYOND_LATIN_1.test(text);
	return STRING + WORD * Math.ceil(((isWide ? 2 : 1) * text.length) / WORD);
};

const BEYOND_LATIN_1 = /[^\0-\xff]/;
