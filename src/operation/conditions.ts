/** Reads what `@skip`, `@include` and `@defer` hang on: whoever asks is given graphql's own answer. */
import {
	type DirectiveNode,
	GraphQLDeferDirective,
	GraphQLIncludeDirective,
	GraphQLSkipDirective,
	getArgumentValues,
	type SelectionNode,
	type VariableValues,
} from "graphql";

const SKIP = GraphQLSkipDirective.name;
const INCLUDE = GraphQLIncludeDirective.name;

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

/**
 * True when all of them let their selection stand; those behind one that does not are not read.
 * @throws GraphQLError for a condition that is null.
 */
export const areMet = (
	conditions: readonly DirectiveNode[],
	variables: VariableValues,
): boolean => conditions.every((condition) => isMet(condition, variables));

const isMet = (condition: DirectiveNode, variables: VariableValues): boolean =>
	condition.name.value === SKIP
		? getArgumentValues(GraphQLSkipDirective, condition, variables).if !== true
		: getArgumentValues(GraphQLIncludeDirective, condition, variables).if !==
			false;

export const isDefer = ({ name }: DirectiveNode): boolean =>
	name.value === GraphQLDeferDirective.name;

/** @throws GraphQLError for a condition that is null. */
export const isDeferred = (
	defer: DirectiveNode,
	variables: VariableValues,
): boolean =>
	getArgumentValues(GraphQLDeferDirective, defer, variables).if !== false;
