/** From text to a document that is parsed, within the limits and valid: done once per text, remembered for the next request. */
import {
	type DocumentNode,
	GraphQLError,
	type GraphQLSchema,
	parse,
	validate,
} from "graphql";
import { fail } from "../errors.ts";
import { recent } from "../recent.ts";
import { checkDocument, type DocumentLimits } from "./document-limits.ts";
import { checkNesting } from "./nesting.ts";

export interface PrepareOptions {
	readonly schema: GraphQLSchema;
	readonly limits: DocumentLimits;
	/** Leaves "Did you mean" out of messages, which would tell the schema to those who guess. */
	readonly hideSuggestions: boolean;
}

/**
 * @throws Failure LIMIT_EXCEEDED, or InvalidDocument with code GRAPHQL_PARSE_FAILED or GRAPHQL_VALIDATION_FAILED.
 */
export type Prepare = (source: string) => DocumentNode;

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

export const createPrepare = ({
	schema,
	limits,
	hideSuggestions,
}: PrepareOptions): Prepare => {
	const remembered = recent<string, DocumentNode>(REMEMBERED_CHARACTERS);
	return (source) => {
		const known = remembered.get(source);
		if (known) return known;
		checkNesting(source, "query");
		const document = parsed(source, limits.tokens);
		checkDocument(document, limits);
		const errors = validate(schema, document, undefined, {
			maxErrors: MAX_ERRORS,
			hideSuggestions,
		});
		if (errors.length)
			throw new InvalidDocument(
				errors.map((error) => coded(error, "GRAPHQL_VALIDATION_FAILED")),
			);
		remembered.set(source, document, source.length);
		return document;
	};
};

const parsed = (source: string, tokens: number): DocumentNode => {
	try {
		return parse(source, { maxLexicalTokens: tokens, maxComments: tokens });
	} catch (error) {
		if (!(error instanceof GraphQLError)) throw error;
		if (/^Syntax Error: Document contains more than/.test(error.message))
			throw fail(
				"LIMIT_EXCEEDED",
				`At most ${tokens} tokens are allowed in a query, but more came. Split the query.`,
				{ extensions: { limit: tokens } },
			);
		throw new InvalidDocument([coded(error, "GRAPHQL_PARSE_FAILED")]);
	}
};

/** The same error with a code, unless it has one of its own. */
export const coded = (error: GraphQLError, code: string): GraphQLError =>
	new GraphQLError(error.message, {
		nodes: error.nodes,
		source: error.source,
		positions: error.positions,
		path: error.path,
		extensions: { code, ...error.extensions },
	});
