/** Decides, before anything runs, whether this caller may run this operation with these variables. */
import {
	type DirectiveNode,
	type DocumentNode,
	type FragmentDefinitionNode,
	GraphQLDeferDirective,
	type GraphQLDirective,
	GraphQLError,
	type GraphQLField,
	type GraphQLNamedType,
	type GraphQLOutputType,
	type GraphQLSchema,
	getArgumentValues,
	getNamedType,
	getVariableValues,
	isAbstractType,
	isCompositeType,
	isInterfaceType,
	isObjectType,
	Kind,
	type OperationDefinitionNode,
	type SelectionSetNode,
	type ValueNode,
	type VariableValues,
} from "graphql";
import type { Viewer } from "../auth/viewer.ts";
import { fail } from "../errors.ts";
import { areMet, conditionsOf, isDefer } from "../operation/conditions.ts";
import { mayLackValue, type Taker } from "../operation/nullable.ts";
import { coded, InvalidDocument } from "./prepare.ts";

export interface AdmitOptions {
	readonly schema: GraphQLSchema;
	/** Ceiling for `first`, `last` and `limit`, and for the length of `ids`. */
	readonly pageSize: number;
	readonly hideSuggestions: boolean;
}

export interface Asked {
	readonly document: DocumentNode;
	readonly operationName?: string | null | undefined;
	readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** An operation that is parsed, valid, within the limits and allowed to its caller. */
export interface Admitted {
	readonly document: DocumentNode;
	readonly operation: OperationDefinitionNode;
	readonly query: string;
	readonly operationName: string | undefined;
	readonly variables: Record<string, unknown>;
}

/**
 * The operation that was asked for, and its variables as graphql reads them, with their defaults.
 * @throws Failure BAD_REQUEST (no such operation), FORBIDDEN (a scope is missing; `extensions` hold `fields` and
 * `scopes`), LIMIT_EXCEEDED (page size); InvalidDocument with code BAD_USER_INPUT for variables that do not fit, and for
 * null in a condition or an argument that takes none.
 */
export type Admit = (
	viewer: Viewer,
	asked: Asked,
) => {
	readonly operation: OperationDefinitionNode;
	readonly coerced: VariableValues;
};

const MAX_ERRORS = 20;

export const createAdmit = ({
	schema,
	pageSize,
	hideSuggestions,
}: AdmitOptions): Admit => {
	// Documents are remembered by their text, so what an operation demands is read off once.
	const known = new WeakMap<OperationDefinitionNode, readonly Demand[]>();
	return (viewer, asked) => {
		const operation = operationOf(asked);
		const coerced = getVariableValues(
			schema,
			operation.variableDefinitions ?? [],
			asked.variables ?? {},
			{ hideSuggestions, maxErrors: MAX_ERRORS },
		);
		if (coerced.errors) throw badInput(coerced.errors);
		let demands = known.get(operation);
		if (!demands) {
			demands = demandsOf(schema, asked.document, operation);
			known.set(operation, demands);
		}
		const { variableValues } = coerced;
		const selected = selectedOf(demands, variableValues);
		checkScopes(selected, viewer);
		checkPageSizes(selected, variableValues.coerced, pageSize);
		return { operation, coerced: variableValues };
	};
};

const badInput = (errors: readonly GraphQLError[]) =>
	new InvalidDocument(errors.map((error) => coded(error, "BAD_USER_INPUT")));

/** What one selection wants of the caller, or of the caller's variables. */
interface Demand {
	readonly field: string;
	readonly scopes: readonly string[];
	readonly sizes: readonly { argument: string; value: ValueNode }[];
	/** Whose arguments may hold a null that they do not take. */
	readonly takers: readonly {
		readonly node: Taker;
		readonly definition: GraphQLField<unknown, unknown> | GraphQLDirective;
	}[];
	/** `@skip` and `@include` on the way to it. */
	readonly when: readonly DirectiveNode[];
}

type Variables = Readonly<Record<string, unknown>>;

const SIZES = new Set(["first", "last", "limit", "ids"]);

const operationOf = ({
	document,
	operationName,
}: Asked): OperationDefinitionNode => {
	const all = document.definitions.filter(
		(definition) => definition.kind === Kind.OPERATION_DEFINITION,
	);
	const names = all.map(({ name }) => name?.value ?? "(unnamed)").join(", ");
	if (operationName == null) {
		const [only, second] = all;
		if (only && !second) return only;
		throw fail(
			"BAD_REQUEST",
			only
				? `The document holds several operations (${names}): say which one with operationName.`
				: "The document holds no operation: send a query or a mutation.",
		);
	}
	const named = all.find(({ name }) => name?.value === operationName);
	if (named) return named;
	throw fail(
		"BAD_REQUEST",
		`The document holds no operation of the name in operationName; it holds: ${names || "none"}.`,
	);
};

const demandsOf = (
	schema: GraphQLSchema,
	document: DocumentNode,
	operation: OperationDefinitionNode,
): readonly Demand[] => {
	const fragments = new Map<string, FragmentDefinitionNode>();
	for (const definition of document.definitions)
		if (definition.kind === Kind.FRAGMENT_DEFINITION)
			fragments.set(definition.name.value, definition);
	const demands: Demand[] = [];
	const lack = mayLackValue(schema, document, operation);
	const lacking = (node: Taker) => lack.has(node);

	const walk = (
		set: SelectionSetNode,
		parent: GraphQLNamedType | undefined,
		when: readonly DirectiveNode[],
	): void => {
		for (const selection of set.selections) {
			const own = conditionsOf(selection);
			const conditions = own.length ? [...when, ...own] : when;
			const defer = selection.directives?.find(isDefer);
			if (own.some(lacking) || (defer && lacking(defer)))
				demands.push({
					...NOTHING,
					takers: defer
						? [{ node: defer, definition: GraphQLDeferDirective }]
						: [],
					when: conditions,
				});
			if (selection.kind === Kind.FIELD) {
				const name = selection.name.value;
				const scopes = scopesOf(schema, parent, name);
				const sizes = (selection.arguments ?? [])
					.filter((argument) => SIZES.has(argument.name.value))
					.map(({ name, value }) => ({ argument: name.value, value }));
				const definition = lacking(selection)
					? fieldOf(schema, parent, name)
					: undefined;
				if (scopes.length || sizes.length || definition)
					demands.push({
						field: `${parent?.name}.${name}`,
						scopes,
						sizes,
						takers: definition ? [{ node: selection, definition }] : [],
						when: conditions,
					});
				if (selection.selectionSet)
					walk(
						selection.selectionSet,
						typeOf(schema, parent, name),
						conditions,
					);
			} else if (selection.kind === Kind.INLINE_FRAGMENT) {
				const on = selection.typeCondition?.name.value;
				walk(
					selection.selectionSet,
					on ? schema.getType(on) : parent,
					conditions,
				);
			} else {
				const fragment = fragments.get(selection.name.value);
				if (fragment)
					walk(
						fragment.selectionSet,
						schema.getType(fragment.typeCondition.name.value),
						conditions,
					);
			}
		}
	};
	walk(
		operation.selectionSet,
		schema.getRootType(operation.operation) ?? undefined,
		[],
	);
	return demands;
};

const NOTHING = { field: "", scopes: [], sizes: [] } as const;
const READ = ["contacts.readonly"];

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
		const { scopes, cost } = type.getFields()[name]?.extensions ?? {};
		// What costs a read of its own needs the right to read, also behind the payload of a write.
		const own = (scopes ?? (cost ? READ : [])) as readonly string[];
		for (const scope of own) wanted.add(scope);
	}
	return [...wanted];
};

const typeOf = (
	schema: GraphQLSchema,
	parent: GraphQLNamedType | undefined,
	name: string,
): GraphQLNamedType | undefined => {
	const field: { type: GraphQLOutputType } | undefined = fieldOf(
		schema,
		parent,
		name,
	);
	return field && getNamedType(field.type);
};

const fieldOf = (
	schema: GraphQLSchema,
	parent: GraphQLNamedType | undefined,
	name: string,
): GraphQLField<unknown, unknown> | undefined =>
	isCompositeType(parent) ? schema.getField(parent, name) : undefined;

/**
 * Those that their conditions let stand.
 * @throws InvalidDocument with every null that stands where none may, in graphql's own words: it would find them while
 * it runs, when calls are made and parts of the answer are given.
 */
const selectedOf = (
	demands: readonly Demand[],
	variables: VariableValues,
): readonly Demand[] => {
	const errors = new Map<string, GraphQLError>();
	const selected = demands.filter(({ when, takers }) => {
		try {
			if (!areMet(when, variables)) return false;
			for (const { definition, node } of takers)
				getArgumentValues(definition, node, variables);
			return true;
		} catch (error) {
			if (!(error instanceof GraphQLError)) throw error;
			// All that is behind one condition, and every spread of one fragment, fail by the same error.
			const at = JSON.stringify([error.message, error.locations]);
			if (errors.size < MAX_ERRORS) errors.set(at, error);
			return false;
		}
	});
	if (errors.size) throw badInput([...errors.values()]);
	return selected;
};

const checkScopes = (demands: readonly Demand[], { scopes }: Viewer): void => {
	const fields = new Set<string>();
	const missing = new Set<string>();
	for (const demand of demands)
		for (const scope of demand.scopes)
			if (!scopes.has(scope)) {
				fields.add(demand.field);
				missing.add(scope);
			}
	if (!missing.size) return;
	throw fail(
		"FORBIDDEN",
		`The token lacks ${[...missing].join(", ")}, needed for ${[...fields].join(", ")}. Get a token with these scopes, or leave the fields out.`,
		{ extensions: { fields: [...fields], scopes: [...missing] } },
	);
};

const checkPageSizes = (
	demands: readonly Demand[],
	variables: Variables,
	pageSize: number,
): void => {
	for (const { field, sizes } of demands)
		for (const { argument, value } of sizes) {
			const given = literal(value, variables);
			const got = Array.isArray(given) ? given.length : given;
			if (typeof got !== "number" || got <= pageSize) continue;
			throw fail(
				"LIMIT_EXCEEDED",
				`${argument} of ${field} allows at most ${pageSize}, but ${got} came. Ask for a smaller page and continue from its end.`,
				{ extensions: { limit: pageSize, got } },
			);
		}
};

/** A literal as far as sizes need it. */
const literal = (value: ValueNode, variables: Variables): unknown => {
	switch (value.kind) {
		case Kind.VARIABLE:
			return variables[value.name.value];
		case Kind.INT:
			return Number(value.value);
		case Kind.LIST:
			return value.values;
		default:
			return undefined;
	}
};
