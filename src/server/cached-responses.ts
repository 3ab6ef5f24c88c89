/** Cached responses, by operation key and scopes. */
import type { Viewer } from "../auth/viewer.ts";
import type { Cache } from "../cache/cache.ts";
import type { CachedResponse, NewResponse } from "../cache/response-cache.ts";
import type { CacheControl } from "../cache/session.ts";
import { priceExtension } from "../cost/price-extension.ts";
import type { Context } from "../loading/context.ts";
import { type Answer, extensionsTail } from "./answer.ts";
import { type ContentEncoding, encode } from "./content-encoding.ts";

/** A cached response for this viewer that is current and as fresh as the request wants. */
export const findResponse = (
	cache: Cache,
	viewer: Viewer,
	operationKey: string,
	cacheControl: CacheControl,
): CachedResponse | undefined =>
	cache.responses.find(
		cache.touch(viewer.locationId),
		responseKey(viewer, operationKey),
		cacheControl,
	);

/** The bytes of a response that `findResponse` found, encoded once for all who take them so. */
export const encodedResponse = (
	cache: Cache,
	viewer: Viewer,
	operationKey: string,
	response: CachedResponse,
	encoding: ContentEncoding,
): Buffer | Promise<Buffer> =>
	cache.responses.encoded(
		cache.log(viewer.locationId),
		responseKey(viewer, operationKey),
		response,
		encoding,
		(bytes) => encode(bytes, encoding, "kept"),
	);

/** Caches a complete answer, made in this context; one that was asked for once takes only room that is free. */
export const cacheResponse = (
	cache: Cache,
	{ viewer, cache: session, upstream }: Context,
	operationKey: string,
	answer: Answer,
	mayEvict = true,
): void => {
	if (!answer.isComplete) return;
	const { bytes, dataBytes, operation, operationName } = answer;
	const response: NewResponse = {
		bytes,
		dataBytes,
		operation,
		operationName,
		// Served from the cache it will have cost nothing.
		...(upstream.meter.made > 0 && {
			endsWith: extensionsTail({
				price: priceExtension({
					maxCost: upstream.maxCost,
					meter: { made: 0 },
				}),
			}),
		}),
	};
	cache.responses.keep(
		session,
		responseKey(viewer, operationKey),
		response,
		mayEvict,
	);
};

/** Callers with other scopes may see other answers: the scopes are part of every key. */
export const responseKey = (
	{ scopes }: Viewer,
	operationKey: string,
): string => {
	let scopeKey = scopeKeys.get(scopes);
	if (scopeKey === undefined) {
		scopeKey = [...scopes].sort().join(" ");
		scopeKeys.set(scopes, scopeKey);
	}
	return `${scopeKey}\n${operationKey}`;
};

// A token's scopes are one set for as long as the token is remembered.
const scopeKeys = new WeakMap<ReadonlySet<string>, string>();
