/** The pages of this folder that `npm run codegen` writes: the errors, from their table, and the reference of the schema. */
import {
	type GraphQLArgument,
	type GraphQLField,
	type GraphQLInputField,
	type GraphQLNamedType,
	type GraphQLSchema,
	getNamedType,
	isEnumType,
	isInputObjectType,
	isInterfaceType,
	isIntrospectionType,
	isObjectType,
	isScalarType,
	isSpecifiedScalarType,
	isUnionType,
	print,
} from "graphql";
import { ERRORS } from "../src/errors.ts";

/** docs/errors.md. */
export const errorsPage = (madeBy: string): string => `<!-- ${madeBy} -->

# Errors

Every error has \`extensions.code\`, one of this table, and \`extensions.requestId\`, by which an operator finds it in the log.
\`extensions.retryable\` says whether the same request may be sent again: after \`extensions.retryAfterMs\` where that is given,
otherwise after a pause that grows with each try. A mutation is sent again with the same \`idempotencyKey\`.

HTTP's status is the one of this table when the request fails as a whole. When one field fails, the answer is 200 with the
field null and its error in \`errors\`, so look for \`path\`. Over a WebSocket there is only the error.

What a user can correct in a mutation's input is no error but data: \`userErrors { field message code }\`, all at once, and
nothing was written.

| code | HTTP | retryable | means | what to do |
| ---- | ---- | --------- | ----- | ---------- |
${Object.entries(ERRORS)
	.map(
		([code, { status, retryable, means, todo }]) =>
			`| \`${code}\` | ${status} | ${retryable ? "yes" : "no"} | ${means} | ${todo} |`,
	)
	.join("\n")}

A code that is not in this table comes from a plugin that the operator added.
`;

/** docs/schema-reference.md: every type with its fields, arguments and descriptions, roots first. */
export const schemaReference = (
	schema: GraphQLSchema,
	madeBy: string,
): string => {
	const roots = [
		schema.getQueryType(),
		schema.getMutationType(),
		schema.getSubscriptionType(),
	].filter((type) => type != null);
	const others = Object.values(schema.getTypeMap())
		.filter(
			(type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
		)
		.filter((type) => !roots.includes(type as never))
		.sort((a, b) => (a.name < b.name ? -1 : 1));
	return `<!-- ${madeBy} -->

# Schema reference

${schema.description ?? ""}

Start with ${roots.map(link).join(", ")}; all other types follow by the alphabet.

${[...roots, ...others].map(section).join("\n")}`;
};

const section = (type: GraphQLNamedType): string =>
	[
		`## ${type.name}`,
		"",
		`${kindOf(type)} ${cell(type.description)}`.trim(),
		"",
		...body(type),
		"",
	].join("\n");

const kindOf = (type: GraphQLNamedType): string => {
	if (isScalarType(type))
		return type.specifiedByURL
			? `Scalar, [specified here](${type.specifiedByURL}).`
			: "Scalar.";
	if (isEnumType(type)) return "Enum.";
	if (isInputObjectType(type))
		return type.isOneOf ? "Input, exactly one of its fields." : "Input.";
	if (isInterfaceType(type)) return "Interface.";
	if (isUnionType(type)) return "Union.";
	return "";
};

const body = (type: GraphQLNamedType): string[] => {
	if (isEnumType(type))
		return [
			"| value | means |",
			"| ----- | ----- |",
			...type
				.getValues()
				.map((value) => `| \`${value.name}\` | ${described(value)} |`),
		];
	if (isInputObjectType(type))
		return [
			"| field | type | about |",
			"| ----- | ---- | ----- |",
			...Object.values(type.getFields()).map(row),
		];
	if (isObjectType(type) || isInterfaceType(type))
		return [
			...(type.getInterfaces().length
				? [`Implements ${type.getInterfaces().map(link).join(", ")}.`, ""]
				: []),
			"| field | type | about |",
			"| ----- | ---- | ----- |",
			...Object.values(type.getFields()).map(row),
		];
	if (isUnionType(type))
		return type.getTypes().map((member) => `- ${link(member)}`);
	return [];
};

type Row = GraphQLField<unknown, unknown> | GraphQLInputField | GraphQLArgument;

const row = (field: Row): string => {
	const args = "args" in field ? field.args.map(argument).join("") : "";
	return `| \`${field.name}\` | ${typeOf(field)} | ${described(field)}${args} |`;
};

const argument = (arg: GraphQLArgument): string =>
	`<br>\`${arg.name}\`: ${typeOf(arg)} ${described(arg)}`;

/** A type by its full notation, linked to its section. */
const typeOf = (field: Row): string => {
	const named = getNamedType(field.type);
	const byDefault = "astNode" in field && defaultOf(field);
	const text = `\`${field.type}${byDefault ? ` = ${byDefault}` : ""}\``;
	return isSpecifiedScalarType(named) ? text : `[${text}](#${anchor(named)})`;
};

const defaultOf = ({ astNode }: Row): string | undefined =>
	astNode && "defaultValue" in astNode && astNode.defaultValue
		? print(astNode.defaultValue)
		: undefined;

const link = (type: GraphQLNamedType): string =>
	`[${type.name}](#${anchor(type)})`;

const anchor = ({ name }: GraphQLNamedType): string => name.toLowerCase();

const described = ({
	description,
	deprecationReason,
}: {
	readonly description?: string | null | undefined;
	readonly deprecationReason?: string | null | undefined;
}): string =>
	`${deprecationReason ? `**Deprecated.** ${cell(deprecationReason)} ` : ""}${cell(description)}`;

/** Text that cannot end its cell or its line. */
const cell = (text: string | null | undefined): string =>
	(text ?? "").replaceAll(/\s*\n\s*/g, " ").replaceAll("|", "\\|");
