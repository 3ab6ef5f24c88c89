/** Turns values into JSON text: at once where all is at hand, with one promise for an object where something is not. */
import {
	type GraphQLAbstractType,
	GraphQLError,
	getArgumentValues,
	locatedError,
	type VariableValues,
} from "graphql";
import { keptLists } from "../cache/value-cache.ts";
import {
	pathKeys,
	type ResponsePath,
	setCurrentPath,
} from "../loading/response-path.ts";
import type { Texts, Written } from "./fragment-cache.ts";
import type { FieldPlan, SelectionPlan, Stretch } from "./plan.ts";

/** One request on its way through a plan. */
export interface Run {
	readonly context: unknown;
	readonly variables: VariableValues;
	readonly errors: GraphQLError[];
	/** Arguments of the fields that take variables, by slot. */
	readonly args: (Readonly<Record<string, unknown>> | undefined)[];
	readonly texts: Texts;
	/**
	 * Whether objects that are written now were at hand before. What was never seen may never be asked for again, and to
	 * remember something of each object costs more than writing it.
	 */
	areKept(): boolean;
}

/** Text; null when a value that must not be null is, so that the nearest field above that may be null becomes null. */
export type Text = string | null;

/** @throws what makes the field fail. The caller knows the field and turns it into an error with a path. */
export type Writer = (
	value: unknown,
	run: Run,
	field: FieldPlan,
	place: ResponsePath,
) => Text | Promise<Text>;

export const nullableWriter =
	(inner: Writer): Writer =>
	(value, run, field, place) => {
		if (value === null || value === undefined) return "null";
		if (value instanceof Error) throw value;
		const text = inner(value, run, field, place);
		if (typeof text === "string") return text;
		return text === null ? "null" : text.then(orNull);
	};

const orNull = (text: Text): Text => text ?? "null";

export const nonNullWriter =
	(inner: Writer, what: string): Writer =>
	(value, run, field, place) => {
		if (value === null || value === undefined)
			throw new Error(`Cannot return null for non-nullable field ${what}.`);
		if (value instanceof Error) throw value;
		return inner(value, run, field, place);
	};

export const listWriter =
	(item: Writer, strict: boolean, what: string): Writer =>
	(value, run, field, place) => {
		const items = listOf(value, what);
		let text = "[";
		let parts: (string | Promise<Text>)[] | undefined;
		for (let index = 0; index < items.length; index++) {
			if (index > 0) text += ",";
			const at = { above: place, key: index };
			const one = settle(items[index], item, run, field, at, strict);
			if (typeof one === "string") text += one;
			else if (one === null) return parts ? given(parts) : null;
			else {
				parts ??= [];
				parts.push(text, one);
				text = "";
			}
		}
		if (!parts) return `${text}]`;
		parts.push(`${text}]`);
		return joined(parts);
	};

export const objectWriter =
	(selection: SelectionPlan): Writer =>
	(value, run, _field, place) =>
		writeObject(selection, value, run, place);

export const abstractWriter =
	(
		type: GraphQLAbstractType,
		plans: ReadonlyMap<string, SelectionPlan>,
	): Writer =>
	(value, run, _field, place) => {
		const named = type.resolveType?.(value, run.context, NO_INFO, type);
		const write = (name: string | undefined) => {
			const plan = name === undefined ? undefined : plans.get(name);
			if (plan) return writeObject(plan, value, run, place);
			throw new Error(
				`Expected ${type} to be one of ${[...plans.keys()].join(", ")}, but got ${name}.`,
			);
		};
		return named instanceof Promise
			? named.then(write)
			: write(named as string);
	};

/** An object's fields in the order of the document. */
export const writeObject = (
	{ stretches, tail }: SelectionPlan,
	value: unknown,
	run: Run,
	place: ResponsePath | undefined,
): Text | Promise<Text> => {
	let text = "{";
	let parts: (string | Promise<Text>)[] | undefined;
	for (const stretch of stretches) {
		const one = stretch.lasts
			? writeOnce(stretch, value as object, run, place)
			: writeFields(stretch, value, run, place);
		if (typeof one === "string") text += one;
		else if (one === null) return parts ? given(parts) : null;
		else {
			parts ??= [];
			parts.push(text, one);
			text = "";
		}
	}
	if (!parts) return `${text}${tail}}`;
	parts.push(`${text}${tail}}`);
	return joined(parts);
};

const writeOnce = (
	stretch: Stretch,
	value: object,
	run: Run,
	place: ResponsePath | undefined,
): Text | Promise<Text> => {
	const known = run.texts.find(stretch, value);
	if (known !== undefined) return known;
	const failures = run.errors.length;
	return kept(
		writeFields(stretch, value, run, place),
		stretch,
		value,
		run,
		failures,
	);
};

/** A list that came out of the cache: written whole the first time, and given again from then on. */
export const writtenOnce = (write: Writer): Writer => {
	const list: Written = {};
	return (value, run, field, place) => {
		if (!Array.isArray(value) || !keptLists.has(value))
			return write(value, run, field, place);
		const known = run.texts.find(list, value);
		if (known !== undefined) return known;
		const failures = run.errors.length;
		return kept(write(value, run, field, place), list, value, run, failures);
	};
};

/** Remembers what was written without waiting and without a failure. */
const kept = (
	text: Text | Promise<Text>,
	what: Written,
	value: object,
	run: Run,
	failures: number,
): Text | Promise<Text> => {
	if (
		typeof text === "string" &&
		run.errors.length === failures &&
		run.areKept()
	)
		run.texts.keep(what, value, text);
	return text;
};

const writeFields = (
	{ fields }: Stretch,
	value: unknown,
	run: Run,
	place: ResponsePath | undefined,
): Text | Promise<Text> => {
	let text = "";
	let parts: (string | Promise<Text>)[] | undefined;
	for (const field of fields) {
		text += field.label;
		const one = writeField(field, value, run, place);
		if (typeof one === "string") text += one;
		else if (one === null) return parts ? given(parts) : null;
		else {
			parts ??= [];
			parts.push(text, one);
			text = "";
		}
	}
	if (!parts) return text;
	parts.push(text);
	return joined(parts);
};

/** One field of an object: asked for, then written. Never throws. */
export const writeField = (
	field: FieldPlan,
	source: unknown,
	run: Run,
	above: ResponsePath | undefined,
): Text | Promise<Text> => {
	const place = { above, key: field.key };
	try {
		const args = field.args ?? argsOf(field, run);
		setCurrentPath(place);
		const value = field.resolve
			? field.resolve(source, args, run.context, NO_INFO)
			: plain(source, field, args, run);
		setCurrentPath(undefined);
		return isPromise(value)
			? writeLater(value, field.write, run, field, place, !field.nullable)
			: caught(
					field.write(value, run, field, place),
					run,
					field,
					place,
					!field.nullable,
				);
	} catch (error) {
		setCurrentPath(undefined);
		return failed(error, field, run, place, !field.nullable);
	}
};

/** No resolver here asks for it: plans of those that do are refused. */
const NO_INFO = undefined as never;

const argsOf = (field: FieldPlan, run: Run) => {
	let args = run.args[field.slot];
	if (!args) {
		args = getArgumentValues(field.field, field.nodes[0], run.variables);
		run.args[field.slot] = args;
	}
	return args;
};

const plain = (
	source: unknown,
	field: FieldPlan,
	args: Readonly<Record<string, unknown>>,
	run: Run,
): unknown => {
	if (typeof source !== "object" || source === null) return undefined;
	const value = (source as Record<string, unknown>)[field.field.name];
	return typeof value === "function"
		? value.call(source, args, run.context, NO_INFO)
		: value;
};

const settle = (
	value: unknown,
	write: Writer,
	run: Run,
	field: FieldPlan,
	place: ResponsePath,
	strict: boolean,
): Text | Promise<Text> => {
	if (isPromise(value))
		return writeLater(value, write, run, field, place, strict);
	try {
		return caught(write(value, run, field, place), run, field, place, strict);
	} catch (error) {
		return failed(error, field, run, place, strict);
	}
};

/** One promise for the value, its text and its failure. */
const writeLater = (
	value: PromiseLike<unknown>,
	write: Writer,
	run: Run,
	field: FieldPlan,
	place: ResponsePath,
	strict: boolean,
): Promise<Text> =>
	value.then(
		(got) => {
			try {
				return caught(write(got, run, field, place), run, field, place, strict);
			} catch (error) {
				return failed(error, field, run, place, strict);
			}
		},
		(error) => failed(error, field, run, place, strict),
	) as Promise<Text>;

const caught = (
	text: Text | Promise<Text>,
	run: Run,
	field: FieldPlan,
	place: ResponsePath,
	strict: boolean,
): Text | Promise<Text> =>
	text instanceof Promise
		? text.catch((error) => failed(error, field, run, place, strict))
		: text;

const failed = (
	error: unknown,
	{ nodes }: FieldPlan,
	run: Run,
	place: ResponsePath,
	strict: boolean,
): Text => {
	run.errors.push(locatedError(error, nodes, pathKeys(place)));
	return strict ? null : "null";
};

/** Null all the same, but not before everything that was begun has ended: nothing may go on behind the answer. */
const given = async (parts: (string | Promise<Text>)[]): Promise<null> => {
	await Promise.all(parts);
	return null;
};

const joined = async (parts: (string | Promise<Text>)[]): Promise<Text> => {
	let text = "";
	// Every part is waited for, also behind one that is null: nothing may go on after the answer is given.
	for (const part of await Promise.all(parts)) {
		if (part === null) return null;
		text += part;
	}
	return text;
};

const listOf = (value: unknown, what: string): readonly unknown[] => {
	if (Array.isArray(value)) return value;
	if (typeof value === "object" && value !== null && Symbol.iterator in value)
		return Array.from(value as Iterable<unknown>);
	throw new GraphQLError(
		`Expected Iterable, but did not find one for field "${what}".`,
	);
};

const isPromise = (value: unknown): value is Promise<never> =>
	typeof (value as { then?: unknown } | null | undefined)?.then === "function";
