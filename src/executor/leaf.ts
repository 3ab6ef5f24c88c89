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
import { inspect } from "./inspect.ts";
import type { Writer } from "./plan.ts";

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
	return (value) => other(type, value);
};

const other = (type: GraphQLLeafType, value: unknown): string => {
	const written = type.coerceOutputValue(value);
	if (typeof written === "string") return quoted(written);
	if (written !== null && written !== undefined) {
		const text = JSON.stringify(written);
		if (text !== undefined) return text;
	}
	throw new Error(
		`Expected \`${inspect(type)}.coerceOutputValue(${inspect(value)})\` to return non-nullable value, returned: ${inspect(written)}`,
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
