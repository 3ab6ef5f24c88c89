/**
 * Turns values into JSON text: at once where all is at hand, with promises where something is not. Each promise takes as
 * many turns of the microtask queue as graphql-js's does, so that of two failures in one turn the same one comes first.
 */
import { GraphQLError, locatedError, type ResponsePath } from "graphql";
import type { Fragment } from "./fragment-cache.ts";
import type { FieldPlan, Writer } from "./plan.ts";
import { isPromiseLike } from "./promise-like.ts";
import { addError, type Run, track } from "./run.ts";
import { joined, type Text } from "./text.ts";

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

/** A list whose items are pure: written once it was met before, and given again from then on. */
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
