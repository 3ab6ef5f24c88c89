/** Runs the operation: queries and mutations to bytes or in parts, subscriptions as a stream of changes. */

import type { Viewer } from "../../auth/viewer.ts";
import type { Context, OperationTerms } from "../../loading/context.ts";
import type { AnswerOperation } from "../answer.ts";
import type { AnswerInParts } from "../incremental.ts";
import type {
	Call,
	OperationContext,
	OperationPlugin,
} from "../operation-context.ts";
import { refused } from "../public-error.ts";
import { resultOf } from "../serialized-result.ts";
import type { Subscribe } from "../subscribe.ts";

export interface ExecutionOptions {
	readonly contextOf: (
		viewer: Viewer,
		call: Pick<Call, "requestId" | "cacheControl">,
		terms: OperationTerms,
	) => Context;
	readonly answer: AnswerOperation;
	readonly answerInParts: AnswerInParts;
	readonly subscribe: Subscribe;
}

export const useExecution = (options: ExecutionOptions): OperationPlugin => ({
	onExecute({ setExecuteFn }) {
		setExecuteFn(({ contextValue }) =>
			execute(contextValue as OperationContext, options),
		);
	},
	onSubscribe({ setSubscribeFn }) {
		setSubscribeFn(async ({ contextValue }) => {
			const context = contextValue as OperationContext;
			const { viewer, call, compiled, cost } = context;
			try {
				const subscription = await options.subscribe(
					viewer,
					call.requestId,
					compiled,
					cost.max,
					call.lastEventId,
				);
				context.subscription = subscription;
				return subscription as never;
			} catch (error) {
				return refused(error);
			}
		});
	},
});

const execute = async (
	context: OperationContext,
	{ contextOf, answer, answerInParts }: ExecutionOptions,
) => {
	const { viewer, call, compiled, cost, deadline } = context;
	// One object for Yoga's plugins and for resolvers: what a plugin adds, a resolver finds.
	const resolved = Object.assign(
		context as object,
		contextOf(viewer, call, {
			lane: compiled.operation.operation,
			maxCost: cost.max,
			expectedCost: cost.expected,
			asks: compiled.asks,
			deadlineMs: call.deadlineMs,
			signal: deadline.signal,
		}),
	) as Context;
	call.onEnd(() => resolved.upstream.end());
	const { partFormat } = call;
	if (compiled.isDeferred && partFormat)
		return answerInParts(compiled, resolved, partFormat, deadline.end) as never;
	const answered = await answer(compiled, resolved);
	if (answered.code) call.notes.code = answered.code;
	return resultOf(answered);
};
