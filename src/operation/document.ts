/** From text to a document that is parsed, within the limits and valid: done once per text, remembered for the next request. */
import {
	type DocumentNode,
	GraphQLError,
	type GraphQLSchema,
	parse,
	type ValidationRule,
	validate,
} from "graphql";
import { LRUCache } from "lru-cache";
import { fail } from "../errors.ts";
import { checkDocument, type DocumentLimits } from "./document-limits.ts";
import { checkNesting, limitExceeded } from "./nesting.ts";

/** A document the specification calls a request error: all its faults, with their places. */
export class InvalidDocument extends Error {
	override readonly name = "InvalidDocument";
	readonly errors: readonly GraphQLError[];

	constructor(errors: readonly GraphQLError[]) {
		super(errors[0]?.message);
		this.errors = errors;
	}
}

// Characters of source text whose documents are kept; a document takes some 80 times its text in memory, and 200 times
// with its plan and all else that is remembered of it.
const REMEMBERED_CHARACTERS = 250_000;
const MAX_ERRORS = 20;

/** Valid documents by their text. */
export type Documents = LRUCache<string, DocumentNode>;

export const createDocuments = (): Documents =>
	new LRUCache({
		maxSize: REMEMBERED_CHARACTERS,
		sizeCalculation: (_, source) => source.length,
	});

// Comments, commas and blanks are no tokens; long texts belong into variables, which are not parsed again.
const MOST_CHARACTERS = 32_768;

/** @throws Failure LIMIT_EXCEEDED, or InvalidDocument with code GRAPHQL_PARSE_FAILED. */
export const parseWithin = (
	source: string,
	limits: DocumentLimits,
): DocumentNode => {
	if (source.length > MOST_CHARACTERS)
		throw limitExceeded(
			"characters in a query",
			MOST_CHARACTERS,
			source.length,
			"Put long texts into variables, and leave comments out.",
		);
	checkNesting(source, "query");
	const document = parsed(source, limits.tokens);
	checkDocument(document, limits);
	return document;
};

/** Its faults, with code GRAPHQL_VALIDATION_FAILED. `hideSuggestions` leaves out "Did you mean", which tells the schema. */
export const validationErrors = (
	schema: GraphQLSchema,
	document: DocumentNode,
	rules: readonly ValidationRule[] | undefined,
	hideSuggestions: boolean,
): readonly GraphQLError[] =>
	together(
		validate(schema, document, rules, {
			maxErrors: MAX_ERRORS,
			hideSuggestions,
		}),
	).map((error) => withCode(error, "GRAPHQL_VALIDATION_FAILED"));

/** One fault made in many places is one error with all of them, however often a query repeats it. */
const together = (errors: readonly GraphQLError[]): GraphQLError[] =>
	[...Map.groupBy(errors, ({ message }) => message)].map(
		([message, same]) =>
			new GraphQLError(message, {
				nodes: same.flatMap(({ nodes }) => nodes ?? []),
				extensions: { ...same[0]?.extensions },
			}),
	);

const parsed = (source: string, tokens: number): DocumentNode => {
	try {
		return parse(source, { maxLexicalTokens: tokens, maxComments: tokens });
	} catch (error) {
		if (!(error instanceof GraphQLError)) throw error;
		if (/^Syntax Error: Document contains more than/.test(error.message))
			throw fail(
				"LIMIT_EXCEEDED",
				`At most ${tokens} tokens are allowed in a query, but got more. Split the query.`,
				{ extensions: { limit: tokens } },
			);
		throw new InvalidDocument([withCode(error, "GRAPHQL_PARSE_FAILED")]);
	}
};

/** The same error with a code, unless it has one of its own. */
export const withCode = (error: GraphQLError, code: string): GraphQLError =>
	new GraphQLError(error.message, {
		nodes: error.nodes,
		source: error.source,
		positions: error.positions,
		path: error.path,
		extensions: { code, ...error.extensions },
	});
