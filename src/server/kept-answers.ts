/** Whole answers, found and kept by what was asked and with which scopes. */
import type { Viewer } from "../auth/viewer.ts";
import type { Cache } from "../cache/cache.ts";
import type { CachedResponse } from "../cache/response-cache.ts";
import type { CacheControl } from "../cache/session.ts";
import { priceExtension } from "../cost/price-extension.ts";
import type { Context } from "../loading/context.ts";
import { type Answer, endOf } from "./answer.ts";

/** An answer to this viewer that is still true and as fresh as the caller wants it. */
export const findAnswer = (
	cache: Cache,
	viewer: Viewer,
	operationKey: string,
	cacheControl: CacheControl,
): CachedResponse | undefined =>
	cache.responses.find(
		cache.touch(viewer.locationId),
		answerKey(viewer, operationKey),
		cacheControl,
	);

/** Keeps a complete answer, made in this context. */
export const keepAnswer = (
	cache: Cache,
	{ viewer, cache: session, upstream }: Context,
	operationKey: string,
	answer: Answer,
): void => {
	if (!answer.isComplete) return;
	const { bytes, dataBytes, operation, operationName } = answer;
	cache.responses.keep(session, answerKey(viewer, operationKey), {
		bytes,
		dataBytes,
		operation,
		operationName,
		// Served from the cache it will have cost nothing.
		...(upstream.meter.made > 0 && {
			endsWith: endOf({
				price: priceExtension({
					maxCost: upstream.maxCost,
					meter: { made: 0 },
				}),
			}),
		}),
	});
};

/** What one caller may see another may not: the scopes are part of every answer's key. */
export const answerKey = ({ scopes }: Viewer, operationKey: string): string => {
	let word = words.get(scopes);
	if (word === undefined) {
		word = [...scopes].sort().join(" ");
		words.set(scopes, word);
	}
	return `${word}\n${operationKey}`;
};

// A token's scopes are one set for as long as the token is remembered.
const words = new WeakMap<ReadonlySet<string>, string>();
