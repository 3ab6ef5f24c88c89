/** Gives each distinct operation a short key, found by the request's text without parsing it. */
import { LRUCache } from "lru-cache";

/** The parameters of a GraphQL request, as a transport brings them. */
export interface OperationParameters {
	readonly query: string;
	readonly operationName?: string | null | undefined;
	readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
	readonly extensions?: Readonly<Record<string, unknown>> | null | undefined;
}

export interface OperationKey {
	/**
	 * The same query with the same variables has the same, by whichever transport it comes and however it is spelled as
	 * JSON.
	 */
	readonly key: string;
	/** It was not asked for before, or so long ago that this is forgotten. */
	readonly isNew: boolean;
}

export interface OperationKeys {
	/** The key for a body or query string seen before; undefined for one that must be parsed first. */
	ofText(text: string): string | undefined;
	of(parameters: OperationParameters): OperationKey;
	/** `text` is what an operation of this key was read from. */
	learnText(text: string, key: string): void;
}

// Characters of the texts kept, and of what they say.
const REMEMBERED = 8_000_000;

export const createOperationKeys = (remembered = REMEMBERED): OperationKeys => {
	const ofText = new LRUCache<string, string>({ maxSize: remembered });
	const ofMeaning = new LRUCache<string, string>({ maxSize: remembered });
	let next = 0;
	return {
		ofText: (text) => ofText.get(text),
		of(parameters) {
			const meaning = meaningOf(parameters);
			// A forgotten key is never given out again: it might still stand in an answer's key.
			const known = ofMeaning.get(meaning);
			const key = known ?? `q${next++}`;
			ofMeaning.set(meaning, key, { size: meaning.length });
			return { key, isNew: known === undefined };
		},
		learnText(text, key) {
			ofText.set(text, key, { size: text.length });
		},
	};
};

const meaningOf = ({
	query,
	operationName,
	variables,
	extensions,
}: OperationParameters): string =>
	JSON.stringify([
		query,
		operationName ?? null,
		sorted(variables ?? {}),
		sorted(extensions ?? {}),
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
