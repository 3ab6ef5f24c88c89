/**
 * An execution result whose JSON text is made already. As an object it is an ordinary result, parsed when somebody looks;
 * who passes it on untouched passes the bytes on.
 */
import type { ExecutionResult } from "graphql";
import type { CachedResponse } from "../cache/response-cache.ts";
import type { ContentEncoding } from "./content-encoding.ts";
import { markPublic } from "./public-error.ts";

export interface Serialized extends CachedResponse {
	/** Weak entity tag of the data; undefined when there were errors. Left out: of the data as they are. */
	etag?(): string | undefined;
	/** Its bytes in an encoding, where they are kept; left out where they are not. */
	encoded?(encoding: ContentEncoding): Buffer | Promise<Buffer>;
	/** Default 200. */
	readonly status?: number;
	readonly headers?: Readonly<Record<string, string>>;
}

const TEXT = Symbol("serialized");

/** A result and what it was made of; a copy carries the same, and is told by it. */
interface Carrier {
	readonly [TEXT]?: { readonly of: object; readonly serialized: Serialized };
}

/** The text of a result that nobody has changed. */
export const serializedOf = (result: object): Serialized | undefined => {
	const text = (result as Carrier)[TEXT];
	return text?.of === result ? text.serialized : undefined;
};

export const resultOf = (serialized: Serialized): ExecutionResult => {
	let parsed: ExecutionResult | undefined;
	const read = () => {
		if (!parsed) {
			parsed = JSON.parse(String(serialized.bytes)) as ExecutionResult;
			for (const error of parsed.errors ?? []) markPublic(error as never);
		}
		return parsed;
	};
	// Not in a WeakMap: its tables cost the collector more than the rest of the request.
	const text = { of: {}, serialized };
	// Enumerable, so that a plugin that spreads it into a result of its own gets them.
	const result = {
		get data() {
			return read().data;
		},
		get errors() {
			return read().errors;
		},
		get extensions() {
			return read().extensions;
		},
		[TEXT]: text,
	} as ExecutionResult;
	text.of = result;
	return result;
};
