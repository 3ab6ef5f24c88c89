/**
 * Values that are kept as text until somebody asks for them: most of what a large location is read of is read once, and
 * a text takes little memory, is weighed by its length, and costs the collection of garbage nothing.
 */
import { packedText, unpacked } from "../packed.ts";
import type { CacheEntry, CacheMetadata, Raw } from "./entry.ts";

export interface Asleep extends CacheMetadata {
	readonly value: undefined;
	readonly raw: Raw;
}

/** As the cache holds it. */
export type Kept = (CacheEntry & { readonly raw?: undefined }) | Asleep;

/** Does not hold on to the value. */
export const asleep = (
	{ ttl, tags, seq, readAt, until, refresh }: CacheMetadata,
	raw: Raw,
): Asleep => ({
	value: undefined,
	raw,
	ttl,
	tags,
	seq,
	readAt,
	until,
	refresh,
});

export const awake = ({ raw, ...standing }: Asleep): CacheEntry => ({
	...standing,
	value: raw.value(),
});

/** For a value that was not made of one answer alone. */
export const written = (value: unknown): Raw => {
	const text = packedText(JSON.stringify(value));
	return {
		bytes: text.length,
		isPart: false,
		value: () => JSON.parse(unpacked(text)),
		remember() {},
	};
};

// Parsed, rows of a CRM take about twice their text: an object for each, a word for each field, a header for each string.
const PARSED = 2;

/** What a value takes in memory as objects, by what it takes as text. In bytes. */
export const parsedBytes = (textBytes: number): number => PARSED * textBytes;
