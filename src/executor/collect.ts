/** Which fields a selection asks of an object: fragments spread, equal response keys merged (GraphQL spec, CollectFields). */
import {
	type FieldNode,
	type FragmentDefinitionNode,
	type GraphQLObjectType,
	type GraphQLSchema,
	isAbstractType,
	Kind,
	type SelectionSetNode,
	type VariableValues,
} from "graphql";
import { areMet, conditionsOf } from "../operation/conditions.ts";

/** What the document looks like for one set of answers to its `@skip` and `@include`. */
export interface Reading {
	readonly schema: GraphQLSchema;
	readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
	/** The variables that decide over fields. */
	readonly variables: VariableValues;
}

/**
 * Fields by response key, in the order of the answer; several nodes where the document names one twice.
 * @throws GraphQLError for a condition that is null.
 */
export const collectFields = (
	reading: Reading,
	type: GraphQLObjectType,
	sets: readonly SelectionSetNode[],
): Map<string, [FieldNode, ...FieldNode[]]> => {
	const found = new Map<string, [FieldNode, ...FieldNode[]]>();
	const visited = new Set<string>();
	const walk = (set: SelectionSetNode): void => {
		for (const selection of set.selections) {
			if (!areMet(conditionsOf(selection), reading.variables)) continue;
			if (selection.kind === Kind.FIELD) {
				const key = (selection.alias ?? selection.name).value;
				const same = found.get(key);
				if (same) same.push(selection);
				else found.set(key, [selection]);
			} else if (selection.kind === Kind.INLINE_FRAGMENT) {
				const on = selection.typeCondition?.name.value;
				if (on === undefined || applies(reading.schema, type, on))
					walk(selection.selectionSet);
			} else {
				const name = selection.name.value;
				const fragment = reading.fragments.get(name);
				if (!fragment || visited.has(name)) continue;
				visited.add(name);
				if (applies(reading.schema, type, fragment.typeCondition.name.value))
					walk(fragment.selectionSet);
			}
		}
	};
	for (const set of sets) walk(set);
	return found;
};

const applies = (
	schema: GraphQLSchema,
	type: GraphQLObjectType,
	condition: string,
): boolean => {
	if (type.name === condition) return true;
	const other = schema.getType(condition);
	return isAbstractType(other) && schema.isSubType(other, type);
};
