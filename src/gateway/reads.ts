/** All that stands behind resolvers, built once from plain values: tokens, the upstream client, cache, webhooks, reconciliation. */
import { DEFAULT_BYTES } from "../cache/cache.ts";
import { createInvalidations } from "../cache/tags.ts";
import { systemClock } from "../clock.ts";
import type { GatewayOptions } from "../gateway-options.ts";
import { createWrites } from "../idempotency/runner.ts";
import { recordedWrite } from "../loading/recorded-writes.ts";
import { createRefreshAhead } from "../loading/refresh-ahead.ts";
import type { Observer } from "../observer.ts";
import { sqliteIdempotency } from "../store/idempotency.ts";
import { createSeal } from "../store/seal.ts";
import { openSqlite } from "../store/sqlite.ts";
import { DATA_TABLES } from "../store/tables.ts";
import type { Tracing } from "../tracing.ts";
import { createApiClock } from "../upstream/api-clock.ts";
import {
	type Client,
	createClient,
	type Upstream,
} from "../upstream/client.ts";
import { openCoherence } from "./coherence.ts";
import { type ContextOf, createContexts, ownContext } from "./contexts.ts";
import { costs, factsByLocation } from "./costs.ts";
import { openIdentity, sealKeysOf } from "./identity.ts";

// Of the ceiling of the cache, for what was parsed of the API's answers.
const MEMO_SHARE = 1 / 16;

/** Default of `deadlineMs`. */
export const DEADLINE_MS = 30_000;

/** The gateway's address is known when it listens. @throws DataFault for the data. */
export const openReads = async (
	options: GatewayOptions,
	address: () => string,
	observer?: Observer,
	tracing?: Tracing,
) => {
	const { log, deadlineMs = DEADLINE_MS } = options;
	const clock = options.clock ?? systemClock;
	const seal = createSeal(await sealKeysOf(options));
	const sqlite = openSqlite(options.dataFile ?? ":memory:", DATA_TABLES);
	const identity = openIdentity(options, sqlite, clock, address);
	const { connections } = identity.oauth;
	const ceilingBytes = options.cache?.bytes ?? DEFAULT_BYTES;
	const memoBytes = Math.floor(ceilingBytes * MEMO_SHARE);
	const apiClock = createApiClock(options.writes?.now ?? clock.now);
	const client = openClient(options, {
		clock,
		apiClock,
		connections,
		memoBytes,
		...(observer && { onCall: observer.callEnded }),
		...(tracing && { tracing }),
	});
	const facts = factsByLocation();
	const invalidations = createInvalidations();
	const refreshAhead = createRefreshAhead({
		clock,
		log,
		contextOf: (locationId) =>
			ownContext(contextOf, locationId, "refresh", deadlineMs),
	});
	const coherence = await openCoherence(options, {
		clock,
		sqlite,
		seal,
		connections,
		invalidations,
		bytes: ceilingBytes - memoBytes,
		observer,
		refresh: (locationId, targets) => {
			for (const target of targets)
				refreshAhead.refreshSoon(locationId, target);
		},
		upstreamOf: (locationId, calls) =>
			client.at(locationId, facts.of(locationId), calls),
	});
	const { cache, webhooks, reconciliation } = coherence;
	connections.onForget((locationId) => {
		facts.forget(locationId);
		cache.forget(locationId);
	});
	const writes = createWrites(
		{
			store: sqliteIdempotency(sqlite),
			apiClock,
			seal,
			after: clock.after,
			recorded({ locationId }, mutation, plan) {
				if (!connections.serves(locationId)) return undefined;
				return recordedWrite(
					mutation,
					plan,
					ownContext(contextOf, locationId, "background", deadlineMs),
				);
			},
		},
		options.writes,
	);
	const contextOf: ContextOf = createContexts({
		cache,
		client,
		changes: webhooks.changes,
		connections,
		factsOf: facts.of,
		invalidations,
		refreshAhead,
		writes,
		maxPageSize: options.limits.pageSize,
		tracing,
	});
	writes.startSettling();
	const stop = (): void => {
		reconciliation.stop();
		refreshAhead.stop();
	};
	return {
		...identity,
		...coherence,
		...costs(
			facts.of,
			(locationId) => cache.touch(locationId).recent.lagging(),
			options.limits.pageSize,
		),
		clock,
		client,
		contextOf,
		upstreamOf: (locationId: string): Upstream =>
			client.at(locationId, facts.of(locationId)),
		factsOf: facts.of,
		stop,
		isWritable: () => sqlite.isWritable(),
		/** Closes the file when nothing can ask it any more. `idle` bounds how long writes may take to record their outcome. */
		async close(idle: (work: Promise<unknown>) => Promise<void>) {
			stop();
			await webhooks.close();
			// Writes whose callers have left: their outcome is still to be recorded.
			await idle(writes.idle());
			await client.close();
			cache.close();
			await identity.oauth.close();
			sqlite.close();
		},
	};
};

const openClient = (
	{ contactsApi, log }: GatewayOptions,
	{
		connections,
		...parts
	}: Pick<
		Parameters<typeof createClient>[0],
		"clock" | "apiClock" | "memoBytes" | "onCall" | "tracing"
	> & {
		readonly connections: ReturnType<
			typeof openIdentity
		>["oauth"]["connections"];
	},
): Client =>
	createClient({
		...contactsApi,
		...parts,
		baseUrl: contactsApi.url,
		token: connections.token,
		renew: connections.renew,
		onAnswer: connections.answered,
		onMismatch: (operation, mismatch) =>
			log.warn(
				{ operation, ...mismatch },
				"the Contacts API answers otherwise than expected",
			),
	});
