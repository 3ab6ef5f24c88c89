/** Reads the conditions of `@skip`, `@include` and `@defer`: once for an operation, in graphql's own words. */
import {
	type DirectiveNode,
	type FieldNode,
	type GraphQLArgument,
	GraphQLDeferDirective,
	type GraphQLDirective,
	GraphQLIncludeDirective,
	type GraphQLInputType,
	GraphQLSkipDirective,
	getArgumentValues,
	getNullableType,
	isInputObjectType,
	isListType,
	isNonNullType,
	Kind,
	type OperationDefinitionNode,
	type SelectionNode,
	type ValueNode,
	type VariableValues,
} from "graphql";

const SKIP = GraphQLSkipDirective.name;
const INCLUDE = GraphQLIncludeDirective.name;
const DEFER = GraphQLDeferDirective.name;

/** By name, those whose `if` decides over a selection. */
export const CONDITIONS: Readonly<
	Record<string, GraphQLDirective | undefined>
> = {
	[SKIP]: GraphQLSkipDirective,
	[INCLUDE]: GraphQLIncludeDirective,
	[DEFER]: GraphQLDeferDirective,
};

/** `@skip` and `@include` of a selection, in the order graphql reads them, whatever the order they are written in. */
export const conditionsOf = ({
	directives = [],
}: Pick<SelectionNode, "directives">): readonly DirectiveNode[] => {
	if (directives.length === 0) return NONE;
	const named = (wanted: string) =>
		directives.filter(({ name }) => name.value === wanted);
	return [...named(SKIP), ...named(INCLUDE)];
};

const NONE: readonly DirectiveNode[] = [];

export const isDefer = ({ name }: DirectiveNode): boolean =>
	name.value === DEFER;

/**
 * True where the directive lets its selection stand; of `@defer`, where it defers.
 * @throws GraphQLError for a condition that is null.
 */
export type IsMet = (condition: DirectiveNode) => boolean;

/** Each condition is read when it is first asked about: those behind one that is not met are not read at all. */
export const readConditions = (variables: VariableValues): IsMet => {
	const known = new Map<DirectiveNode, boolean>();
	return (condition) => {
		const before = known.get(condition);
		if (before !== undefined) return before;
		const name = condition.name.value;
		const given = getArgumentValues(
			CONDITIONS[name] as GraphQLDirective,
			condition,
			variables,
		).if;
		const isMet = name === SKIP ? given !== true : given !== false;
		known.set(condition, isMet);
		return isMet;
	};
};

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
