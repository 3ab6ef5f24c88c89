/** Which fields a selection asks of an object: fragments spread, equal response keys merged (GraphQL spec, CollectFields). */
import {
	type DirectiveNode,
	type FieldNode,
	type FragmentDefinitionNode,
	type GraphQLObjectType,
	type GraphQLSchema,
	isAbstractType,
	Kind,
	type SelectionSetNode,
} from "graphql";

/** What the document looks like for one set of answers to its `@skip` and `@include`. */
export interface Reading {
	readonly schema: GraphQLSchema;
	readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
	readonly isIncluded: (
		directives: readonly DirectiveNode[] | undefined,
	) => boolean;
}

export type FieldNodes = readonly [FieldNode, ...FieldNode[]];

/** Fields by response key, in the order of the answer; several nodes where the document names one twice. */
export const collectFields = (
	{ schema, fragments, isIncluded }: Reading,
	type: GraphQLObjectType,
	sets: readonly SelectionSetNode[],
): ReadonlyMap<string, FieldNodes> => {
	const found = new Map<string, [FieldNode, ...FieldNode[]]>();
	const visited = new Set<string>();
	const walk = (set: SelectionSetNode): void => {
		for (const selection of set.selections) {
			if (!isIncluded(selection.directives)) continue;
			if (selection.kind === Kind.FIELD) {
				const key = (selection.alias ?? selection.name).value;
				const same = found.get(key);
				if (same) same.push(selection);
				else found.set(key, [selection]);
			} else if (selection.kind === Kind.INLINE_FRAGMENT) {
				const on = selection.typeCondition?.name.value;
				if (on === undefined || applies(schema, type, on))
					walk(selection.selectionSet);
			} else {
				const name = selection.name.value;
				const fragment = fragments.get(name);
				if (!fragment || visited.has(name)) continue;
				if (fragment.variableDefinitions?.length)
					throw new Unsupported(`variables of the fragment ${name}`);
				if (!applies(schema, type, fragment.typeCondition.name.value)) continue;
				visited.add(name);
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

/** What a plan cannot do. The message says what stood in the way, for whoever reads the log. */
export class Unsupported extends Error {
	override readonly name = "Unsupported";
}
