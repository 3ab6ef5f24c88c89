/** Describes one REST operation: where it is, which Version it wants, and the shape of its answer that the graph relies on. */
import type { Static, TSchema } from "typebox";
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
