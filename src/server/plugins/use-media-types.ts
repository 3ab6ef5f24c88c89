/**
 * `Accept` on the way in, and the format it asks for on the way out. Yoga takes the last type that fits and knows no `q`;
 * its streams are said why not to be used in `stream-response.ts`.
 */
import type { ExecutionResult } from "graphql";
import { isAsyncIterable } from "graphql-yoga";
import type { Viewer } from "../../auth/viewer.ts";
import { ERRORS, fail } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import {
	type EventStreamOptions,
	eventStreamResponse,
} from "../event-stream.ts";
import type { HttpCall } from "../http-call.ts";
import { incrementalResponse } from "../incremental-response.ts";
import { httpOf, jsonResponse } from "../json-response.ts";
import {
	answerTypeOf,
	checkAccept,
	type StreamType,
	streamTypeOf,
	subscriptionTypeOf,
} from "../media-types.ts";
import type {
	OperationContext,
	OperationPlugin,
} from "../operation-context.ts";
import { maskedErrors, masker, refused } from "../public-error.ts";

export interface MediaTypesOptions {
	readonly events: EventStreamOptions;
	readonly log: Logger;
	/** Epoch milliseconds. */
	now(): number;
}

export const useMediaTypes = (options: MediaTypesOptions): OperationPlugin => ({
	onRequestParse({ serverContext: { call } }) {
		checkAccept(call.http?.req.headers.accept);
	},
	onParams({ context }) {
		(context as unknown as OperationContext).isRead = true;
	},
	onSubscribe({ context: { call }, setResultAndStopExecution }) {
		if (!call.http) return;
		try {
			if (!subscriptionTypeOf(call.http.req.headers.accept)) throw notAStream();
			options.events.registry.admit();
		} catch (error) {
			setResultAndStopExecution(refused(error) as never);
		}
	},
	onResultProcess({ result: given, serverContext, setResultProcessor }) {
		const context = serverContext as OperationContext;
		const { http } = context.call as HttpCall;
		const { accept } = http.req.headers;
		const isStream = isAsyncIterable(given);
		if (isStream && context.subscription)
			return setResultProcessor(
				(result, fetchAPI) =>
					streamOf(context, result as never, fetchAPI, options),
				"text/event-stream",
			);
		const type = isStream ? undefined : answerTypeOf(accept);
		const stream = type ? undefined : streamTypeOf(accept);
		const isRefused = !isStream && !("data" in given);
		setResultProcessor(
			(result, fetchAPI) =>
				stream &&
				(!isRefused || isToldInStream(stream, context, result as never))
					? incrementalResponse(
							http,
							stream,
							result as ExecutionResult,
							fetchAPI,
							options.events.stallMs,
						)
					: jsonResponse(
							result as ExecutionResult,
							fetchAPI,
							http,
							type ?? "application/json",
							options.now(),
						),
			stream?.type ?? type ?? "application/json",
		);
	},
});

/**
 * A request that is refused has a status, and is answered in JSON whatever the caller accepts. An event stream is another
 * matter once the request was read (GraphQL over SSE, distinct connections mode): an `EventSource` shows its page no body
 * but that of a stream, so what is wrong with the operation comes as `next`. To come back later stays a status.
 */
const isToldInStream = (
	{ type }: StreamType,
	{ isRead }: OperationContext,
	result: ExecutionResult,
): boolean => {
	const { status = 200 } = httpOf(result);
	return (
		type === "text/event-stream" &&
		isRead === true &&
		status < 500 &&
		status !== ERRORS.RATE_LIMITED.status
	);
};

const streamOf = (
	{ call, viewer, subscription, compiled }: OperationContext,
	results: AsyncIterable<ExecutionResult>,
	fetchAPI: Parameters<typeof eventStreamResponse>[2],
	{ events, log }: MediaTypesOptions,
): Response => {
	const { http } = call as HttpCall;
	const mask = masker({
		log,
		requestId: call.requestId,
		operationName: compiled.operation.name?.value,
	});
	return eventStreamResponse(
		http,
		{
			type: subscriptionTypeOf(http.req.headers.accept) ?? "text/event-stream",
			subscription,
			results,
			viewer,
			recheck: async (): Promise<Viewer> => (call as HttpCall).authenticate(),
			textOf: ({ errors, ...result }) =>
				JSON.stringify({
					...(errors && { errors: maskedErrors(errors, mask) }),
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
		"A subscription is a stream: send `Accept: text/event-stream` (or Apollo's `multipart/mixed;subscriptionSpec=1.0`), or over WebSocket at the same address.",
	);
