/** Gives each distinct query a short word, found from the request's own bytes without reading what they say. */
import { recent } from "../recent.ts";
import type { Parameters } from "./parameters.ts";

export interface Asked {
	/** The word for a body or query string met before; undefined for one that must be read first. */
	known(text: string): string | undefined;
	/**
	 * The word for what was read from `text`. The same query with the same variables has the same word however it is
	 * spelled as JSON.
	 */
	learn(
		text: string,
		parameters: Parameters,
	): { readonly word: string; readonly isNew: boolean };
}

// Characters of the texts kept, and of what they say.
const REMEMBERED = 8_000_000;

export const createAsked = (remembered = REMEMBERED): Asked => {
	const ofText = recent<string, string>(remembered);
	const ofMeaning = recent<string, string>(remembered);
	let next = 0;
	return {
		known: (text) => ofText.get(text),
		learn(text, { query, operationName, variables, extensions }) {
			const meaning = JSON.stringify([
				query,
				operationName ?? null,
				sorted(variables),
				sorted(extensions),
			]);
			// A forgotten word is never given out again: it might still stand in an answer's key.
			const known = ofMeaning.get(meaning);
			const word = known ?? `q${next++}`;
			ofMeaning.set(meaning, word, meaning.length);
			ofText.set(text, word, text.length);
			return { word, isNew: known === undefined };
		},
	};
};

const sorted = (value: unknown): unknown => {
	if (Array.isArray(value)) return value.map(sorted);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([key, inner]) => [key, sorted(inner)]),
	);
};
