/** What graphql-js itself says to a request, by the gateway's own types and values that a test makes up. */
import {
	buildSchema,
	type DocumentNode,
	experimentalExecuteIncrementally,
	type GraphQLError,
	parse,
	printSchema,
	validate,
} from "graphql";
import { schema } from "../../src/schema.ts";
import type { Data, Variables } from "./ask.ts";
import { mergedById } from "./in-parts.ts";

export interface Told {
	readonly message: string;
	readonly locations: readonly { line: number; column: number }[];
}

export interface ByGraphql {
	/** Undefined when there are errors. */
	readonly data?: Data;
	/** Each once, however often it came. */
	readonly errors?: readonly Told[];
	/** It found them before it began. */
	readonly isInvalid: boolean;
	/** The answer came in more than one part. */
	readonly isInParts: boolean;
	/** Root fields that were asked for. */
	readonly asked: readonly string[];
}

const TYPES = buildSchema(printSchema(schema));

export const byGraphql = async (
	query: string,
	variables: Variables,
	values: Data,
): Promise<ByGraphql> => {
	const document = parse(query);
	const faults = validate(TYPES, document);
	if (faults.length) return refused(faults, true);
	const asked: string[] = [];
	const rootValue = Object.fromEntries(
		Object.entries(values).map(([name, value]) => [
			name,
			() => {
				asked.push(name);
				return value;
			},
		]),
	);
	const parts = await executed(document, variables, rootValue);
	const { data, errors } = mergedById(parts);
	if (errors) return refused(errors, false);
	return { data, isInvalid: false, isInParts: parts.length > 1, asked };
};

const executed = async (
	document: DocumentNode,
	variableValues: Variables,
	rootValue: Data,
): Promise<Data[]> => {
	const result = await experimentalExecuteIncrementally({
		schema: TYPES,
		document,
		variableValues,
		rootValue,
	});
	if (!("initialResult" in result)) return [result];
	const parts: Data[] = [result.initialResult];
	for await (const part of result.subsequentResults) parts.push(part);
	return parts;
};

const refused = (
	errors: readonly GraphQLError[],
	isInvalid: boolean,
): ByGraphql => ({
	errors: toldOf(errors),
	isInvalid,
	isInParts: false,
	asked: [],
});

/** Message and places of each, once. */
export const toldOf = (
	errors: readonly Pick<GraphQLError, "message" | "locations">[],
): Told[] => {
	const told = errors.map(({ message, locations }) => ({
		message,
		locations: (locations ?? []).map(({ line, column }) => ({ line, column })),
	}));
	const texts = new Set(told.map((one) => JSON.stringify(one)));
	return [...texts].map((text) => JSON.parse(text));
};
