/** Finds arguments in which a variable that may be null stands where null may not. */
import {
	type DirectiveNode,
	type FieldNode,
	type GraphQLArgument,
	type GraphQLInputType,
	getNullableType,
	isInputObjectType,
	isListType,
	isNonNullType,
	Kind,
	type OperationDefinitionNode,
	type ValueNode,
} from "graphql";

/** Names of the variables that may be null. */
export const nullableVariables = ({
	variableDefinitions = [],
}: OperationDefinitionNode): ReadonlySet<string> =>
	new Set(
		variableDefinitions
			.filter(({ type }) => type.kind !== Kind.NON_NULL_TYPE)
			.map(({ variable }) => variable.name.value),
	);

/**
 * Whether the arguments of a field or directive may turn out to hold a null that they do not take. Validation lets that
 * pass where the variable, the argument or the input field has a default (GraphQL spec, "All Variable Usages Are Allowed").
 */
export const mayLackValue = (
	{ arguments: given = [] }: FieldNode | DirectiveNode,
	args: readonly GraphQLArgument[],
	nullable: ReadonlySet<string>,
): boolean =>
	nullable.size > 0 &&
	given.some(({ name, value }) => {
		const type = args.find((arg) => arg.name === name.value)?.type;
		return type !== undefined && lacks(value, type, nullable);
	});

const lacks = (
	value: ValueNode,
	type: GraphQLInputType,
	nullable: ReadonlySet<string>,
): boolean => {
	if (value.kind === Kind.VARIABLE)
		return isNonNullType(type) && nullable.has(value.name.value);
	const inner = getNullableType(type);
	if (value.kind === Kind.LIST) {
		const item = isListType(inner) ? inner.ofType : inner;
		return value.values.some((one) => lacks(one, item, nullable));
	}
	if (value.kind !== Kind.OBJECT) return false;
	// One object may stand for a list of one.
	let named: GraphQLInputType = inner;
	while (isListType(named)) named = getNullableType(named.ofType);
	if (!isInputObjectType(named)) return false;
	const fields = named.getFields();
	return value.fields.some((field) => {
		const own = fields[field.name.value]?.type;
		return own !== undefined && lacks(field.value, own, nullable);
	});
};
