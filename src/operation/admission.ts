/** Decides, before anything runs, whether this caller may run this operation with these variables. */
import {
	type DirectiveNode,
	type DocumentNode,
	type FragmentDefinitionNode,
	type GraphQLNamedType,
	type GraphQLOutputType,
	type GraphQLSchema,
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
} from "graphql";
import type { Viewer } from "../auth/viewer.ts";
import { fail } from "../errors.ts";
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
 * The operation that was asked for.
 * @throws Failure BAD_REQUEST (no such operation), FORBIDDEN (a scope is missing; `extensions` hold `fields` and
 * `scopes`), LIMIT_EXCEEDED (page size); InvalidDocument with code BAD_USER_INPUT for variables that do not fit.
 */
export type Admit = (viewer: Viewer, asked: Asked) => OperationDefinitionNode;

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
			{ hideSuggestions, maxErrors: 20 },
		);
		if (coerced.errors)
			throw new InvalidDocument(
				coerced.errors.map((error) => coded(error, "BAD_USER_INPUT")),
			);
		let demands = known.get(operation);
		if (!demands) {
			demands = demandsOf(schema, asked.document, operation);
			known.set(operation, demands);
		}
		const variables = coerced.variableValues.coerced;
		const selected = demands.filter(({ when }) =>
			when.every((condition) => holds(condition, variables)),
		);
		checkScopes(selected, viewer);
		checkPageSizes(selected, variables, pageSize);
		return operation;
	};
};

/** What one selected field wants of the caller. */
interface Demand {
	readonly field: string;
	readonly scopes: readonly string[];
	readonly sizes: readonly { argument: string; value: ValueNode }[];
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

	const walk = (
		set: SelectionSetNode,
		parent: GraphQLNamedType | undefined,
		when: readonly DirectiveNode[],
	): void => {
		for (const selection of set.selections) {
			const own = (selection.directives ?? []).filter(
				({ name }) => name.value === "skip" || name.value === "include",
			);
			const conditions = own.length ? [...when, ...own] : when;
			if (selection.kind === Kind.FIELD) {
				const name = selection.name.value;
				const scopes = scopesOf(schema, parent, name);
				const sizes = (selection.arguments ?? [])
					.filter((argument) => SIZES.has(argument.name.value))
					.map(({ name, value }) => ({ argument: name.value, value }));
				if (scopes.length || sizes.length)
					demands.push({
						field: `${parent?.name}.${name}`,
						scopes,
						sizes,
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
	if (!isCompositeType(parent)) return undefined;
	const field: { type: GraphQLOutputType } | undefined =
		schema.getField(parent, name) ?? undefined;
	return field && getNamedType(field.type);
};

const holds = (condition: DirectiveNode, variables: Variables): boolean => {
	const value = condition.arguments?.[0]?.value;
	const given = value && literal(value, variables);
	return condition.name.value === "skip" ? given !== true : given !== false;
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

/** A literal as far as sizes and conditions need it. */
const literal = (value: ValueNode, variables: Variables): unknown => {
	switch (value.kind) {
		case Kind.VARIABLE:
			return variables[value.name.value];
		case Kind.INT:
			return Number(value.value);
		case Kind.BOOLEAN:
			return value.value;
		case Kind.LIST:
			return value.values;
		default:
			return undefined;
	}
};
