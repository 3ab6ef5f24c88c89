/**
 * Turns values into JSON text: at once where all is at hand, with promises where something is not. Each promise takes as
 * many turns of the microtask queue as graphql-js's does, so that of two failures in one turn the same one comes first.
 */
import {
	GraphQLBoolean,
	GraphQLEnumType,
	GraphQLError,
	GraphQLFloat,
	GraphQLID,
	GraphQLInt,
	type GraphQLLeafType,
	GraphQLString,
	isEnumType,
	locatedError,
	type ResponsePath,
} from "graphql";
import type { FieldPlan, Writer } from "./plan.ts";
import {
	addError,
	type Fragment,
	isPromiseLike,
	joined,
	type Run,
	type Text,
	track,
} from "./run.ts";

export const nullableWriter =
	(inner: Writer): Writer =>
	(value, run, field, path) => {
		if (value === null || value === undefined) return "null";
		if (value instanceof Error) throw value;
		return inner(value, run, field, path);
	};

export const nonNullWriter =
	(inner: Writer, what: string): Writer =>
	(value, run, field, path) => {
		if (value === null || value === undefined)
			throw new Error(`Cannot return null for non-nullable field ${what}.`);
		if (value instanceof Error) throw value;
		return inner(value, run, field, path);
	};

export const listWriter =
	(item: Writer, strict: boolean, what: string): Writer =>
	(value, run, field, path) => {
		if (!isIterable(value))
			throw new GraphQLError(
				`Expected Iterable, but did not find one for field "${what}".`,
			);
		let text = "[";
		let pieces: Text[] | undefined;
		let key = 0;
		try {
			for (const one of value) {
				if (key > 0) text += ",";
				const at = { prev: path, key: key++, typename: undefined };
				const piece = settled(one, item, run, field, at, strict);
				if (typeof piece === "string") text += piece;
				else {
					pieces ??= [];
					pieces.push(text, piece);
					text = "";
				}
			}
		} catch (error) {
			if (pieces) track(run, pieces);
			abandonItems(value, run);
			throw error;
		}
		text += "]";
		if (!pieces) return text;
		pieces.push(text);
		return joined(pieces, run);
	};

/** Promises behind the item that failed are nobody's any more. */
const abandonItems = (items: Iterable<unknown>, run: Run): void => {
	try {
		track(run, [...items]);
	} catch {
		// The list itself is what failed.
	}
};

const isIterable = (value: unknown): value is Iterable<unknown> =>
	typeof value === "object" &&
	typeof (value as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] ===
		"function";

/** A list whose items are pure: written from the second time on, then served from the cache. */
export const writtenOnce = (write: Writer): Writer => {
	const fragment: Fragment = {};
	return (value, run, field, path) => {
		if (!Array.isArray(value)) return write(value, run, field, path);
		const { fragments } = run;
		const known = fragments.find(fragment, value);
		if (known !== undefined) return known;
		const hasMet = fragments.hasMet(value);
		const { unrepeatable } = run;
		const text = write(value, run, field, path);
		if (hasMet && typeof text === "string" && run.unrepeatable === unrepeatable)
			fragments.keep(fragment, value, text);
		return text;
	};
};

/** The text of a value that may be promised. @throws GraphQLError with its path where the value may not be null. */
export const settled = (
	value: unknown,
	write: Writer,
	run: Run,
	field: FieldPlan,
	path: ResponsePath,
	strict: boolean,
): Text => {
	if (isPromiseLike(value))
		return writeLater(value, write, run, field, path, strict);
	try {
		const text = write(value, run, field, path);
		return typeof text === "string"
			? text
			: text.then(undefined, (error) =>
					failed(error, run, field, path, strict),
				);
	} catch (error) {
		return failed(error, run, field, path, strict);
	}
};

const writeLater = async (
	value: PromiseLike<unknown>,
	write: Writer,
	run: Run,
	field: FieldPlan,
	path: ResponsePath,
	strict: boolean,
): Promise<string> => {
	try {
		const text = write(await value, run, field, path);
		return typeof text === "string" ? text : await text;
	} catch (error) {
		return failed(error, run, field, path, strict);
	}
};

/** Null for what may be null; otherwise whatever is above has failed as well. */
export const failed = (
	raw: unknown,
	run: Run,
	{ nodes }: FieldPlan,
	path: ResponsePath,
	strict: boolean,
): string => {
	const error = locatedError(raw, nodes, keysOf(path));
	if (strict) throw error;
	addError(run, error, path);
	return "null";
};

const keysOf = (path: ResponsePath): (string | number)[] => {
	const keys: (string | number)[] = [];
	for (let at: ResponsePath | undefined = path; at; at = at.prev)
		keys.push(at.key);
	return keys.reverse();
};

/** @throws what the type throws for values it cannot write. */
export const leafWriter = (type: GraphQLLeafType): Writer => {
	if (type === GraphQLString || type === GraphQLID)
		return (value) =>
			typeof value === "string" ? quoted(value) : other(type, value);
	if (type === GraphQLBoolean)
		return (value) =>
			value === true ? "true" : value === false ? "false" : other(type, value);
	if (type === GraphQLInt || type === GraphQLFloat)
		return (value) => other(type, value);
	if (isEnumType(type)) {
		const texts = new Map(
			type
				.getValues()
				.map(({ name, value }) => [value as unknown, JSON.stringify(name)]),
		);
		return (value) => texts.get(value) ?? other(type, value);
	}
	return (value) => other(type, value);
};

const other = (type: GraphQLLeafType, value: unknown): string => {
	const written = type.coerceOutputValue(value);
	if (typeof written === "string") return quoted(written);
	if (written !== null && written !== undefined) {
		const text = JSON.stringify(written);
		if (text !== undefined) return text;
	}
	throw new Error(
		`Expected \`${inspect(type)}.coerceOutputValue(${inspect(value)})\` to return non-nullable value, returned: ${inspect(written)}`,
	);
};

// Short text seldom holds anything that must be escaped; long text is scanned faster by JSON.stringify itself.
// Everything but: space and !, # to [, ] onwards; surrogates are left to JSON.stringify, which escapes lone ones.
const ESCAPED = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;
const SHORT = 40;

const quoted = (text: string): string =>
	text.length > SHORT || ESCAPED.test(text)
		? JSON.stringify(text)
		: `"${text}"`;

/** A value as graphql-js shows it in its messages, which it does not export: an enum without the value says it. */
const NOTHING_OF_IT = new GraphQLEnumType({
	name: "Shown",
	values: { NOTHING: { value: Symbol("nothing") } },
});
const BEFORE = 'Enum "Shown" cannot represent value: ';

export const inspect = (value: unknown): string => {
	try {
		NOTHING_OF_IT.coerceOutputValue(value);
	} catch (error) {
		return (error as Error).message.slice(BEFORE.length);
	}
	return "";
};
