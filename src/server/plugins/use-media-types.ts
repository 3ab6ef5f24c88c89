/**
 * `Accept` on the way in, and the format it asks for on the way out. Yoga takes the last type that fits and knows no `q`;
 * its streams are said why not to be used in `stream-response.ts`.
 */
import type { ExecutionResult } from "graphql";
import { isAsyncIterable } from "graphql-yoga";
import type { Viewer } from "../../auth/viewer.ts";
import { fail } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import {
	type EventStreamOptions,
	eventStreamResponse,
	wantsEvents,
} from "../event-stream.ts";
import type { HttpCall } from "../http-call.ts";
import { incrementalResponse } from "../incremental-response.ts";
import { jsonResponse } from "../json-response.ts";
import { answerTypeOf, checkAccept, streamTypeOf } from "../media-types.ts";
import type {
	OperationContext,
	OperationPlugin,
} from "../operation-context.ts";
import { masker } from "../public-error.ts";
import { refused } from "../refused.ts";

export interface MediaTypesOptions {
	readonly events: EventStreamOptions;
	readonly log: Logger;
	/** Epoch milliseconds. */
	now(): number;
}

export const useMediaTypes = (options: MediaTypesOptions): OperationPlugin => ({
	onRequestParse({ serverContext: { call } }) {
		checkAccept(call.exchange?.req.headers.accept);
	},
	onSubscribe({ context: { call }, setResultAndStopExecution }) {
		if (!call.exchange) return;
		try {
			if (!wantsEvents(call.exchange.req.headers.accept)) throw notAStream();
			options.events.registry.admit();
		} catch (error) {
			setResultAndStopExecution(refused(error) as never);
		}
	},
	onResultProcess({ result: given, serverContext, setResultProcessor }) {
		const context = serverContext as OperationContext;
		const { exchange } = context.call as HttpCall;
		const { accept } = exchange.req.headers;
		const isStream = isAsyncIterable(given);
		if (isStream && context.subscription)
			return setResultProcessor(
				(result, fetchAPI) =>
					streamOf(context, result as never, fetchAPI, options),
				"text/event-stream",
			);
		const type = isStream ? undefined : answerTypeOf(accept);
		const stream = type ? undefined : streamTypeOf(accept);
		// A request that is refused has a status, so it is told in JSON whatever the caller takes.
		const isRefused = !isStream && !("data" in given);
		if (stream && !isRefused)
			return setResultProcessor(
				(result, fetchAPI) =>
					incrementalResponse(
						exchange,
						stream,
						result as ExecutionResult,
						fetchAPI,
						options.events.stallMs,
					),
				stream.type,
			);
		const json = type ?? "application/json";
		setResultProcessor(
			(result, fetchAPI) =>
				jsonResponse(
					result as ExecutionResult,
					fetchAPI,
					exchange,
					json,
					options.now(),
				),
			json,
		);
	},
});

const streamOf = (
	{ call, viewer, subscription, compiled }: OperationContext,
	results: AsyncIterable<ExecutionResult>,
	fetchAPI: Parameters<typeof eventStreamResponse>[2],
	{ events, log }: MediaTypesOptions,
): Response => {
	const { exchange } = call as HttpCall;
	const mask = masker({
		log,
		requestId: call.requestId,
		operationName: compiled.operation.name?.value,
	});
	return eventStreamResponse(
		exchange,
		{
			subscription,
			results,
			viewer,
			recheck: async (): Promise<Viewer> => (call as HttpCall).authenticate(),
			textOf: ({ errors, ...result }) =>
				JSON.stringify({
					...(errors && { errors: errors.map(mask) }),
					...result,
				}),
		},
		fetchAPI,
		events,
	);
};

const notAStream = () =>
	fail(
		"NOT_ACCEPTABLE",
		"A subscription is a stream: ask with `Accept: text/event-stream`, or over WebSocket at the same address.",
	);
