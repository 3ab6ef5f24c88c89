/** Puts the server together: Yoga and its plugins, sockets and event streams, the routes beside GraphQL, the listener. */
import type { GraphQLSchema } from "graphql";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Tickets } from "../auth/tickets.ts";
import type { Viewer } from "../auth/viewer.ts";
import type { Cache } from "../cache/cache.ts";
import type { Receive } from "../changes/receive.ts";
import type { Clock } from "../clock.ts";
import type { ExpectedCosts } from "../cost/expected-cost.ts";
import type { Executor } from "../executor/contract.ts";
import { createExecutor } from "../executor/executor.ts";
import type { Context, OperationTerms } from "../loading/context.ts";
import type { Logger } from "../log.ts";
import type { Observer } from "../observer.ts";
import { createCompile } from "../operation/compiled-operation.ts";
import type { DocumentLimits } from "../operation/document-limits.ts";
import { createOperationKeys } from "../operation/operation-key.ts";
import type { Tracing } from "../tracing.ts";
import { createAnswer } from "./answer.ts";
import { type CallerSettings, createCallerLimits } from "./caller-limits.ts";
import { type CorsSettings, originsOf } from "./cors.ts";
import { createGraphiql } from "./graphiql/graphiql.ts";
import { TOURS } from "./graphiql/tours.ts";
import { graphqlHandler } from "./graphql-handler.ts";
import { type Health, healthRoutes } from "./health.ts";
import {
	type HttpServer,
	listen,
	type RequestHandler,
	type Timeouts,
} from "./http-server.ts";
import { createAnswerInParts } from "./incremental.ts";
import type { Call } from "./operation-context.ts";
import type { CostFor } from "./plugins/admission.ts";
import { TICKET_PATH } from "./plugins/use-tickets.ts";
import { createServeCached } from "./serve-cached.ts";
import { createStreams, type StreamSettings, type Streams } from "./streams.ts";
import { createSubscribe } from "./subscribe.ts";
import type { TrustedDocumentsSettings } from "./trusted-documents.ts";
import { webhookRoute } from "./webhook-route.ts";
import { createGraphqlServer, type YogaPlugin } from "./yoga.ts";

export interface GatewayServerOptions {
	readonly port: number;
	readonly host: string;
	readonly timeouts: Partial<Timeouts> | undefined;
	readonly schema: GraphQLSchema;
	readonly limits: DocumentLimits & {
		readonly bodyBytes: number;
		readonly pageSize: number;
	};
	/** The longest an answer may take. */
	readonly deadlineMs: number;
	/** The most REST calls one operation may cost. */
	readonly costCeiling: number;
	readonly hideSuggestions: boolean;
	readonly introspection: boolean;
	readonly cors: CorsSettings;
	readonly trustedDocuments: TrustedDocumentsSettings;
	readonly graphiql: { readonly token?: string } | undefined;
	readonly streams: StreamSettings | undefined;
	readonly callers: CallerSettings | undefined;
	readonly plugins: readonly YogaPlugin[];
	readonly authenticator: Authenticator;
	readonly tickets: Tickets;
	readonly cache: Cache;
	readonly clock: Clock;
	readonly log: Logger;
	readonly tracing?: Tracing | undefined;
	/** Told of every request when it has ended. */
	readonly observer?: Observer | undefined;
	readonly costFor: CostFor;
	readonly expected: ExpectedCosts;
	contextOf(
		viewer: Viewer,
		call: Partial<Pick<Call, "cacheControl">> & Pick<Call, "requestId">,
		terms: OperationTerms,
	): Context;
	/** The webhook route, and the largest delivery it takes. */
	readonly webhooks: { readonly receive: Receive; readonly bodyBytes: number };
	/** Routes for operators, by path, and whether the 404 of another path lists them. */
	readonly operatorRoutes: Readonly<Record<string, RequestHandler>>;
	readonly areOperatorRoutesListed: boolean;
	readonly health: Health;
}

export interface GatewayServer extends Pick<HttpServer, "url" | "close"> {
	readonly streams: Streams;
	isRoute(path: string): boolean;
}

/** What GraphiQL opens with. */
export const EXAMPLE: string = TOURS[0].query;

/** Resolves when it listens. @throws when the port cannot be had. */
export const startGatewayServer = async (
	options: GatewayServerOptions,
): Promise<GatewayServer> => {
	const { authenticator, cache, log, limits, deadlineMs } = options;
	const origins = originsOf(options.cors);
	const keys = createOperationKeys();
	const executor = createExecutor({
		schema: options.schema,
		onFallback: ({ operation, why }) =>
			log.warn(
				{ operationName: operation.name?.value, why },
				"A query cannot be compiled and runs on graphql-js, at several times the CPU.",
			),
	});
	const graphiql =
		options.graphiql && createGraphiql({ token: options.graphiql.token });
	const callers = createCallerLimits(options.callers ?? {}, options.clock);
	const streams = createStreams({
		...options.streams,
		path: "/graphql",
		authenticator,
		callers,
		messageBytes: limits.bodyBytes,
		deadlineMs,
		log,
		observer: options.observer,
		tracing: options.tracing,
	});
	const yoga = createGraphqlServer({
		...options,
		origins,
		...executionOf(options, executor),
		compile: createCompile({ ...options, executor, keys }),
		keys,
		events: streams.events,
		callers,
		graphiql,
	});
	const call = {
		authenticator,
		tickets: options.tickets,
		bodyBytes: limits.bodyBytes,
		deadlineMs,
	};
	const routes: Readonly<Record<string, RequestHandler>> = {
		"/graphql": graphqlHandler(
			yoga,
			call,
			// A plugin of the operator's may have a say in every answer, so none is given without it.
			options.plugins.length
				? undefined
				: createServeCached(cache, keys, origins),
			options.tracing,
		),
		[TICKET_PATH]: graphqlHandler(yoga, call, undefined, options.tracing),
		"/webhooks/contacts": webhookRoute(
			options.webhooks.receive,
			options.webhooks.bodyBytes,
		),
		...graphiql?.routes,
		...options.operatorRoutes,
		...healthRoutes(options.health),
	};
	const server = await listen({
		port: options.port,
		host: options.host,
		bodyBytes: limits.bodyBytes,
		...(options.timeouts && { timeouts: options.timeouts }),
		log,
		unlisted: new Set(
			options.areOperatorRoutesListed
				? []
				: Object.keys(options.operatorRoutes),
		),
		routes,
		...(graphiql && { home: "/graphql" }),
		observer: options.observer,
	});
	server.node.on("upgrade", streams.openSockets(yoga));
	return {
		url: server.url,
		close: server.close,
		streams,
		isRoute: (path) => Object.hasOwn(routes, path),
	};
};

const executionOf = (
	{ schema, log, cache, contextOf, deadlineMs, expected }: GatewayServerOptions,
	executor: Executor,
) => ({
	answer: createAnswer({ executor, log, expected }),
	answerInParts: createAnswerInParts(schema, log),
	subscribe: createSubscribe({
		schema,
		log,
		lastInvalidation: (locationId) => cache.log(locationId).seq,
		contextOf: (viewer, requestId) =>
			contextOf(
				viewer,
				{ requestId },
				{
					lane: "subscription",
					// Shared by all questions about the event, so nobody's cost is the one to reserve.
					maxCost: 0,
					deadlineMs,
					// Read for all who subscribed, so that no caller who leaves takes it along.
					signal: AbortSignal.timeout(deadlineMs),
				},
			),
	}),
});
