/** Gives each distinct query a short word, found from the request's own bytes without reading what they say. */
import { recent } from "../recent.ts";
import type { Parameters } from "./graphql-request.ts";

export interface Asked {
	/** The word for a body or query string met before; undefined for one that must be read first. */
	known(text: string): string | undefined;
	/** The word for a query met before, by whichever door and spelling; undefined for one that was not. */
	met(parameters: Parameters): string | undefined;
	/**
	 * The word for what was read from `text`, which is undefined where a query has no text of its own. The same query
	 * with the same variables has the same word however it is spelled as JSON.
	 */
	learn(
		text: string | undefined,
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
		met: (parameters) => ofMeaning.get(meaningOf(parameters)),
		learn(text, parameters) {
			const meaning = meaningOf(parameters);
			// A forgotten word is never given out again: it might still stand in an answer's key.
			const known = ofMeaning.get(meaning);
			const word = known ?? `q${next++}`;
			ofMeaning.set(meaning, word, meaning.length);
			if (text !== undefined) ofText.set(text, word, text.length);
			return { word, isNew: known === undefined };
		},
	};
};

const meaningOf = ({
	query,
	operationName,
	variables,
	extensions,
}: Parameters): string =>
	JSON.stringify([
		query,
		operationName ?? null,
		sorted(variables),
		sorted(extensions),
	]);

const sorted = (value: unknown): unknown => {
	if (Array.isArray(value)) return value.map(sorted);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([key, inner]) => [key, sorted(inner)]),
	);
};
