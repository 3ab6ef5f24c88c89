/** Reads what `@skip`, `@include` and `@defer` hang on: once for an operation, in graphql's own words. */
import {
	type DirectiveNode,
	GraphQLDeferDirective,
	type GraphQLDirective,
	GraphQLIncludeDirective,
	GraphQLSkipDirective,
	getArgumentValues,
	type SelectionNode,
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
