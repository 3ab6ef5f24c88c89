/** Compiles an operation, once, into a tree of fields that write themselves as JSON text. */
import {
	type FieldNode,
	type GraphQLField,
	type GraphQLObjectType,
	type GraphQLOutputType,
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
import { collectFields, type Reading } from "./collect.ts";
import { leafWriter } from "./leaf.ts";
import { isEntity, itemsLast, lastsOf } from "./pure.ts";
import {
	abstractWriter,
	listWriter,
	nonNullWriter,
	nullableWriter,
	objectWriter,
	type Writer,
	writtenOnce,
} from "./write.ts";

/** One field of one selection. */
export interface FieldPlan {
	readonly key: string;
	/** `"key":`, as it stands in the answer, with the `__typename` that stands before it. */
	readonly label: string;
	readonly parent: string;
	readonly nodes: readonly [FieldNode, ...FieldNode[]];
	readonly field: GraphQLField<unknown, unknown>;
	readonly resolve: GraphQLField<unknown, unknown>["resolve"];
	/** Arguments that hang on no variable, coerced once; undefined when they must be coerced for every request. */
	readonly args: Readonly<Record<string, unknown>> | undefined;
	/** Where a request keeps this field's arguments. */
	readonly slot: number;
	readonly nullable: boolean;
	readonly write: Writer;
}

/** Fields that stand side by side and are written one after the other. */
export interface Stretch {
	readonly fields: readonly FieldPlan[];
	/** Their text hangs on the object alone, which is kept: it is worth remembering. */
	readonly lasts: boolean;
}

export interface SelectionPlan {
	readonly stretches: readonly Stretch[];
	/** The `__typename` behind the last field. */
	readonly tail: string;
}

export interface Planner {
	readonly reading: Reading;
	/** How many fields have arguments of their own for every request. */
	slots: number;
	/** Within a text that is remembered whole: nothing in it is worth remembering by itself. */
	within?: boolean;
}

/** @throws Unsupported for what is left to the standard executor. */
export const planSelection = (
	planner: Planner,
	type: GraphQLObjectType,
	sets: readonly SelectionSetNode[],
): SelectionPlan => {
	const { schema } = planner.reading;
	const isKept = !planner.within && isEntity(type);
	const stretches: { fields: FieldPlan[]; lasts: boolean }[] = [];
	let before = "";
	for (const [key, nodes] of collectFields(planner.reading, type, sets)) {
		const name = nodes[0].name.value;
		const comma = stretches.length || before ? "," : "";
		const label = `${before}${comma}${JSON.stringify(key)}:`;
		if (name === "__typename") {
			before = `${label}${JSON.stringify(type.name)}`;
			continue;
		}
		before = "";
		const field = schema.getField(type, name);
		if (!field) throw new Unsupported(`${type.name}.${name}`);
		const lasts = isKept && lastsOf(planner.reading, field, nodes);
		const { within } = planner;
		planner.within ||= lasts;
		const plan = planField(planner, type, key, label, nodes, field);
		planner.within = within ?? false;
		const last = stretches.at(-1);
		if (last?.lasts === lasts) last.fields.push(plan);
		else stretches.push({ fields: [plan], lasts });
	}
	return { stretches, tail: before };
};

/** Something this executor does not do; whoever catches it asks the standard one. */
export class Unsupported extends Error {
	override readonly name = "Unsupported";
}

const planField = (
	planner: Planner,
	parent: GraphQLObjectType,
	key: string,
	label: string,
	nodes: readonly [FieldNode, ...FieldNode[]],
	field: GraphQLField<unknown, unknown>,
): FieldPlan => {
	// Whoever takes the fourth parameter wants graphql's own `info`.
	if ((field.resolve?.length ?? 0) > 3)
		throw new Unsupported(`${parent.name}.${field.name} asks for info`);
	const fixed = !nodes[0].arguments?.some(({ value }) => hangsOnRequest(value));
	const place = `${parent.name}.${field.name}`;
	return {
		key,
		label,
		parent: parent.name,
		nodes,
		field,
		resolve: field.resolve,
		args: fixed ? coercedOnce(field, nodes[0]) : undefined,
		slot: fixed ? -1 : planner.slots++,
		nullable: !isNonNullType(field.type),
		write: writerOf(planner, field.type, nodes, place),
	};
};

const writerOf = (
	planner: Planner,
	type: GraphQLOutputType,
	nodes: readonly FieldNode[],
	place: string,
): Writer =>
	isNonNullType(type)
		? nonNullWriter(innerWriter(planner, type.ofType, nodes, place), place)
		: nullableWriter(innerWriter(planner, type, nodes, place));

const innerWriter = (
	planner: Planner,
	type: GraphQLOutputType,
	nodes: readonly FieldNode[],
	place: string,
): Writer => {
	if (isListType(type)) {
		const item = writerOf(planner, type.ofType, nodes, place);
		const strict = isNonNullType(type.ofType);
		const write = listWriter(item, strict, place);
		return !planner.within && itemsLast(planner.reading, type.ofType, nodes)
			? writtenOnce(write)
			: write;
	}
	if (isLeafType(type)) return leafWriter(type);
	const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
	if (isObjectType(type)) {
		if (type.isTypeOf) throw new Unsupported(`isTypeOf of ${type.name}`);
		return objectWriter(planSelection(planner, type, sets));
	}
	if (isAbstractType(type) && type.resolveType) {
		const plans = new Map(
			planner.reading.schema
				.getPossibleTypes(type)
				.map((one) => [one.name, planSelection(planner, one, sets)] as const),
		);
		return abstractWriter(type, plans);
	}
	throw new Unsupported(`how to tell the type behind ${type}`);
};

const hangsOnRequest = (value: ValueNode): boolean => {
	if (value.kind === Kind.VARIABLE) return true;
	if (value.kind === Kind.LIST) return value.values.some(hangsOnRequest);
	if (value.kind === Kind.OBJECT)
		return value.fields.some((field) => hangsOnRequest(field.value));
	return false;
};

/** Literals that a scalar refuses make an error of each request, with its place: they are left to be coerced then. */
const coercedOnce = (
	field: GraphQLField<unknown, unknown>,
	node: FieldNode,
): Readonly<Record<string, unknown>> | undefined => {
	try {
		return getArgumentValues(field, node);
	} catch {
		throw new Unsupported(`the arguments of ${field.name}`);
	}
};
