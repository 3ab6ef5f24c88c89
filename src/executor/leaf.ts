/** Writes scalars and enums as JSON text. */
import {
	GraphQLBoolean,
	GraphQLFloat,
	GraphQLID,
	GraphQLInt,
	type GraphQLLeafType,
	GraphQLString,
	isEnumType,
} from "graphql";
import type { Writer } from "./write.ts";

/** @throws what the type throws for values it cannot write. */
export const leafWriter = (type: GraphQLLeafType): Writer => {
	if (type === GraphQLString || type === GraphQLID)
		return (value) =>
			typeof value === "string" ? quoted(value) : other(type, value);
	if (type === GraphQLBoolean)
		return (value) =>
			value === true ? "true" : value === false ? "false" : other(type, value);
	if (type === GraphQLInt || type === GraphQLFloat)
		return (value) => other(type, value);
	if (isEnumType(type)) {
		const texts = new Map(
			type
				.getValues()
				.map(({ name, value }) => [value as unknown, JSON.stringify(name)]),
		);
		return (value) => texts.get(value) ?? other(type, value);
	}
	return (value) => {
		const written = type.coerceOutputValue(value);
		return typeof written === "string" ? quoted(written) : json(type, written);
	};
};

const other = (type: GraphQLLeafType, value: unknown): string =>
	json(type, type.coerceOutputValue(value));

const json = (type: GraphQLLeafType, written: unknown): string => {
	const text = written == null ? undefined : JSON.stringify(written);
	if (text !== undefined) return text;
	throw new Error(
		`Expected ${type}.coerceOutputValue() to return a value that can be written, but it returned ${String(written)}.`,
	);
};

// Short text seldom holds anything that must be escaped; long text is scanned faster by JSON.stringify itself.
// Everything but: space and !, # to [, ] onwards; surrogates are left to JSON.stringify, which escapes lone ones.
const ESCAPED = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;
const SHORT = 40;

const quoted = (text: string): string =>
	text.length > SHORT || ESCAPED.test(text)
		? JSON.stringify(text)
		: `"${text}"`;
