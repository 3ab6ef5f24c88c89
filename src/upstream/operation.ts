/** Describes one REST operation: where it is, which Version it wants, and the shape of its answer that the graph relies on. */
import type { Static, TSchema } from "typebox";
import { fail } from "../errors.ts";
import { departureOf, type Fits, fitsOf } from "./fits.ts";
import { coerced, type Mismatch } from "./lenient.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

export interface Operation<V> {
	/** `GET /contacts/{contactId}`: stable, used in errors, logs and per-family limits. */
	readonly name: string;
	/** Tells it from every other, also from one of the same name that relies on another shape. */
	readonly number: number;
	readonly method: Method;
	readonly path: string;
	readonly version: string;
	/** First segment of the path (`contacts`, `calendars`, ...): what fails together upstream. */
	readonly family: string;
	/** True when repeating the call changes nothing upstream: GETs, and the POSTs that only search. */
	readonly safe: boolean;
	/**
	 * The answer with only what fits the shape, each mismatch told; undefined where what was asked for is not in it.
	 * An answer that fits as a whole passes as it is.
	 */
	coerce(
		answer: unknown,
		report: (mismatch: Mismatch) => void,
	): { readonly answer: unknown } | undefined;
	/** Where an answer that `coerce` cannot use departs from the shape: `/contacts/3/id must be string`. */
	mismatch(answer: unknown): string;
	/** What the graph keeps of an answer that fits. Made of the answer and the ids of its path alone, and never changed. */
	valueOf(answer: unknown, ids: Ids): V;
}

export interface CallRequest {
	readonly ids?: Ids;
	readonly query?: Readonly<
		Record<string, string | number | boolean | undefined>
	>;
	readonly body?: unknown;
}

/** Values of the `{...}` segments of a path. */
export type Ids = Readonly<Record<string, string>>;

let described = 0;

// [spec] Version is 2021-04-15 for all /calendars paths and 2021-07-28 elsewhere.
export const versionOf = (path: string): string =>
	path.startsWith("/calendars") ? "2021-04-15" : "2021-07-28";

/**
 * `operation("GET", "/contacts/{contactId}", Type.Object({ contact: ContactShape }))`. Fields that the shape does not
 * name are let through. `safe` must be given for a POST that only reads; `valueOf` where the answer itself is not what
 * the graph keeps: given the same, it must make the same.
 */
export const operation = <S extends TSchema, V = Static<S>>(
	method: Method,
	path: string,
	shape: S,
	options?: {
		safe?: boolean;
		valueOf?: (answer: Static<S>, ids: Ids) => V;
	},
): Operation<V> => {
	// Made on first use: loading a module costs nothing.
	let fits: Fits | undefined;
	return {
		name: `${method} ${path}`,
		number: described++,
		method,
		path,
		version: versionOf(path),
		family: path.split("/")[1] ?? "",
		safe: options?.safe ?? method === "GET",
		valueOf: (options?.valueOf ?? itself) as Operation<V>["valueOf"],
		coerce(answer, report) {
			fits ??= fitsOf(shape);
			return fits(answer) ? { answer } : coerced(shape, answer, report);
		},
		mismatch: (answer) => departureOf(shape, answer),
	};
};

const itself = (answer: unknown): unknown => answer;

// HighLevel's ids are opaque (contract, section 1), so this is wide: what a URL path carries unescaped, and never only dots.
const ID = /^(?!\.+$)[A-Za-z0-9._~:@-]{1,64}$/;

/** Whether it can stand as one segment of a path. */
export const isId = (id: string): boolean => ID.test(id);

/**
 * Returns the id unchanged when it can stand as one segment of a path.
 * @throws Failure BAD_USER_INPUT for the empty string, dots alone, slashes, escapes, control characters, or over 64 characters.
 */
export const checkId = (id: string, what: string): string => {
	if (isId(id)) return id;
	throw fail(
		"BAD_USER_INPUT",
		`${what} must be an id of 1 to 64 letters, digits or . _ ~ : @ - (not only dots), but got ${shown(id)}. Pass the id as the API returned it.`,
	);
};

/** Fills `{name}` segments: `fillPath("/contacts/{contactId}", { contactId: "c1" })` is `/contacts/c1`. */
export const fillPath = (
	template: string,
	ids: Readonly<Record<string, string>> = {},
): string => {
	let pieces = cut.get(template);
	if (!pieces) {
		// What stands at odd places is a name.
		pieces = template.split(/\{(\w+)\}/);
		cut.set(template, pieces);
	}
	let path = "";
	for (const [index, piece] of pieces.entries()) {
		if (index % 2 === 0) {
			path += piece;
			continue;
		}
		const id = ids[piece];
		if (id === undefined)
			throw new Error(`${template} needs ${piece}, and the caller gave none`);
		path += encodeURIComponent(checkId(id, piece));
	}
	return path;
};

// There are as many templates as operations.
const cut = new Map<string, readonly string[]>();

const shown = (text: string): string => {
	const short = text.length > 40 ? `${text.slice(0, 40)}…` : text;
	return JSON.stringify(short);
};
