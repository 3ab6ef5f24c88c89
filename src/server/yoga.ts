/**
 * The GraphQL server. Its list of plugins is the life of a request: each is one step, met from top to bottom on the way in.
 * Over a socket the same list is met from `useRequiredQuery` and `useDocumentLimits` on; who asks was said when it opened.
 */
import type { GraphQLSchema } from "graphql";
import {
	createYoga,
	type YogaServerInstance,
	type YogaServerOptions,
} from "graphql-yoga";
import type { Tickets } from "../auth/tickets.ts";
import type { Cache } from "../cache/cache.ts";
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Compile } from "../operation/compiled-operation.ts";
import { createDocuments } from "../operation/document.ts";
import type { DocumentLimits } from "../operation/document-limits.ts";
import type { OperationKeys } from "../operation/operation-key.ts";
import type { CallerLimits } from "./caller-limits.ts";
import { corsOf, type Origins } from "./cors.ts";
import type { EventStreamOptions } from "./event-stream.ts";
import type { Graphiql } from "./graphiql/graphiql.ts";
import type { OperationContext } from "./operation-context.ts";
import { type CostFor, useAdmission, useCost } from "./plugins/admission.ts";
import {
	useAuthentication,
	useDeadline,
	useHttpMethods,
	useJsonBody,
	useLogLine,
	usePageHeaders,
	useRequiredQuery,
} from "./plugins/http-request.ts";
import { callerLimitPlugins } from "./plugins/use-caller-limits.ts";
import { useDocumentLimits } from "./plugins/use-document-limits.ts";
import { useErrors } from "./plugins/use-errors.ts";
import {
	type ExecutionOptions,
	useExecution,
} from "./plugins/use-execution.ts";
import { useMediaTypes } from "./plugins/use-media-types.ts";
import { useResponseCache } from "./plugins/use-response-cache.ts";
import { useTickets } from "./plugins/use-tickets.ts";
import { useTrustedDocuments } from "./plugins/use-trusted-documents.ts";
import type { TrustedDocumentsSettings } from "./trusted-documents.ts";

export interface GraphqlServerOptions extends ExecutionOptions {
	readonly schema: GraphQLSchema;
	readonly limits: DocumentLimits & { readonly pageSize: number };
	/** Leaves "Did you mean" out of messages, which would tell the schema to those who guess. */
	readonly hideSuggestions: boolean;
	/** Whether the schema may be asked for. */
	readonly introspection: boolean;
	readonly compile: Compile;
	readonly costFor: CostFor;
	/** The most REST calls one operation may cost. */
	readonly costCeiling: number;
	readonly clock: Clock;
	readonly cache: Cache;
	/** The same as answers served ahead of Yoga are found by. */
	readonly keys: OperationKeys;
	readonly events: EventStreamOptions;
	readonly callers: CallerLimits;
	/** Origins whose pages may call. */
	readonly origins: Origins;
	/** For browsers that open the address; undefined where it is off. */
	readonly graphiql: Graphiql | undefined;
	readonly tickets: Tickets;
	readonly trustedDocuments: TrustedDocumentsSettings;
	/** The operator's own, met behind those of the gateway. */
	readonly plugins: readonly YogaPlugin[];
	readonly log: Logger;
}

/** Whatever Yoga takes as one. */
export type YogaPlugin = NonNullable<
	YogaServerOptions<object, object>["plugins"]
>[number];

export type GraphqlServer = YogaServerInstance<
	OperationContext,
	Record<string, unknown>
>;

export const createGraphqlServer = (
	options: GraphqlServerOptions,
): GraphqlServer => {
	const { log, limits, hideSuggestions, graphiql, cache, keys } = options;
	const documents = createDocuments();
	const callers = callerLimitPlugins(options.callers);
	return createYoga<OperationContext, Record<string, unknown>>({
		schema: options.schema,
		plugins: [
			usePageHeaders(options.origins),
			useTickets(options.tickets, log),
			useLogLine(),
			useHttpMethods(),
			useDeadline(options.clock),
			useAuthentication(),
			useMediaTypes({ events: options.events, log, now: () => cache.now() }),
			useJsonBody(),
			callers.check,
			useTrustedDocuments(options.trustedDocuments, log),
			useDocumentLimits({
				schema: options.schema,
				limits,
				hideSuggestions,
				introspection: options.introspection,
				documents,
			}),
			useAdmission(options.compile, limits.pageSize),
			useCost(options.costFor, options.costCeiling),
			useExecution(options),
			callers.measure,
			useResponseCache(cache, keys),
			...options.plugins,
			useRequiredQuery(),
			useErrors(log),
		],
		cors: corsOf(options.origins),
		// It would answer every request whose URL ends with this, also a query's; no URL has a line break.
		healthCheckEndpoint: "\n",
		landingPage: false,
		graphiql: graphiql
			? (_request, context) => {
					Object.assign(context ?? {}, { isPage: true });
					return {};
				}
			: false,
		...(graphiql && { renderGraphiQL: graphiql.page }),
		parserAndValidationCache: {
			documentCache: { get: (source) => documents.get(source), set() {} },
			// Keyed by whole documents that are none, so that whoever sends such could fill the memory.
			errorCache: { get: () => undefined, set() {} },
			// In `useDocumentLimits`, which says why.
			validationCache: false,
		},
		// In `useErrors`, which knows the request.
		maskedErrors: false,
		// In `HttpCall`, since the body is read before Yoga is asked.
		maxRequestBodySize: false,
		multipart: false,
		// Where trusted documents are off, it may stand beside a query.
		extraParamNames: ["documentId"],
		logging: {
			debug() {},
			info: (...said) => log.info({ said }, "yoga"),
			warn: (...said) => log.warn({ said }, "yoga"),
			error: (...said) => log.error({ said }, "yoga"),
		},
	});
};
