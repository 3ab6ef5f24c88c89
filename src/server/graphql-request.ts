/** Reads what a GraphQL request asks for, from a POST body or the query string of a GET, and refuses everything doubtful. */
import { type Failure, fail } from "../errors.ts";
import { checkJson } from "./json-text.ts";

export interface Parameters {
	readonly query: string;
	/** Of a trusted document, in place of its text. */
	readonly documentId?: string;
	readonly operationName: string | undefined;
	readonly variables: Record<string, unknown>;
	readonly extensions: Record<string, unknown>;
}

/** @throws Failure BAD_REQUEST, or LIMIT_EXCEEDED for JSON of too many values or levels. */
export const parametersOfBody = (text: string): Parameters =>
	checkedParameters(json(text, "body"));

/** @throws Failure BAD_REQUEST, or LIMIT_EXCEEDED for JSON of too many values or levels. */
export const parametersOfUrl = (search: URLSearchParams): Parameters => {
	const given: Record<string, unknown> = {};
	for (const [name, value] of search) {
		// In place of a header, so none of what is asked.
		if (name === "ticket") continue;
		if (Object.hasOwn(given, name)) throw bad(`${name} is given twice`);
		given[name] =
			name === "variables" || name === "extensions"
				? json(value || "null", name)
				: value;
	}
	return checkedParameters(given);
};

const NAMES = [
	"query",
	"documentId",
	"operationName",
	"variables",
	"extensions",
];

/** What came as JSON already. @throws Failure BAD_REQUEST. */
export const checkedParameters = (given: unknown): Parameters => {
	if (Array.isArray(given))
		throw bad(
			"expected an object, but got a list; batches are not supported, put several fields into one query",
		);
	if (!isMap(given)) throw bad(`expected an object, but got ${kind(given)}`);
	const { query, documentId, operationName, variables, extensions } = given;
	// Relay and others send all the keys they know, with null in those they do not use.
	const stray = Object.keys(given).find(
		(name) => !NAMES.includes(name) && given[name] !== null,
	);
	if (stray !== undefined)
		throw bad(
			`unknown parameter ${JSON.stringify(stray.slice(0, 40))}; expected ${NAMES.join(", ")}`,
		);
	if (documentId != null && typeof documentId !== "string")
		throw bad(`documentId must be a string, but is ${kind(documentId)}`);
	// Null is how some clients leave it out.
	if (query != null && typeof query !== "string")
		throw bad(`query must be a string, but is ${kind(query)}`);
	if (operationName != null && typeof operationName !== "string")
		throw bad(`operationName must be a string, but is ${kind(operationName)}`);
	if (variables != null && !isMap(variables))
		throw bad(`variables must be an object, but is ${kind(variables)}`);
	if (extensions != null && !isMap(extensions))
		throw bad(`extensions must be an object, but is ${kind(extensions)}`);
	return {
		query: (query ?? undefined) as string,
		...(documentId && { documentId }),
		// Empty is how forms, and some clients, write that there is none.
		operationName: operationName || undefined,
		variables: variables ?? {},
		extensions: extensions ?? {},
	};
};

/** Why there is no query to run. A plugin may bring one by other means, so it is asked behind all of them. */
export const missingQuery = (query: unknown): Failure | undefined => {
	if (typeof query !== "string")
		return bad(`query must be a string, but is ${kind(query)}`);
	return query.trim() ? undefined : bad("query must not be empty");
};

const json = (text: string, what: string): unknown => {
	checkJson(text, what);
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw bad(`the ${what} is not JSON`, cause);
	}
};

export const bad = (what: string, cause?: unknown) =>
	fail(
		"BAD_REQUEST",
		`Expected a GraphQL request, { "query": "...", "variables": { ... } }: ${what}.`,
		{ cause },
	);

const isMap = (value: unknown): value is Record<string, unknown> =>
	typeof value === "object" && value !== null && !Array.isArray(value);

const kind = (value: unknown): string => {
	if (value === undefined) return "missing";
	if (value === null) return "null";
	return Array.isArray(value) ? "a list" : `a ${typeof value}`;
};
