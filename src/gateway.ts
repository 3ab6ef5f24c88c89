/** The wiring: everything the gateway is made of, built once from plain values, in the order a request meets it. */
import { parse, validate } from "graphql";
import { createAuthenticator } from "./auth/authenticator.ts";
import type { Viewer } from "./auth/viewer.ts";
import { createCache, DEFAULT_BYTES } from "./cache/cache.ts";
import { createInvalidations } from "./cache/tags.ts";
import type { DeliveryBody } from "./changes/change.ts";
import type { OwnerOf } from "./changes/owners.ts";
import { openWebhooks } from "./changes/webhooks.ts";
import { systemClock } from "./clock.ts";
import { createExpectedCosts } from "./cost/expected-cost.ts";
import {
	type CostedOperation,
	createCostOf,
	type OperationCost,
} from "./cost/operation-cost.ts";
import {
	changedSince,
	changeOwners,
	changeReaders,
	listed,
} from "./entities/all.ts";
import { createExecutor } from "./executor/executor.ts";
import type { Gateway, GatewayOptions } from "./gateway-options.ts";
import { createWrites } from "./idempotency/runner.ts";
import { createWriteGuard } from "./idempotency/write-guard.ts";
import type { Context, OperationTerms } from "./loading/context.ts";
import { createRecentWrites } from "./loading/recent-writes.ts";
import {
	createRefreshAhead,
	type Refreshable,
} from "./loading/refresh-ahead.ts";
import { untracked, untrackedLog } from "./loading/untracked.ts";
import type { Logger } from "./log.ts";
import type { Connections } from "./oauth/connections.ts";
import { createOAuth, OAUTH_TABLES } from "./oauth/oauth.ts";
import { createAdmit } from "./operation/admission.ts";
import { createPrepare } from "./operation/prepare.ts";
import { startReconciliationOf } from "./reconcile/reconciliation.ts";
import { schema as ownSchema } from "./schema.ts";
import { cacheControlOf } from "./server/cache-control.ts";
import { startDeadline } from "./server/deadline.ts";
import { createExecute } from "./server/execute.ts";
import { createGraphiql } from "./server/graphiql.ts";
import { graphqlDoor } from "./server/graphql-route.ts";
import { liveRoute, readyRoute } from "./server/health.ts";
import { listen } from "./server/http-server.ts";
import { createAnswerInParts } from "./server/incremental.ts";
import { createOperate } from "./server/operate.ts";
import { createAsked } from "./server/operation-key.ts";
import type { RequestContext } from "./server/request-context.ts";
import { createAnswerQuery } from "./server/respond.ts";
import { createStreams } from "./server/streams.ts";
import { createSubscribe } from "./server/subscribe.ts";
import { webhookRoute } from "./server/webhook-route.ts";
import { idempotencyTables, sqliteIdempotency } from "./store/idempotency.ts";
import { type JournalRow, journalTables } from "./store/journal.ts";
import { openSqlite } from "./store/sqlite.ts";
import { createClient, type Upstream } from "./upstream/client.ts";
import {
	type LocationFacts,
	locationFacts,
} from "./upstream/location-facts.ts";
import { compileChecks } from "./upstream/operation.ts";

/** What `createGateway` throws for a data file of a newer program. */
export { NewerFile } from "./store/sqlite.ts";

const EXAMPLE = `# extensions.price.made, at the end of the answer,
# says how many REST calls it took.
query Contacts {
  contacts(first: 20) {
    totalCount
    nodes {
      name
      email
      tasks { nodes { title status dueDate } }
      notes { nodes { body } }
      appointments { nodes { title startTime } }
    }
    pageInfo { endCursor hasNextPage }
  }
}
`;

/** Whoever asks: an HTTP exchange, an operation of a socket, or a change that is delivered. */
interface Call extends Pick<RequestContext, "requestId"> {
	readonly req?: RequestContext["req"];
}

// Of the ceiling of the cache, for what the API said last.
const SAID_SHARE = 1 / 16;

// The largest body in the vendor's examples has some 2 KB.
const LARGEST_DELIVERY_BYTES = 256 * 1024;

// A location nobody worked in for longer than this is read again after the shorter bound: that costs little there.
const ARRIVING_MS = 15 * 60_000;

// How much longer than search lags what was written is looked at itself (graphql/lately.ts).
const KEPT_LATELY_MS = 2_000;

// A location that does not answer at start must not keep the others waiting.
const LONGEST_WARM_UP_MS = 2000;

/** Resolves when it listens and has tried to learn the facts of its locations. @throws when the port cannot be had; NewerFile for the data. */
export const createGateway = async (
	options: GatewayOptions,
): Promise<Gateway> => {
	const { log, limits, locations, schema = ownSchema } = options;
	const hideSuggestions = options.production;
	const clock = options.clock ?? systemClock;
	const sqlite = openSqlite(options.dataFile ?? ":memory:", [
		...OAUTH_TABLES,
		journalTables,
		idempotencyTables,
	]);
	const oauth = createOAuth({
		sqlite,
		app: options.oauth,
		apiUrl: options.contactsApi.url,
		configured: locations,
		privateToken: options.contactsApi.token,
		publicUrl: () => options.publicUrl ?? server.url,
		log,
	});
	const { connections, callers } = oauth;
	const authenticator = createAuthenticator({
		...options.auth,
		locations,
		serves: connections.serves,
		isRevoked: callers.isRevoked,
	});
	const ceilingBytes = options.cache?.bytes ?? DEFAULT_BYTES;
	const saidBytes = Math.floor(ceilingBytes * SAID_SHARE);
	const client = createClient({
		...options.contactsApi,
		baseUrl: options.contactsApi.url,
		token: connections.token,
		renew: connections.renew,
		saidBytes,
		clock,
		onMismatch: (operation, mismatch) =>
			options.log.warn(
				{ operation, ...mismatch },
				"the Contacts API answers otherwise than expected",
			),
	});
	const facts = new Map<string, LocationFacts>();
	connections.onForget((locationId) => {
		facts.delete(locationId);
		cache.forget(locationId);
	});
	const invalidations = createInvalidations();
	const arriving =
		options.cache?.webhooksArriving ??
		((locationId) => webhooks.arriving(locationId, ARRIVING_MS));
	const cache = createCache(invalidations, {
		refresh(locationId, parts) {
			for (const part of parts)
				refreshAhead.refreshSoon(locationId, part as Refreshable);
		},
		now: clock.epoch,
		...options.cache,
		bytes: ceilingBytes - saidBytes,
		webhooksArriving: (locationId) =>
			arriving(locationId) && !reconciliation.losesWebhooks(locationId),
	});
	const factsOf = (locationId: string): LocationFacts => {
		const known = facts.get(locationId) ?? locationFacts();
		facts.set(locationId, known);
		return known;
	};

	const recentWrites = createRecentWrites(options.writes);
	const deadlineMs = options.deadlineMs ?? 30_000;
	const priceCeiling = options.priceCeiling ?? 250;
	const priceOf = createCostOf(schema);
	const likely = createExpectedCosts();
	const priceFor = (
		{ locationId }: Viewer,
		asked: CostedOperation,
	): OperationCost => {
		const facts = factsOf(locationId);
		const price = priceOf(asked, {
			locationId,
			facts,
			changedLately:
				cache
					.touch(locationId)
					.contactsInvalidatedWithin(cache.ttls.searchLagMs + KEPT_LATELY_MS) +
				recentWrites.taskOwners(locationId, clock.epoch() - KEPT_LATELY_MS)
					.length,
			maxPageSize: limits.pageSize,
		});
		return {
			...price,
			expected: likely.of(facts, asked.operation, price.max),
		};
	};
	const writes = createWrites({
		store: sqliteIdempotency(sqlite),
		...options.writes,
	});

	const contextOf = (
		viewer: Viewer,
		{ requestId, req }: Call,
		terms: OperationTerms,
	): Context => {
		const { locationId } = viewer;
		const writeGuard =
			terms.lane === "mutation" ? createWriteGuard(terms.signal) : undefined;
		const demand = cacheControlOf(req?.headers["cache-control"]);
		const reads = cache.session(locationId, demand);
		const trackedUpstream = client.at(locationId, factsOf(locationId), {
			...terms,
			keep: demand.mayStore,
			...(!reads.acceptsCached && { expectedCost: undefined }),
			...(writeGuard && {
				signal: writeGuard.signal,
				onWrite: writeGuard.sent,
			}),
			subject: viewer.subject,
		});
		return {
			requestId,
			viewer,
			upstream: untracked(trackedUpstream, reads),
			trackedUpstream,
			cache: reads,
			refreshAhead,
			invalidations,
			connections() {
				// No name stands for them.
				reads.untracked = true;
				return connections.list();
			},
			changes: untrackedLog(webhooks.changes, reads),
			recentWrites,
			writes,
			writeGuard,
			maxPageSize: limits.pageSize,
			memo: {},
		};
	};

	const refreshAhead = createRefreshAhead({
		clock,
		log,
		contextOf: (locationId) =>
			contextOf(
				{ ...NOBODY, locationId },
				{ requestId: "renewal" },
				{
					lane: "renewal",
					maxCost: 0,
					deadlineMs,
					signal: AbortSignal.timeout(deadlineMs),
				},
			),
	});
	const reconciliation = startReconciliationOf({
		...options.reconcile,
		changedSince,
		listed,
		cache,
		names: invalidations,
		clock,
		log,
		upstream: (locationId, calls) =>
			client.at(locationId, factsOf(locationId), calls),
	});
	const webhooks = openWebhooks({
		...options.webhooks,
		store: sqlite,
		names: invalidations,
		readers: changeReaders,
		ownerOf: ownersBy(changeOwners, (locationId) =>
			client.at(locationId, factsOf(locationId)),
		),
		serves: connections.serves,
		onRow: (row, body) => {
			connections.heard(row.locationId, row.receivedAt);
			oauthRow(row, body, connections, log);
		},
		log,
	});
	const prepare = createPrepare({ schema, limits, hideSuggestions });
	const admit = createAdmit({
		schema,
		pageSize: limits.pageSize,
		hideSuggestions,
	});
	const subscribe = createSubscribe({
		schema,
		log,
		drops: (locationId) => cache.log(locationId).seq,
		contextOf: (viewer, requestId) =>
			contextOf(
				viewer,
				{ requestId },
				{
					lane: "subscription",
					// Shared by all questions about the event, so nobody's price is the one to reserve.
					maxCost: 0,
					deadlineMs,
					// Read for all who subscribed, so that no caller who leaves takes it along.
					signal: AbortSignal.timeout(deadlineMs),
				},
			),
	});
	const asked = createAsked();
	const executor = createExecutor({
		schema,
		onFallback: ({ operation, why }) =>
			log.warn(
				{ operationName: operation.name?.value, why },
				"A query cannot be compiled and runs on graphql-js, at several times the CPU.",
			),
	});
	const answer = createAnswerQuery({
		execute: createExecute(schema, executor),
		cache,
		log,
		likely,
	});
	const answerInParts = createAnswerInParts(schema, log);
	const streams = createStreams({
		...options.streams,
		path: "/graphql",
		authenticator,
		messageBytes: limits.bodyBytes,
		log,
		operate: createOperate({
			cache,
			asked,
			answer,
			answerInParts,
			prepare,
			admit,
			subscribe,
			contextOf,
			priceOf: priceFor,
			priceCeiling,
			deadlineMs,
			startDeadline: (left) => startDeadline(deadlineMs, left, clock),
		}),
	});

	const graphiql = options.graphiql?.enabled
		? createGraphiql({ query: EXAMPLE, token: options.graphiql.token })
		: undefined;
	const waiting = new Set<string>(["starting"]);
	const operatorDoors = oauth.routes(authenticator);
	const server = await listen({
		port: options.port,
		host: options.host ?? "127.0.0.1",
		bodyBytes: limits.bodyBytes,
		...(options.timeouts && { timeouts: options.timeouts }),
		log,
		// Whoever tries paths learns of the operators' doors only where they are being set up.
		unlisted: new Set(
			options.oauth && !options.production ? [] : Object.keys(operatorDoors),
		),
		routes: {
			"/graphql": graphqlDoor({
				origins: options.cors.origins,
				bodyBytes: limits.bodyBytes,
				page: graphiql?.page,
				authenticator,
				prepare,
				admit,
				priceOf: priceFor,
				priceCeiling,
				deadlineMs,
				clock,
				contextOf,
				cache,
				asked,
				answer,
				answerInParts,
				subscribe,
				events: streams.events,
			}),
			"/webhooks/contacts": webhookRoute(
				webhooks.receive,
				options.webhooks?.bodyBytes ?? LARGEST_DELIVERY_BYTES,
			),
			...graphiql?.routes,
			...operatorDoors,
			"/health/live": liveRoute(),
			"/health/ready": readyRoute(() => [...waiting]),
		},
	}).catch(async (error) => {
		await oauth.close();
		sqlite.close();
		throw error;
	});

	server.node.on("upgrade", streams.upgrade);

	const warmUp = async (locationId: string): Promise<void> => {
		const reason = `learning about location ${locationId}`;
		waiting.add(reason);
		const known = factsOf(locationId);
		try {
			await known.companyId(client.at(locationId, known));
		} catch (err) {
			log.warn({ err, locationId }, "location not reached at start");
		}
		waiting.delete(reason);
	};
	/** What the first requests would pay for once: the schema's own check, the rules of validation, checks of answers. */
	const rehearse = async (): Promise<void> => {
		validate(schema, parse(EXAMPLE));
		await compileChecks();
	};
	const warm = Promise.all([...locations.map(warmUp), rehearse()]);
	await within(LONGEST_WARM_UP_MS, warm);
	waiting.delete("starting");

	let closing: Promise<void> | undefined;
	const close = (): Promise<void> => {
		closing ??= (async () => {
			waiting.add("shutting down");
			reconciliation.stop();
			refreshAhead.stop();
			const drainMs = options.drainMs ?? 10_000;
			await Promise.all([streams.drain(drainMs), server.close(drainMs)]);
			await webhooks.close();
			// Writes whose callers have left: their outcome is still to be recorded.
			await within(drainMs, writes.idle());
			await client.close();
			cache.close();
			await oauth.close();
			sqlite.close();
		})();
		return closing;
	};
	return {
		url: server.url,
		cacheStats: () => ({ ...cache.stats(), said: client.said() }),
		oauthChanges: connections,
		get subscriptions() {
			return streams.subscriptions;
		},
		pruneJournal: webhooks.prune,
		close,
		[Symbol.asyncDispose]: close,
	};
};

/** Installs and uninstalls come by the same door, and concern tokens alone. */
const oauthRow = (
	{ type, occurredAt }: JournalRow,
	{ locationId, companyId }: DeliveryBody,
	connections: Pick<Connections, "install" | "uninstall">,
	log: Logger,
): void => {
	if (type !== "INSTALL" && type !== "UNINSTALL") return;
	const change = {
		...(typeof locationId === "string" && { locationId }),
		...(typeof companyId === "string" && { companyId }),
		...(occurredAt !== null && { at: occurredAt }),
	};
	const done =
		type === "INSTALL"
			? connections.install(change)
			: connections.uninstall(change);
	done.catch((err: unknown) => log.error({ err, type }, "install not handled"));
};

const ownersBy = (
	finders: Readonly<
		Record<
			string,
			(
				upstream: Upstream,
				body: DeliveryBody,
				look: number,
			) => ReturnType<OwnerOf>
		>
	>,
	upstreamOf: (locationId: string) => Upstream,
): Readonly<Record<string, OwnerOf>> =>
	Object.fromEntries(
		Object.entries(finders).map(([type, find]) => [
			type,
			(locationId, body, look) => find(upstreamOf(locationId), body, look),
		]),
	);

/** On whose behalf the gateway reads for itself. */
const NOBODY = {
	subject: "",
	scopes: new Set<string>(),
	expiresAtMs: Number.POSITIVE_INFINITY,
};

const within = async (ms: number, work: Promise<unknown>): Promise<void> => {
	const { promise, resolve } = Promise.withResolvers<void>();
	const timer = setTimeout(resolve, ms);
	await Promise.race([work, promise]);
	clearTimeout(timer);
};
