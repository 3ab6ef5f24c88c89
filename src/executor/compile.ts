/** Compiles an operation, once, into a tree of fields that write themselves as JSON text. */
import {
	type FieldNode,
	type FragmentDefinitionNode,
	type GraphQLField,
	type GraphQLObjectType,
	type GraphQLOutputType,
	type GraphQLSchema,
	getArgumentValues,
	isAbstractType,
	isLeafType,
	isListType,
	isNonNullType,
	isObjectType,
	Kind,
	type SelectionSetNode,
	type ValueNode,
} from "graphql";
import {
	collectFields,
	type FieldNodes,
	type Reading,
	Unsupported,
} from "./collect.ts";
import type { CompileOptions } from "./contract.ts";
import type { FieldGroup, FieldPlan, SelectionPlan, Writer } from "./plan.ts";
import { areItemsPure, isPure, saysPure } from "./pure.ts";
import type { Running } from "./run.ts";
import { abstractWriter, objectWriter } from "./write-object.ts";
import {
	leafWriter,
	listWriter,
	nonNullWriter,
	nullableWriter,
	writtenOnce,
} from "./write-value.ts";

export interface CompiledSelection {
	readonly selection: SelectionPlan;
	readonly fragmentDefinitions: Running["fragmentDefinitions"];
	/** How many fields have arguments of their own for every request. */
	readonly slots: number;
}

interface Compiler extends Reading {
	slots: number;
	/** Within a text that is remembered whole: nothing in it is worth remembering by itself. */
	isWithin: boolean;
}

/** @throws Unsupported for what is left to graphql-js, and whatever `isIncluded` throws. */
export const compileSelection = (
	schema: GraphQLSchema,
	{ document, operation, isIncluded }: CompileOptions,
): CompiledSelection => {
	const type = schema.getQueryType();
	if (!type) throw new Unsupported("a schema without queries");
	for (const { name } of operation.directives ?? [])
		throw new Unsupported(`the directive @${name.value} of the operation`);
	const fragments = new Map<string, FragmentDefinitionNode>();
	for (const definition of document.definitions)
		if (definition.kind === Kind.FRAGMENT_DEFINITION)
			fragments.set(definition.name.value, definition);
	const compiler: Compiler = {
		schema,
		fragments,
		isIncluded,
		slots: 0,
		isWithin: false,
	};
	const selection = planSelection(compiler, type, [operation.selectionSet]);
	return {
		selection,
		fragmentDefinitions: Object.fromEntries(fragments),
		slots: compiler.slots,
	};
};

const planSelection = (
	compiler: Compiler,
	type: GraphQLObjectType,
	sets: readonly SelectionSetNode[],
): SelectionPlan => {
	const { selected, tail } = selectedOf(compiler, type, sets);
	const groups: FieldGroup[] = [];
	for (let from = 0, to = 0; from < selected.length; from = to) {
		const isPureHere = selected[from]?.isPure;
		while (to < selected.length && selected[to]?.isPure === isPureHere) to++;
		const group = selected.slice(from, to);
		const { isWithin } = compiler;
		const isFragment =
			!isWithin &&
			isPureHere === true &&
			group.some(({ field }) => saysPure(field));
		compiler.isWithin ||= isFragment;
		const fields = group.map((one) => planField(compiler, type, one));
		compiler.isWithin = isWithin;
		groups.push({ fields, isFragment });
	}
	return { groups, tail };
};

interface Selected
	extends Pick<FieldPlan, "key" | "label" | "nodes" | "field"> {
	/** It is pure, and so is all that is selected below it. */
	readonly isPure: boolean;
}

/** What is selected of the object; each `__typename` is a constant before the field behind it. */
const selectedOf = (
	compiler: Compiler,
	type: GraphQLObjectType,
	sets: readonly SelectionSetNode[],
): { readonly selected: readonly Selected[]; readonly tail: string } => {
	const selected: Selected[] = [];
	let before = "";
	for (const [key, nodes] of collectFields(compiler, type, sets)) {
		const name = nodes[0].name.value;
		const comma = selected.length > 0 || before !== "" ? "," : "";
		const label = `${before}${comma}${JSON.stringify(key)}:`;
		if (name === "__typename") {
			before = `${label}${JSON.stringify(type.name)}`;
			continue;
		}
		before = "";
		const field = compiler.schema.getField(type, name);
		if (!field) throw new Unsupported(`no field ${type.name}.${name}`);
		const isAllPure = isPure(compiler, field, nodes);
		selected.push({ key, label, nodes, field, isPure: isAllPure });
	}
	return { selected, tail: before };
};

const planField = (
	compiler: Compiler,
	parent: GraphQLObjectType,
	{ key, label, nodes, field }: Selected,
): FieldPlan => {
	const args = argumentsOf(field, nodes[0]);
	return {
		key,
		label,
		parent,
		typename: parent.name,
		nodes,
		field,
		args,
		slot: args ? -1 : compiler.slots++,
		strict: isNonNullType(field.type),
		write: writerOf(compiler, field.type, nodes, `${parent}.${field.name}`),
	};
};

const writerOf = (
	compiler: Compiler,
	type: GraphQLOutputType,
	nodes: FieldNodes,
	place: string,
): Writer =>
	isNonNullType(type)
		? nonNullWriter(innerWriter(compiler, type.ofType, nodes, place), place)
		: nullableWriter(innerWriter(compiler, type, nodes, place));

const innerWriter = (
	compiler: Compiler,
	type: GraphQLOutputType,
	nodes: FieldNodes,
	place: string,
): Writer => {
	if (isListType(type)) {
		const item = writerOf(compiler, type.ofType, nodes, place);
		const write = listWriter(item, isNonNullType(type.ofType), place);
		return !compiler.isWithin && areItemsPure(compiler, type.ofType, nodes)
			? writtenOnce(write)
			: write;
	}
	if (isLeafType(type)) return leafWriter(type);
	const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
	const planOf = (one: GraphQLObjectType): SelectionPlan => {
		if (one.isTypeOf) throw new Unsupported(`isTypeOf of ${one}`);
		return planSelection(compiler, one, sets);
	};
	if (isObjectType(type)) return objectWriter(planOf(type));
	if (!isAbstractType(type) || !type.resolveType)
		throw new Unsupported(`${type} without resolveType`);
	const plans = new Map(
		compiler.schema
			.getPossibleTypes(type)
			.map((one) => [one.name, planOf(one)] as const),
	);
	return abstractWriter(type, plans);
};

/** Arguments that each request would coerce alike; literals that a scalar refuses are refused by each request anew. */
const argumentsOf = (
	field: GraphQLField<unknown, unknown>,
	node: FieldNode,
): Readonly<Record<string, unknown>> | undefined => {
	if (node.arguments?.some(({ value }) => hangsOnRequest(value)))
		return undefined;
	try {
		return getArgumentValues(field, node);
	} catch {
		return undefined;
	}
};

const hangsOnRequest = (value: ValueNode): boolean => {
	if (value.kind === Kind.VARIABLE) return true;
	if (value.kind === Kind.LIST) return value.values.some(hangsOnRequest);
	if (value.kind === Kind.OBJECT)
		return value.fields.some((field) => hangsOnRequest(field.value));
	return false;
};
