/** Runs one operation for a transport that is not plain HTTP: the same checks in the same order, then one answer or a stream. */

import type { Viewer } from "../auth/viewer.ts";
import type { Cache } from "../cache/cache.ts";
import type { CachedResponse } from "../cache/response-cache.ts";
import { ANY_AGE } from "../cache/session.ts";
import {
	type CostedOperation,
	checkCost,
	type OperationCost,
} from "../cost/operation-cost.ts";
import { dryRunResult } from "../cost/price-extension.ts";
import type { Context, OperationTerms } from "../loading/context.ts";
import type { Admit } from "../operation/admission.ts";
import { defers } from "../operation/defer.ts";
import type { Prepare } from "../operation/prepare.ts";
import type { AnswerInParts, Parts } from "./incremental.ts";
import { type AnswerQuery, answerKey } from "./respond.ts";
import type { Subscribe, Subscription } from "./subscribe.ts";

export interface OperateOptions {
	readonly prepare: Prepare;
	readonly admit: Admit;
	readonly subscribe: Subscribe;
	readonly answer: AnswerQuery;
	readonly answerInParts: AnswerInParts;
	readonly cache: Cache;
	/** Words for queries, by which whole answers are kept. */
	readonly asked: {
		/** Undefined for a query nobody has asked before. */
		met(asked: OperationAsked): string | undefined;
		learn(
			text: undefined,
			asked: OperationAsked,
		): { readonly word: string; readonly isNew: boolean };
	};
	readonly priceOf: (viewer: Viewer, asked: CostedOperation) => OperationCost;
	/** The most calls one operation may cost. */
	readonly priceCeiling: number;
	readonly deadlineMs: number;
	/** Ends what is done for an answer when its time is over or `callerLeft` is aborted, until `leave` is called. */
	startDeadline(callerLeft: AbortSignal): {
		readonly signal: AbortSignal;
		leave(): void;
		/** Ends it now. */
		end(): void;
	};
	contextOf(
		viewer: Viewer,
		call: { readonly requestId: string },
		terms: OperationTerms,
	): Context;
}

export interface OperationAsked {
	readonly query: string;
	readonly operationName: string | undefined;
	readonly variables: Record<string, unknown>;
	readonly extensions: Record<string, unknown>;
}

/** An answer as JSON text in UTF-8, to be sent as it is. */
export type Whole = Pick<CachedResponse, "bytes">;

/** An answer to an operation with `@defer`. */
export interface InParts extends Parts {
	/** Nobody waits for what is still to come. */
	end(): void;
}

export type Reply = Whole | InParts | Subscription;

/** @throws what `prepare` and `admit` throw, and what a subscription's own check of its arguments does. */
export type Operate = (
	viewer: Viewer,
	call: { readonly requestId: string; readonly signal: AbortSignal },
	asked: OperationAsked,
) => Promise<Reply>;

export const createOperate = (options: OperateOptions): Operate => {
	const { cache, prepare, admit, priceOf, priceCeiling, deadlineMs } = options;
	/** An answer that is still true, ahead of parsing, validating and executing. */
	const kept = (viewer: Viewer, asked: OperationAsked): Whole | undefined => {
		const word = options.asked.met(asked);
		if (word === undefined) return undefined;
		const place = cache.touch(viewer.locationId);
		return cache.responses.find(place, answerKey(viewer, word), ANY_AGE);
	};
	return async (viewer, call, asked) => {
		const again = kept(viewer, asked);
		if (again) return again;
		const document = prepare(asked.query);
		const { operation, coerced } = admit(viewer, { ...asked, document });
		const price = priceOf(viewer, {
			document,
			operation,
			variables: asked.variables,
			coerced,
		});
		if (asked.extensions.priceOnly === true)
			return {
				bytes: Buffer.from(JSON.stringify(dryRunResult(price, priceCeiling))),
			};
		checkCost(price, priceCeiling);
		const { max: maxCost, expected: expectedCost } = price;
		const admitted = { ...asked, document, operation, coerced };
		if (operation.operation === "subscription")
			return options.subscribe(viewer, call.requestId, {
				...admitted,
				worst: maxCost,
			});
		const deadline = options.startDeadline(call.signal);
		const context = options.contextOf(viewer, call, {
			lane: operation.operation,
			maxCost,
			expectedCost,
			deadlineMs,
			signal: deadline.signal,
		});
		const over = () => {
			context.upstream.end();
			deadline.leave();
		};
		if (defers(admitted)) {
			const parts = options.answerInParts(admitted, context, PART_FORMAT);
			return {
				each: (write) => parts.each(write).finally(over),
				end: deadline.end,
			};
		}
		const met =
			operation.operation === "query"
				? options.asked.learn(undefined, asked)
				: undefined;
		// What is asked once may never be asked again: only from the second time on is its answer worth the memory.
		return options
			.answer(admitted, context, met?.isNew ? undefined : met?.word)
			.finally(over);
	};
};

// A socket has no header to name another with.
const PART_FORMAT = "incrementalSpec=v0.2";

export const isSubscription = (reply: Reply): reply is Subscription =>
	Symbol.asyncIterator in reply;
