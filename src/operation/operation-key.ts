/** Gives each distinct query a short key, found from the request's own text without reading what it says. */
import { LRUCache } from "lru-cache";

/** What is asked, as a transport brings it. */
export interface OperationParameters {
	readonly query: string;
	readonly operationName?: string | null | undefined;
	readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
	readonly extensions?: Readonly<Record<string, unknown>> | null | undefined;
}

export interface OperationKeys {
	/** The key for a body or query string met before; undefined for one that must be read first. */
	ofText(text: string): string | undefined;
	/**
	 * The key for what was read from `text`, which is undefined where a query has no text of its own. The same query with
	 * the same variables has the same key, by whichever transport it comes and however it is spelled as JSON.
	 */
	learn(
		text: string | undefined,
		parameters: OperationParameters,
	): { readonly key: string; readonly isNew: boolean };
}

// Characters of the texts kept, and of what they say.
const REMEMBERED = 8_000_000;

export const createOperationKeys = (remembered = REMEMBERED): OperationKeys => {
	const ofText = new LRUCache<string, string>({ maxSize: remembered });
	const ofMeaning = new LRUCache<string, string>({ maxSize: remembered });
	let next = 0;
	return {
		ofText: (text) => ofText.get(text),
		learn(text, parameters) {
			const meaning = meaningOf(parameters);
			// A forgotten key is never given out again: it might still stand in an answer's key.
			const known = ofMeaning.get(meaning);
			const key = known ?? `q${next++}`;
			ofMeaning.set(meaning, key, { size: meaning.length });
			if (text) ofText.set(text, key, { size: text.length });
			return { key, isNew: known === undefined };
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
