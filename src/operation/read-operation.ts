/** Reads an operation in one walk: what its fields require of the caller, what they may cost, and their conditions. */
import {
	type DirectiveNode,
	type DocumentNode,
	type FieldNode,
	type FragmentDefinitionNode,
	type GraphQLDirective,
	type GraphQLField,
	type GraphQLNamedType,
	type GraphQLSchema,
	getNamedType,
	isAbstractType,
	isCompositeType,
	isInterfaceType,
	isObjectType,
	Kind,
	type OperationDefinitionNode,
	type SelectionNode,
	type SelectionSetNode,
	type ValueNode,
} from "graphql";
import type { CostedField, CostPlan, FieldCost } from "../cost/field-cost.ts";
import {
	CONDITIONS,
	conditionsOf,
	isDefer,
	mayLackValue,
	nullableVariables,
} from "./conditions.ts";

/** What one selection requires of the caller's token and variables. */
export interface FieldRequirement {
	/** `Contact.notes`, as messages name it. */
	readonly field: string;
	readonly scopes: readonly string[];
	readonly sizes: readonly {
		readonly argument: string;
		readonly value: ValueNode;
	}[];
	/** Whose arguments may hold a null that they do not allow. */
	readonly nullChecked: readonly {
		readonly node: FieldNode | DirectiveNode;
		readonly definition: GraphQLField<unknown, unknown> | GraphQLDirective;
	}[];
	readonly defer: DirectiveNode | undefined;
	/** `@skip` and `@include` on the way to it, from the root. */
	readonly when: readonly DirectiveNode[];
}

export interface OperationReading {
	readonly requirements: readonly FieldRequirement[];
	readonly costPlan: CostPlan;
	/** Variables in `@skip` and `@include`: they decide which plan of the executor stands. */
	readonly conditionVariables: readonly string[];
	/** Of a subscription: variables that decide what an event's answer shows. Arguments of the stream decide which events come. */
	readonly eventVariables: readonly string[];
}

// What is bounded by the page size: a number, or the length of a list.
const SIZES = new Set(["first", "last", "limit", "ids"]);

export const readOperation = (
	schema: GraphQLSchema,
	document: DocumentNode,
	operation: OperationDefinitionNode,
): OperationReading => {
	const fragments = new Map<string, FragmentDefinitionNode>();
	for (const definition of document.definitions)
		if (definition.kind === Kind.FRAGMENT_DEFINITION)
			fragments.set(definition.name.value, definition);
	const nullable = nullableVariables(operation);
	const requirements: FieldRequirement[] = [];
	const eventVariables = new Set<string>();
	const conditionVariables = new Set<string>();

	const note = (
		selection: SelectionNode,
		parent: GraphQLNamedType | undefined,
		conditions: readonly DirectiveNode[],
		when: readonly DirectiveNode[],
		isRoot: boolean,
	): void => {
		const { directives = [] } = selection;
		for (const { arguments: given = [] } of directives)
			for (const { value } of given) addVariables(value, eventVariables);
		const lacking = (directive: DirectiveNode) =>
			mayLackValue(
				directive,
				CONDITIONS[directive.name.value]?.args ?? [],
				nullable,
			);
		const defer = directives.find(isDefer);
		const nullChecked: FieldRequirement["nullChecked"][number][] = [];
		let wants: Pick<FieldRequirement, "field" | "scopes" | "sizes"> = NOTHING;
		if (selection.kind === Kind.FIELD) {
			const name = selection.name.value;
			const { arguments: given = [] } = selection;
			if (!isRoot)
				for (const { value } of given) addVariables(value, eventVariables);
			wants = {
				field: `${parent?.name}.${name}`,
				scopes: scopesOf(schema, parent, name),
				sizes: given
					.filter((argument) => SIZES.has(argument.name.value))
					.map((argument) => ({
						argument: argument.name.value,
						value: argument.value,
					})),
			};
			const definition = fieldOf(schema, parent, name);
			if (definition && mayLackValue(selection, definition.args, nullable))
				nullChecked.push({ node: selection, definition });
		}
		if (
			defer ||
			nullChecked.length ||
			wants.scopes.length ||
			wants.sizes.length ||
			conditions.some(lacking)
		)
			requirements.push({ ...wants, nullChecked, defer, when });
	};

	/**
	 * The selections of one set, for each of the types that may stand there. With `isTold` what they want is noted: once,
	 * though a set is walked for each type its field may be asked of.
	 */
	const below = (
		set: SelectionSetNode,
		parent: GraphQLNamedType | undefined,
		on: readonly string[],
		path: string,
		reached: readonly DirectiveNode[],
		isTold: boolean,
	): CostPlan => {
		const plan = new Map<string, CostedField[]>();
		const place = (
			{ selections }: SelectionSetNode,
			type: GraphQLNamedType | undefined,
			names: readonly string[],
			outer: readonly DirectiveNode[],
			local: readonly DirectiveNode[],
		): void => {
			for (const selection of selections) {
				const own = conditionsOf(selection);
				for (const { arguments: given = [] } of own)
					for (const { value } of given)
						addVariables(value, conditionVariables);
				const when = own.length ? [...outer, ...own] : outer;
				const here = own.length ? [...local, ...own] : local;
				if (isTold) note(selection, type, own, when, path === "");
				if (selection.kind === Kind.FIELD) {
					const planned = ofField(selection, type, names, path, when, isTold);
					for (const [name, field] of planned) {
						const costed = { ...field, when: here };
						const known = plan.get(name);
						if (known) known.push(costed);
						else plan.set(name, [costed]);
					}
					continue;
				}
				const inner =
					selection.kind === Kind.INLINE_FRAGMENT
						? selection
						: fragments.get(selection.name.value);
				if (!inner) continue;
				const condition = inner.typeCondition?.name.value;
				const narrowed = condition ? schema.getType(condition) : type;
				const possible = condition
					? new Set(typesOf(schema, narrowed))
					: undefined;
				place(
					inner.selectionSet,
					narrowed,
					possible ? names.filter((name) => possible.has(name)) : names,
					when,
					here,
				);
			}
		};
		place(set, parent, on, reached, []);
		return plan;
	};

	const ofField = (
		node: FieldNode,
		parent: GraphQLNamedType | undefined,
		names: readonly string[],
		parentPath: string,
		when: readonly DirectiveNode[],
		isTold: boolean,
	): [string, Omit<CostedField, "when">][] => {
		const { selectionSet } = node;
		const definition = fieldOf(schema, parent, node.name.value);
		const child = definition && getNamedType(definition.type);
		const key = node.alias?.value ?? node.name.value;
		const path = parentPath ? `${parentPath}.${key}` : key;
		const found: [string, Omit<CostedField, "when">][] = [];
		let isLeft = isTold;
		for (const name of names) {
			const type = schema.getType(name);
			const field = isObjectType(type)
				? type.getFields()[node.name.value]
				: undefined;
			if (!field) continue;
			const inner = getNamedType(field.type);
			const isWalked = selectionSet && isCompositeType(inner);
			const plan = isWalked
				? below(selectionSet, child, typesOf(schema, inner), path, when, isLeft)
				: EMPTY;
			if (isWalked) isLeft = false;
			const { cost } = field.extensions as { cost?: FieldCost | null };
			if (cost || plan.size)
				found.push([
					name,
					{ path, node, field, cost: cost ?? undefined, below: plan },
				]);
		}
		// Introspection costs nothing, and no type stands behind a set that no object can be asked for: both are still told.
		if (isLeft && selectionSet)
			below(selectionSet, child, [], path, when, true);
		return found;
	};

	const root = schema.getRootType(operation.operation) ?? undefined;
	return {
		costPlan: below(
			operation.selectionSet,
			root,
			typesOf(schema, root),
			"",
			[],
			true,
		),
		requirements,
		conditionVariables: [...conditionVariables].sort(),
		eventVariables: [...eventVariables].sort(),
	};
};

const NOTHING = { field: "", scopes: [], sizes: [] } as const;
const EMPTY: CostPlan = new Map();

/** On an interface, a field wants what it wants on every type that may stand behind it. */
const scopesOf = (
	schema: GraphQLSchema,
	parent: GraphQLNamedType | undefined,
	name: string,
): readonly string[] => {
	const types = isAbstractType(parent)
		? [parent, ...schema.getPossibleTypes(parent)]
		: [parent];
	const wanted = new Set<string>();
	for (const type of types) {
		if (!isObjectType(type) && !isInterfaceType(type)) continue;
		// Whatever costs a call says so: the schema is not built otherwise (schema-kit/declared.ts).
		const { scopes } = type.getFields()[name]?.extensions ?? {};
		for (const scope of (scopes ?? []) as readonly string[]) wanted.add(scope);
	}
	return [...wanted];
};

const fieldOf = (
	schema: GraphQLSchema,
	parent: GraphQLNamedType | undefined,
	name: string,
): GraphQLField<unknown, unknown> | undefined =>
	isCompositeType(parent) ? schema.getField(parent, name) : undefined;

const typesOf = (
	schema: GraphQLSchema,
	type: GraphQLNamedType | undefined,
): readonly string[] => {
	if (isObjectType(type)) return [type.name];
	return isAbstractType(type)
		? schema.getPossibleTypes(type).map(({ name }) => name)
		: [];
};

const addVariables = (value: ValueNode, names: Set<string>): void => {
	if (value.kind === Kind.VARIABLE) names.add(value.name.value);
	else if (value.kind === Kind.LIST)
		for (const one of value.values) addVariables(one, names);
	else if (value.kind === Kind.OBJECT)
		for (const field of value.fields) addVariables(field.value, names);
};
