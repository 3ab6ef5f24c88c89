/** Runs one operation for a transport that is not plain HTTP: the same checks in the same order, then one answer or a stream. */
import { execute, type GraphQLSchema } from "graphql";
import type { Logger } from "../log.ts";
import type { Admit } from "./admit.ts";
import type { Context, Terms, Viewer } from "./context.ts";
import { publicError } from "./masking.ts";
import { dryRun, paid } from "./paid.ts";
import type { Prepare } from "./prepare.ts";
import { checkPrice, type Price, type PricedOperation } from "./price.ts";
import type { Answer, Subscribe, Subscription } from "./subscribe.ts";

export interface OperateOptions {
	readonly schema: GraphQLSchema;
	readonly log: Logger;
	readonly prepare: Prepare;
	readonly admit: Admit;
	readonly subscribe: Subscribe;
	readonly priceOf: (viewer: Viewer, asked: PricedOperation) => Price;
	/** The most calls one operation may cost. */
	readonly priceCeiling: number;
	readonly deadlineMs: number;
	/** Ends what is done for an answer when its time is over or `callerLeft` is aborted, until `leave` is called. */
	startDeadline(callerLeft: AbortSignal): {
		readonly signal: AbortSignal;
		leave(): void;
	};
	contextOf(
		viewer: Viewer,
		call: { readonly requestId: string },
		terms: Terms,
	): Context;
}

export interface OperationAsked {
	readonly query: string;
	readonly operationName: string | undefined;
	readonly variables: Record<string, unknown>;
	readonly extensions: Record<string, unknown>;
}

/** @throws what `prepare` and `admit` throw, and what a subscription's own check of its arguments does. */
export type Operate = (
	viewer: Viewer,
	call: { readonly requestId: string; readonly signal: AbortSignal },
	asked: OperationAsked,
) => Promise<Answer | Subscription>;

export const createOperate =
	({
		schema,
		log,
		prepare,
		admit,
		subscribe,
		contextOf,
		priceOf,
		priceCeiling,
		deadlineMs,
		startDeadline,
	}: OperateOptions): Operate =>
	async (viewer, call, asked) => {
		const document = prepare(asked.query);
		const operation = admit(viewer, { ...asked, document });
		const { operationName, variables } = asked;
		const { requestId } = call;
		const price = priceOf(viewer, { document, operation, variables });
		if (asked.extensions.priceOnly === true) return dryRun(price, priceCeiling);
		checkPrice(price, priceCeiling);
		const { worst } = price;
		if (operation.operation === "subscription")
			return subscribe(viewer, requestId, {
				document,
				operation,
				operationName,
				variables,
				worst,
			});
		const deadline = startDeadline(call.signal);
		const contextValue = contextOf(viewer, call, {
			lane: operation.operation,
			worst,
			deadlineMs,
			signal: deadline.signal,
		});
		const { errors, ...result } = await Promise.resolve(
			execute({
				schema,
				document,
				variableValues: variables,
				operationName: operationName ?? null,
				contextValue,
			}),
		).finally(() => {
			contextValue.upstream.end();
			deadline.leave();
		});
		return {
			...(errors && {
				errors: errors.map((error) =>
					publicError(error, { log, requestId, operationName }),
				),
			}),
			...result,
			extensions: {
				...result.extensions,
				price: paid(contextValue.upstream),
			},
		};
	};

export const isSubscription = (
	answer: Answer | Subscription,
): answer is Subscription => Symbol.asyncIterator in answer;
