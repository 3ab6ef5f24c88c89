/** The wiring: what stands behind resolvers, the server in front of them, and how both begin and end. */
import { parse, validate } from "graphql";
import { openMetrics } from "./gateway/open-metrics.ts";
import { DEADLINE_MS, openReads } from "./gateway/reads.ts";
import type { Gateway, GatewayOptions } from "./gateway-options.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { schema as ownSchema } from "./schema.ts";
import {
	EXAMPLE,
	type GatewayServer,
	startGatewayServer,
} from "./server/gateway-server.ts";
import { openTracing } from "./tracing.ts";
import { VERSION } from "./version.ts";

// The largest body in the vendor's examples has some 2 KB.
const LARGEST_DELIVERY_BYTES = 256 * 1024;

// A location that does not answer at start must not keep the others waiting.
const LONGEST_WARM_UP_MS = 2000;

/** Resolves when it listens and has tried to learn the facts of its locations. @throws when the port cannot be had; DataFault for the data. */
export const createGateway = async (
	options: GatewayOptions,
): Promise<Gateway> => {
	const { log, schema = ownSchema, drainMs = 10_000 } = options;
	const tracing = openTracing();
	const metrics: Metrics | undefined =
		options.metrics &&
		(await openMetrics(options.metrics, {
			version: VERSION,
			isRoute: (path): boolean => server.isRoute(path),
			reads: () => reads,
			streams: () => server.streams,
		}));
	const reads = await openReads(
		options,
		() => server.url,
		metrics?.observer,
		tracing,
	);
	const { cache, webhooks, oauth } = reads;
	const waiting = new Set<string>(["starting"]);
	const server: GatewayServer = await startGatewayServer({
		...reads,
		port: options.port,
		host: options.host ?? "127.0.0.1",
		timeouts: options.timeouts,
		schema,
		limits: options.limits,
		deadlineMs: options.deadlineMs ?? DEADLINE_MS,
		costCeiling: options.priceCeiling ?? 250,
		hideSuggestions: options.production,
		introspection: options.introspection ?? true,
		cors: options.cors,
		trustedDocuments: options.trustedDocuments ?? {
			mode: "off",
			documents: {},
		},
		graphiql: options.graphiql?.enabled ? options.graphiql : undefined,
		streams: options.streams,
		callers: options.callers,
		plugins: options.plugins ?? [],
		log,
		observer: metrics?.observer,
		tracing,
		webhooks: {
			receive: webhooks.receive,
			bodyBytes: options.webhooks?.bodyBytes ?? LARGEST_DELIVERY_BYTES,
		},
		operatorRoutes: oauth.routes(reads.authenticator),
		// Whoever tries paths learns of the operators' routes only where they are being set up.
		areOperatorRoutesListed: options.oauth !== undefined && !options.production,
		health: {
			version: VERSION,
			notReady: () => {
				const fault = reads.store.fault();
				// Without its shared store a gateway still answers most requests, and its neighbours have lost the same.
				return [...waiting, ...(fault && !reads.store.shared ? [fault] : [])];
			},
			storeState: () => ({
				store: reads.store.name,
				...(reads.store.shared && {
					storeState: reads.store.fault() ?? "connected",
				}),
			}),
		},
	}).catch(async (error) => {
		await reads.close((work) => within(drainMs, work));
		throw error;
	});
	const { streams } = server;
	const metricsServer = await metrics?.listen().catch(async (error) => {
		await server.close(0);
		await reads.close((work) => within(drainMs, work));
		throw error;
	});

	const warmUp = async (locationId: string): Promise<void> => {
		const reason = `learning about location ${locationId}`;
		waiting.add(reason);
		try {
			await reads.factsOf(locationId).companyId(reads.upstreamOf(locationId));
		} catch (err) {
			log.warn({ err, locationId }, "location not reached at start");
		}
		waiting.delete(reason);
	};
	const learned = Promise.all(options.locations.map(warmUp));
	// What the first request would pay for once: the schema's own check and the rules of validation.
	validate(schema, parse(EXAMPLE));
	await within(LONGEST_WARM_UP_MS, learned);
	waiting.delete("starting");

	let closing: Promise<void> | undefined;
	const close = (): Promise<void> => {
		closing ??= (async () => {
			waiting.add("shutting down");
			reads.stop();
			await Promise.all([streams.drain(drainMs), server.close(drainMs)]);
			await reads.close((work) => within(drainMs, work));
			await metricsServer?.close();
		})();
		return closing;
	};
	return {
		url: server.url,
		metricsUrl: metricsServer?.url,
		cacheStats: cache.stats,
		oauthChanges: oauth.connections,
		get subscriptions() {
			return streams.subscriptions;
		},
		pruneJournal: webhooks.prune,
		close,
		[Symbol.asyncDispose]: close,
	};
};

const within = async (ms: number, work: Promise<unknown>): Promise<void> => {
	const { promise, resolve } = Promise.withResolvers<void>();
	const timer = setTimeout(resolve, ms);
	await Promise.race([work, promise]);
	clearTimeout(timer);
};
