/** The wiring: everything the gateway is made of, built once from plain values, in the order a request meets it. */
import { parse, validate } from "graphql";
import { createAuthenticator } from "./auth.ts";
import { createCache, DEFAULT_BYTES } from "./cache/cache.ts";
import { createNames, type DeliveryBody } from "./change.ts";
import { systemClock } from "./clock.ts";
import { changeOwners, changeReaders } from "./entities/all.ts";
import type { Gateway, GatewayOptions } from "./gateway-options.ts";
import { createAdmit } from "./graphql/admit.ts";
import { createAnswerQuery } from "./graphql/answer.ts";
import type { Context, Terms, Viewer } from "./graphql/context.ts";
import { createExecute } from "./graphql/execute/execute.ts";
import { createFinishing } from "./graphql/finishing.ts";
import { createLately } from "./graphql/lately.ts";
import { createLikely } from "./graphql/likely.ts";
import { createOperate } from "./graphql/operate.ts";
import { createAnswerInParts } from "./graphql/parts.ts";
import { createPrepare } from "./graphql/prepare.ts";
import {
	createPriceOf,
	type Price,
	type PricedOperation,
} from "./graphql/price.ts";
import { createRenewals, type Renewable } from "./graphql/renewals.ts";
import { createSubscribe } from "./graphql/subscribe.ts";
import { watched, watchedLog } from "./graphql/watched.ts";
import { createAsked } from "./http/asked.ts";
import { startDeadline } from "./http/deadline.ts";
import type { Exchange } from "./http/exchange.ts";
import { demandOf } from "./http/freshness.ts";
import { createGraphiql } from "./http/graphiql.ts";
import { graphqlDoor } from "./http/graphql.ts";
import { liveDoor, readyDoor } from "./http/health.ts";
import { listen } from "./http/server.ts";
import { createStreams } from "./http/streams.ts";
import { webhookDoor } from "./http/webhooks.ts";
import { createWrites } from "./idempotency/runner.ts";
import type { Logger } from "./log.ts";
import type { Connections } from "./oauth/connections.ts";
import { createOAuth, OAUTH_TABLES } from "./oauth/oauth.ts";
import { startReconciling } from "./reconciling.ts";
import { schema as ownSchema } from "./schema.ts";
import { idempotencyTables, sqliteIdempotency } from "./store/idempotency.ts";
import { type JournalRow, journalTables } from "./store/journal.ts";
import { openSqlite } from "./store/sqlite.ts";
import { createClient, type Upstream } from "./upstream/client.ts";
import {
	type LocationFacts,
	locationFacts,
} from "./upstream/location-facts.ts";
import { compileChecks } from "./upstream/operation.ts";
import type { OwnerOf } from "./webhooks/owners.ts";
import { openWebhooks } from "./webhooks/webhooks.ts";

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
interface Call extends Pick<Exchange, "requestId"> {
	readonly req?: Exchange["req"];
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
		departed: (operation, departure) =>
			options.log.warn(
				{ operation, ...departure },
				"the Contacts API answers otherwise than expected",
			),
	});
	const facts = new Map<string, LocationFacts>();
	connections.onForget((locationId) => {
		facts.delete(locationId);
		cache.forget(locationId);
	});
	const names = createNames();
	const arriving =
		options.cache?.webhooksArriving ??
		((locationId) => webhooks.arriving(locationId, ARRIVING_MS));
	const cache = createCache(names, {
		renew(locationId, parts) {
			for (const part of parts)
				renewals.willNeed(locationId, part as Renewable);
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

	const lately = createLately(options.writes);
	const deadlineMs = options.deadlineMs ?? 30_000;
	const priceCeiling = options.priceCeiling ?? 250;
	const priceOf = createPriceOf(schema);
	const likely = createLikely();
	const priceFor = ({ locationId }: Viewer, asked: PricedOperation): Price => {
		const facts = factsOf(locationId);
		const price = priceOf(asked, {
			locationId,
			facts,
			changedLately:
				cache
					.place(locationId)
					.contactsWithin(cache.bounds.searchLagMs + KEPT_LATELY_MS) +
				lately.tasksOf(locationId, clock.epoch() - KEPT_LATELY_MS).length,
			maxPageSize: limits.pageSize,
		});
		return {
			...price,
			likely: likely.of(facts, asked.operation, price.worst),
		};
	};
	const writes = createWrites({
		store: sqliteIdempotency(sqlite),
		...options.writes,
	});

	const contextOf = (
		viewer: Viewer,
		{ requestId, req }: Call,
		terms: Terms,
	): Context => {
		const { locationId } = viewer;
		const finishing =
			terms.lane === "mutation" ? createFinishing(terms.signal) : undefined;
		const demand = demandOf(req?.headers["cache-control"]);
		const reads = cache.reads(locationId, demand);
		const reading = client.at(locationId, factsOf(locationId), {
			...terms,
			keep: demand.keep,
			...(!reads.takesWhatIsKept && { likely: undefined }),
			...(finishing && {
				signal: finishing.signal,
				onWrite: finishing.sent,
			}),
			subject: viewer.subject,
		});
		return {
			requestId,
			viewer,
			upstream: watched(reading, reads),
			reading,
			reads,
			renewals,
			names,
			connections() {
				// No name stands for them.
				reads.untracked = true;
				return connections.list();
			},
			changes: watchedLog(webhooks.changes, reads),
			lately,
			writes,
			finishing,
			maxPageSize: limits.pageSize,
			memo: {},
		};
	};

	const renewals = createRenewals({
		clock,
		log,
		contextOf: (locationId) =>
			contextOf(
				{ ...NOBODY, locationId },
				{ requestId: "renewal" },
				{
					lane: "renewal",
					worst: 0,
					deadlineMs,
					signal: AbortSignal.timeout(deadlineMs),
				},
			),
	});
	const reconciliation = startReconciling({
		...options.reconcile,
		cache,
		names,
		clock,
		log,
		upstream: (locationId, calls) =>
			client.at(locationId, factsOf(locationId), calls),
	});
	const webhooks = openWebhooks({
		...options.webhooks,
		store: sqlite,
		names,
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
		drops: (locationId) => cache.drops(locationId).seq,
		contextOf: (viewer, requestId) =>
			contextOf(
				viewer,
				{ requestId },
				{
					lane: "subscription",
					// Shared by all questions about the event, so nobody's price is the one to reserve.
					worst: 0,
					deadlineMs,
					// Read for all who subscribed, so that no caller who leaves takes it along.
					signal: AbortSignal.timeout(deadlineMs),
				},
			),
	});
	const asked = createAsked();
	const answer = createAnswerQuery({
		execute: createExecute(schema),
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
	const operatorDoors = oauth.doors(authenticator);
	const server = await listen({
		port: options.port,
		host: options.host ?? "127.0.0.1",
		bodyBytes: limits.bodyBytes,
		...(options.timeouts && { timeouts: options.timeouts }),
		log,
		// Whoever tries paths learns of the operators' doors only where they are being set up.
		unnamed: new Set(
			options.oauth && !options.production ? [] : Object.keys(operatorDoors),
		),
		doors: {
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
			"/webhooks/contacts": webhookDoor(
				webhooks.receive,
				options.webhooks?.bodyBytes ?? LARGEST_DELIVERY_BYTES,
			),
			...graphiql?.doors,
			...operatorDoors,
			"/health/live": liveDoor(),
			"/health/ready": readyDoor(() => [...waiting]),
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
			renewals.stop();
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
