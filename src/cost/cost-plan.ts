/** What of a document can cost calls: the priced fields with their way to them, read off once per operation. */
import {
	type DirectiveNode,
	type DocumentNode,
	type FieldNode,
	type FragmentDefinitionNode,
	type GraphQLField,
	type GraphQLNamedType,
	type GraphQLSchema,
	getNamedType,
	isAbstractType,
	isCompositeType,
	isObjectType,
	Kind,
	type OperationDefinitionNode,
	type SelectionSetNode,
} from "graphql";
import { conditionsOf } from "../operation/conditions.ts";
import type { FieldCost } from "./field-cost.ts";

export interface CostedField {
	/** Response names from the root: `contacts.nodes.notes`. */
	readonly path: string;
	readonly node: FieldNode;
	readonly field: GraphQLField<unknown, unknown>;
	readonly cost: FieldCost | undefined;
	/** `@skip` and `@include` on the way to it from its parent field. */
	readonly when: readonly DirectiveNode[];
	readonly below: CostPlan;
}

/** The fields that count, by the type of the object they are asked of. */
export type CostPlan = ReadonlyMap<string, readonly CostedField[]>;

export const costPlanOf = (
	schema: GraphQLSchema,
	document: DocumentNode,
	operation: OperationDefinitionNode,
): CostPlan => {
	const fragments = new Map<string, FragmentDefinitionNode>();
	for (const definition of document.definitions)
		if (definition.kind === Kind.FRAGMENT_DEFINITION)
			fragments.set(definition.name.value, definition);

	const below = (
		set: SelectionSetNode,
		type: GraphQLNamedType | undefined,
		path: string,
	): CostPlan => {
		const plan = new Map<string, CostedField[]>();
		const place = (
			{ selections }: SelectionSetNode,
			on: readonly string[],
			outer: readonly DirectiveNode[],
		): void => {
			for (const selection of selections) {
				const own = conditionsOf(selection);
				const when = own.length ? [...outer, ...own] : outer;
				if (selection.kind === Kind.FIELD) {
					for (const name of on) {
						const planned = fieldOf(name, selection, path, when);
						if (!planned) continue;
						const known = plan.get(name);
						if (known) known.push(planned);
						else plan.set(name, [planned]);
					}
					continue;
				}
				const inner =
					selection.kind === Kind.INLINE_FRAGMENT
						? selection
						: fragments.get(selection.name.value);
				if (!inner) continue;
				const condition = inner.typeCondition?.name.value;
				const possible = condition
					? new Set(typesOf(schema, schema.getType(condition)))
					: undefined;
				place(
					inner.selectionSet,
					possible ? on.filter((name) => possible.has(name)) : on,
					when,
				);
			}
		};
		place(set, typesOf(schema, type), []);
		return plan;
	};

	const fieldOf = (
		typeName: string,
		node: FieldNode,
		parentPath: string,
		when: readonly DirectiveNode[],
	): CostedField | undefined => {
		const type = schema.getType(typeName);
		if (!isObjectType(type)) return undefined;
		const field = type.getFields()[node.name.value];
		if (!field) return undefined;
		const name = node.alias?.value ?? node.name.value;
		const path = parentPath ? `${parentPath}.${name}` : name;
		const inner = getNamedType(field.type);
		const plan =
			node.selectionSet && isCompositeType(inner)
				? below(node.selectionSet, inner, path)
				: NOTHING;
		const { cost } = field.extensions as { cost?: FieldCost };
		if (!cost && plan.size === 0) return undefined;
		return { path, node, field, cost, when, below: plan };
	};

	const root = schema.getRootType(operation.operation);
	return below(operation.selectionSet, root ?? undefined, "");
};

const NOTHING: CostPlan = new Map();

const typesOf = (
	schema: GraphQLSchema,
	type: GraphQLNamedType | undefined,
): readonly string[] => {
	if (isObjectType(type)) return [type.name];
	return isAbstractType(type)
		? schema.getPossibleTypes(type).map(({ name }) => name)
		: [];
};
