/** Answers an admitted query or mutation with bytes, and keeps the whole answer where it may be given again. */

import type { Viewer } from "../auth/viewer.ts";
import type { Cache } from "../cache/cache.ts";
import { type CachedResponse, etagOf } from "../cache/response-cache.ts";
import type { ExpectedCosts } from "../cost/expected-cost.ts";
import { priceExtension } from "../cost/price-extension.ts";

import type { Context } from "../loading/context.ts";
import { stalePaths } from "../loading/loader.ts";
import type { Logger } from "../log.ts";
import type { Admitted } from "../operation/admission.ts";
import type { Execute } from "./execute.ts";
import { masker } from "./public-error.ts";
import { tooManyRequestsResponse, wholeRefusal } from "./rate-limited.ts";

export interface Answered extends CachedResponse {
	/** Weak entity tag of the data; undefined when there were errors. */
	etag(): string | undefined;
	/** Default 200. */
	readonly status?: number;
	readonly headers?: Readonly<Record<string, string>>;
}

export type AnswerQuery = (
	admitted: Admitted,
	context: Context,
	/** What was asked, in one word; undefined when the answer must not be kept. */
	asked: string | undefined,
) => Promise<Answered>;

export interface AnswerOptions {
	readonly execute: Execute;
	readonly cache: Cache;
	readonly log: Logger;
	/** Told what each query made; left out where nobody reckons with it. */
	readonly likely?: Pick<ExpectedCosts, "record">;
}

export const createAnswerQuery =
	({ execute, cache, log, likely }: AnswerOptions): AnswerQuery =>
	async ({ document, operation, variables }, context, asked) => {
		const { data, errors: raw } = await execute({
			document,
			operation,
			variables,
			context,
		});
		const { requestId, cache: reads, upstream, viewer } = context;
		const operationName = operation.name?.value;
		const about = {
			readAt: reads.oldest,
			operation: operation.operation,
			operationName,
		};
		const price = priceExtension(upstream);
		// Those who want nothing that is at hand tell nothing of the others.
		if (operation.operation === "query" && reads.acceptsCached)
			likely?.record(upstream.facts, operation, price.made, raw.length === 0);
		if (!raw.length) {
			const stale = reads.stale.size ? stalePaths(context) : undefined;
			const bytes = bytesOf(data ?? "null", {
				price,
				...(stale && { stale }),
			});
			const answer = { ...about, ...bytes };
			if (asked !== undefined && !stale)
				cache.responses.keep(reads, answerKey(viewer, asked), {
					...answer,
					// Given again it will have cost nothing.
					...(price.made > 0 && {
						endsWith: endOf({
							price: priceExtension({
								maxCost: upstream.maxCost,
								meter: { made: 0 },
							}),
						}),
					}),
				});
			return { ...answer, etag: () => etagOf(bytes) };
		}
		const errors = raw.map(masker({ log, requestId, operationName }));
		const result = data === undefined ? {} : { data: JSON.parse(data) };
		const refusal = wholeRefusal(result, errors, upstream);
		const extensions = {
			price,
			...(reads.stale.size && { stale: stalePaths(context) }),
		};
		const bytes = Buffer.from(
			JSON.stringify(
				refusal
					? { errors: [refusal], extensions }
					: { errors, ...result, extensions },
			),
		);
		return {
			...about,
			bytes,
			dataBytes: 0,
			etag: () => undefined,
			...(refusal && tooManyRequestsResponse(refusal)),
		};
	};

/**
 * Takes the data as bytes: their text is a tree of the thousands of pieces it was put together from until it is made
 * bytes, and whoever held it for longer held them all, at a third of a query's CPU for collecting garbage.
 */
const bytesOf = (
	data: string,
	extensions: object,
): Pick<CachedResponse, "bytes" | "dataBytes"> => {
	const end = endOf(extensions);
	const bytes = Buffer.from(`{"data":${data}${end}`);
	return { bytes, dataBytes: bytes.byteLength - Buffer.byteLength(end) };
};

const endOf = (extensions: object): string =>
	`,"extensions":${JSON.stringify(extensions)}}`;

/** What one caller may see another may not: the scopes are part of every answer's key. */
export const answerKey = ({ scopes }: Viewer, asked: string): string => {
	let word = words.get(scopes);
	if (word === undefined) {
		word = [...scopes].sort().join(" ");
		words.set(scopes, word);
	}
	return `${word}\n${asked}`;
};

// A token's scopes are one set for as long as the token is remembered.
const words = new WeakMap<ReadonlySet<string>, string>();
