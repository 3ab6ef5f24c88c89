/** Writes objects: their fields in the order of the document, each asked for and then written. */
import {
	type GraphQLAbstractType,
	GraphQLError,
	type GraphQLResolveInfo,
	getArgumentValues,
	isObjectType,
	locatedError,
	type ResponsePath,
} from "graphql";
import {
	type FieldPlan,
	infoOf,
	type SelectionPlan,
	type Writer,
} from "./plan.ts";
import {
	addError,
	isPromiseLike,
	joined,
	type Run,
	type Text,
	track,
} from "./run.ts";
import { failed, inspect, settled } from "./write-value.ts";

/** The whole answer; `null` when something failed that must not be null, all the way up. */
export const writeRoot = async (
	selection: SelectionPlan,
	run: Run,
): Promise<string> => {
	try {
		return await writeObject(selection, run.rootValue, run, undefined);
	} catch (error) {
		addError(run, locatedError(error, undefined), undefined);
		return "null";
	}
};

export const objectWriter =
	(selection: SelectionPlan): Writer =>
	(value, run, _field, path) =>
		writeObject(selection, value, run, path);

const writeObject = (
	{ groups, tail }: SelectionPlan,
	source: unknown,
	run: Run,
	path: ResponsePath | undefined,
): Text => {
	let text = "{";
	let pieces: Text[] | undefined;
	let hasMet: boolean | undefined;
	try {
		for (const group of groups) {
			const isFragment = group.isFragment && isObject(source);
			if (isFragment) {
				const known = run.fragments.find(group, source);
				if (known !== undefined) {
					text += known;
					continue;
				}
				hasMet ??= run.fragments.hasMet(source);
			}
			const { unrepeatable } = run;
			let own = "";
			let isAtHand = true;
			for (const field of group.fields) {
				own += field.label;
				const piece = writeField(field, source, run, path);
				if (typeof piece === "string") own += piece;
				else {
					pieces ??= [];
					pieces.push(text + own, piece);
					text = own = "";
					isAtHand = false;
				}
			}
			text += own;
			// Written without waiting, without a failure and without calling a method.
			if (isFragment && hasMet && isAtHand && run.unrepeatable === unrepeatable)
				run.fragments.keep(group, source, own);
		}
	} catch (error) {
		if (pieces) track(run, pieces);
		throw error;
	}
	text += `${tail}}`;
	if (!pieces) return text;
	pieces.push(text);
	return joined(pieces, run).then(inOneMoreTurn);
};

// graphql-js puts the object together in a turn of its own.
const inOneMoreTurn = (text: string): string => text;

const isObject = (value: unknown): value is object =>
	typeof value === "object" && value !== null;

const writeField = (
	field: FieldPlan,
	source: unknown,
	run: Run,
	prev: ResponsePath | undefined,
): Text => {
	const path = { prev, key: field.key, typename: field.typename };
	let value: unknown;
	try {
		value = resolved(field, source, run, path);
	} catch (error) {
		return failed(error, run, field, path, field.strict);
	}
	return settled(value, field.write, run, field, path, field.strict);
};

const resolved = (
	field: FieldPlan,
	source: unknown,
	run: Run,
	path: ResponsePath,
): unknown => {
	const { resolve, name } = field.field;
	const args = field.args ?? argumentsOf(field, run);
	const property = resolve ? undefined : propertyOf(source, name);
	if (!resolve && typeof property !== "function") return property;
	run.onPath(path);
	try {
		const info = infoOf(field, run, path);
		if (resolve) return resolve(source, args, run.context, info);
		run.unrepeatable++;
		return (property as Method).call(source, args, run.context, info);
	} finally {
		run.onPath(undefined);
	}
};

type Method = (
	args: unknown,
	context: unknown,
	info: GraphQLResolveInfo,
) => unknown;

const propertyOf = (source: unknown, name: string): unknown =>
	isObject(source) || typeof source === "function"
		? (source as Record<string, unknown>)[name]
		: undefined;

const argumentsOf = (field: FieldPlan, run: Run) => {
	let args = run.args[field.slot];
	if (!args) {
		args = getArgumentValues(field.field, field.nodes[0], run.variableValues);
		run.args[field.slot] = args;
	}
	return args;
};

/** An object of an interface or union: its type is asked for first. */
export const abstractWriter =
	(
		type: GraphQLAbstractType,
		plans: ReadonlyMap<string, SelectionPlan>,
	): Writer =>
	(value, run, field, path) => {
		const info = infoOf(field, run, path);
		const write = (name: unknown): Text =>
			writeObject(planNamed(name, info), value, run, path);
		const planNamed = (
			name: unknown,
			about: GraphQLResolveInfo,
		): SelectionPlan => {
			const plan = typeof name === "string" ? plans.get(name) : undefined;
			if (plan) return plan;
			throw wrongType(type, name, value, field, about);
		};
		const name: unknown = type.resolveType?.(value, run.context, info, type);
		return isPromiseLike(name)
			? (name.then(write) as Promise<string>)
			: write(name);
	};

/** In graphql-js's words. */
const wrongType = (
	type: GraphQLAbstractType,
	name: unknown,
	value: unknown,
	{ parent, field, nodes }: FieldPlan,
	{ schema }: GraphQLResolveInfo,
): GraphQLError => {
	const place = `for field "${parent}.${field.name}"`;
	if (name === null || name === undefined)
		return new GraphQLError(
			`Abstract type "${type}" must resolve to an Object type at runtime ${place}. Either the "${type}" type should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`,
			{ nodes },
		);
	if (typeof name !== "string")
		return new GraphQLError(
			`Abstract type "${type}" must resolve to an Object type at runtime ${place} with value ${inspect(value)}, received "${inspect(name)}", which is not a valid Object type name.`,
		);
	const runtime = schema.getType(name);
	const wrong = !runtime
		? `Abstract type "${type}" was resolved to a type "${name}" that does not exist inside the schema.`
		: isObjectType(runtime)
			? `Runtime Object type "${runtime}" is not a possible type for "${type}".`
			: `Abstract type "${type}" was resolved to a non-object type "${name}".`;
	return new GraphQLError(wrong, { nodes });
};
