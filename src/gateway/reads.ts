/** All that stands behind resolvers, built once from plain values: tokens, the upstream client, cache, webhooks, reconciliation. */
import { type Cache, DEFAULT_BYTES } from "../cache/cache.ts";
import { createInvalidations, type Invalidations } from "../cache/tags.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { GatewayOptions } from "../gateway-options.ts";
import { createWrites } from "../idempotency/runner.ts";
import { recordedWrite } from "../loading/recorded-writes.ts";
import { createRefreshAhead } from "../loading/refresh-ahead.ts";
import type { Observer } from "../observer.ts";
import { openRedisStore } from "../store/redis/redis-store.ts";
import { createSeal } from "../store/seal.ts";
import { openSqliteStore } from "../store/sqlite-store.ts";
import type { SharedParts, Store } from "../store/store.ts";
import type { Tracing } from "../tracing.ts";
import { createApiClock } from "../upstream/api-clock.ts";
import { BURST, createBudget } from "../upstream/budget/budget.ts";
import { createSharedWindow } from "../upstream/budget/shared-window.ts";
import {
	type Client,
	type ClientOptions,
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
	const store = options.redis
		? await openRedisStore({ ...options.redis, log })
		: openSqliteStore(options.dataFile ?? ":memory:");
	const identity = openIdentity(options, store, clock, address);
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
		...budgetOf(options, store, clock),
	});
	const facts = factsByLocation();
	const invalidations = createInvalidations(
		store.shared?.invalidations.announce,
	);
	const refreshAhead = createRefreshAhead({
		clock,
		log,
		contextOf: (locationId) =>
			ownContext(contextOf, locationId, "refresh", deadlineMs),
	});
	const coherence = await openCoherence(options, {
		clock,
		store,
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
	if (store.shared) await join(store.shared, invalidations, cache);
	const writes = createWrites(
		{
			store: store.idempotency,
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
		store,
		/** Closes the file when nothing can ask it any more. `idle` bounds how long writes may take to record their outcome. */
		async close(idle: (work: Promise<unknown>) => Promise<void>) {
			stop();
			await webhooks.close();
			// Writes whose callers have left: their outcome is still to be recorded.
			await idle(writes.idle());
			await client.close();
			cache.close();
			await identity.oauth.close();
			await store.close();
		},
	};
};

/** One window for all processes; how a process spends its permits is its own. */
const budgetOf = (
	{ contactsApi: { budget } }: GatewayOptions,
	{ shared }: Store,
	clock: Clock,
): Pick<ClientOptions, "budgetOf"> =>
	shared
		? {
				budgetOf: (locationId) =>
					createBudget({
						...budget,
						clock,
						window: createSharedWindow({
							permits: shared.permits(locationId),
							processes: shared.processes,
							clock,
							limit: budget?.limit ?? BURST.limit,
							intervalMs: budget?.intervalMs ?? BURST.intervalMs,
						}),
					}),
			}
		: {};

/** From here on this process hears what the others invalidate, and may serve what it caches. */
const join = async (
	shared: SharedParts,
	invalidations: Invalidations,
	cache: Cache,
): Promise<void> => {
	shared.invalidations.onHeard(invalidations.hear);
	shared.invalidations.onForget(() => {
		for (const locationId of cache.activeSince(0)) cache.forget(locationId);
	});
	await shared.start();
};

const openClient = (
	{ contactsApi, log }: GatewayOptions,
	{
		connections,
		...parts
	}: Pick<
		ClientOptions,
		"clock" | "apiClock" | "memoBytes" | "budgetOf" | "onCall" | "tracing"
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
