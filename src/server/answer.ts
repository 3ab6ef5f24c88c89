/** Executes a query or mutation to bytes. */
import { type CachedResponse, etagOf } from "../cache/response-cache.ts";
import type { ExpectedCosts } from "../cost/expected-cost.ts";
import { priceExtension } from "../cost/price-extension.ts";
import type { Executor } from "../executor/contract.ts";
import type { Context } from "../loading/context.ts";
import { setCurrentPath } from "../loading/response-path.ts";
import { stalePaths } from "../loading/stale-paths.ts";
import type { Logger } from "../log.ts";
import type { CompiledOperation } from "../operation/compiled-operation.ts";
import { maskedErrors, masker } from "./public-error.ts";
import { rateLimitRefusal, tooManyRequestsResponse } from "./rate-limited.ts";
import type { Serialized } from "./serialized-result.ts";

export interface Answer extends Serialized {
	etag(): string | undefined;
	/** All that was asked for is there, and none of it is past its TTL. */
	readonly isComplete: boolean;
	/** Of its first error. */
	readonly code?: string | undefined;
}

export type AnswerOperation = (
	operation: Pick<CompiledOperation, "operation" | "variables" | "plan">,
	context: Context,
) => Promise<Answer>;

export interface AnswerOptions {
	readonly executor: Pick<Executor, "run">;
	readonly log: Logger;
	/** Records how many calls each query made; omitted where no expected costs are used. */
	readonly expected?: Pick<ExpectedCosts, "record">;
}

export const createAnswer =
	({ executor, log, expected }: AnswerOptions): AnswerOperation =>
	async ({ operation, variables, plan }, context) => {
		const { data, errors: raw } = await executor.run(plan, {
			variableValues: variables,
			contextValue: context,
			onPath: setCurrentPath,
		});
		const { requestId, cache, upstream } = context;
		const operationName = operation.name?.value;
		const about = {
			readAt: cache.oldest,
			operation: operation.operation,
			operationName,
		};
		const price = priceExtension(upstream);
		const stale = cache.stale.size ? stalePaths(context) : undefined;
		const extensions = { price, ...(stale && { stale }) };
		// Queries that accept nothing cached say nothing of the cost of others.
		if (operation.operation === "query" && cache.acceptsCached)
			expected?.record(upstream.facts, operation, price.made, raw.length === 0);
		if (!raw.length) {
			const bytes = bytesOf(data, extensions);
			return {
				...about,
				...bytes,
				isComplete: !stale,
				etag: () => etagOf(bytes),
			};
		}
		const errors = maskedErrors(raw, masker({ log, requestId, operationName }));
		const result = { data: JSON.parse(data) };
		const refusal = rateLimitRefusal(result, errors, upstream);
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
			isComplete: false,
			code: (refusal ?? errors[0])?.extensions.code,
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
	const end = extensionsTail(extensions);
	const bytes = Buffer.from(`{"data":${data}${end}`);
	return { bytes, dataBytes: bytes.byteLength - Buffer.byteLength(end) };
};

/** What follows the data of an answer. */
export const extensionsTail = (extensions: object): string =>
	`,"extensions":${JSON.stringify(extensions)}}`;
