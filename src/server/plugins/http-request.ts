/**
 * What a request is before there is an operation, and of HTTP alone: its method, its time, who asks and what. A socket says
 * who it is when it opens.
 */

import type { GraphQLParams } from "graphql-yoga";
import type { Clock } from "../../clock.ts";
import { fail } from "../../errors.ts";
import { operationOf } from "../../operation/compiled-operation.ts";
import type { Origins } from "../cors.ts";
import { startDeadline } from "../deadline.ts";
import { PAGE_HEADERS } from "../graphiql/graphiql.ts";
import {
	missingQuery,
	type Parameters,
	parametersOfBody,
	parametersOfUrl,
} from "../graphql-request.ts";
import type {
	OperationContext,
	OperationPlugin,
} from "../operation-context.ts";
import { withoutQuery } from "./use-trusted-documents.ts";

/** What the request's one log line says of its operation. The line itself is written when the request ends. */
export const useLogLine = (): OperationPlugin => {
	const noteEnd = (context: OperationContext) =>
		context.call.onEnd(() => {
			const { call, compiled, cost, upstream } = context;
			if (!compiled) return;
			call.notes.operation = compiled.operation.operation;
			call.notes.operationName = compiled.operation.name?.value;
			if (cost) call.notes.price = cost.max;
			if (upstream) call.notes.calls = upstream.meter.made;
		});
	return {
		onExecute: ({ context }) => noteEnd(context),
		onSubscribe: ({ context }) => noteEnd(context),
	};
};

/**
 * Methods: GET for queries, POST for all. Yoga refuses the rest too, in other words; ours keep the codes of the error
 * table, and name every operation there is where none is meant.
 */
export const useHttpMethods = (): OperationPlugin => ({
	onRequestParse({ request: { method } }) {
		if (method === "GET" || method === "POST") return;
		throw fail(
			"METHOD_NOT_ALLOWED",
			`Expected POST, or GET for queries, but got ${method}.`,
			{ extensions: { allow: ["GET", "POST"] } },
		);
	},
	onParse:
		() =>
		({ result, context: { call, params } }) => {
			if (result instanceof Error || !result) return;
			const { operation } = operationOf(result, params.operationName);
			if (operation !== "mutation" || call.http?.req.method !== "GET") return;
			throw fail(
				"METHOD_NOT_ALLOWED",
				"A mutation must be sent by POST: a GET may be repeated or prefetched by anything on its way.",
				{ extensions: { allow: ["POST"] } },
			);
		},
});

/**
 * How long the answer may take: the gateway's own time or the caller's `X-Deadline-Ms`, down to the sockets of REST calls.
 * Not of subscriptions: a stream lives as long as its token, and each of its answers has a deadline of its own.
 */
export const useDeadline = (clock: Clock): OperationPlugin => ({
	onRequestParse({ serverContext: { call } }) {
		// Refused before anything is done for it.
		void call.deadlineMs;
	},
	onExecute({ context }) {
		const { call } = context as typeof context & { deadline: unknown };
		const deadline = startDeadline(
			call.deadlineMs,
			call.signal,
			clock,
			call.waitedMs,
		);
		Object.assign(context, { deadline });
		// A socket outlives the answer, so its signal is not listened to any more.
		call.onEnd(call.http ? deadline.clear : deadline.detach);
	},
});

/** Bearer token to viewer, ahead of all work: who may not call costs none, and learns nothing of the schema. */
export const useAuthentication = (): OperationPlugin => ({
	async onRequestParse({ serverContext }) {
		const { call } = serverContext;
		const viewer = await call.viewer();
		serverContext.viewer = viewer;
		call.notes.subject = viewer.subject;
		call.notes.locationId = viewer.locationId;
	},
});

/**
 * Reads what is asked, of a POST's body and a GET's address. Yoga's own parsers take forms and multipart requests as well,
 * which a page elsewhere can make a browser send, and JSON that names a key twice or nests without end.
 */
export const useJsonBody = (): OperationPlugin => ({
	async onRequestParse({ serverContext: { call }, setRequestParser }) {
		// Read ahead of Yoga's body limit, and with the same one: a kept answer is found by this text.
		const text = await call.text();
		if (text === undefined) return;
		const { http } = call;
		setRequestParser(
			() =>
				(http?.req.method === "GET"
					? parametersOfUrl(http.url.searchParams)
					: parametersOfBody(text)) as GraphQLParams,
		);
	},
});

/** Behind all plugins: one of them may have put a query where none was sent. */
export const useRequiredQuery = (): OperationPlugin => ({
	onParams({ params }) {
		const { query } = params;
		const missing =
			(query ? undefined : withoutQuery(params as unknown as Parameters)) ??
			missingQuery(query);
		if (missing) throw missing;
	},
});

/** Headers that Yoga does not know of: a strict policy for the page of GraphiQL, and `Vary` where answers differ by origin. */
export const usePageHeaders = (origins: Origins): OperationPlugin => ({
	onResponse({ response, serverContext }) {
		if (serverContext?.isPage)
			for (const [name, value] of Object.entries(PAGE_HEADERS))
				response.headers.set(name, value);
		if (!origins.none) response.headers.append("Vary", "Origin");
	},
});
