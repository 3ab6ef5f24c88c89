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

/** Bytes of a JSON-like value with all it holds. Equal short strings in it become one with those kept before. */
export const settleIn = (value: unknown): number => {
	if (typeof value === "string") return STRING + value.length;
	if (typeof value !== "object" || value === null) return 0;
	const holder = value as Record<string, unknown>;
	const isOpen = !Object.isFrozen(value);
	let sum = Array.isArray(value) ? ARRAY : OBJECT;
	for (const key in holder) {
		const inner = holder[key];
		sum += WORD;
		if (typeof inner === "string" && inner.length <= LONGEST_WORD && isOpen) {
			const known = words.get(inner);
			if (known !== undefined) {
				holder[key] = known;
				continue;
			}
			if (words.size >= MOST_WORDS) words.clear();
			words.set(inner, inner);
		}
		sum += settleIn(inner);
	}
	return sum;
};
