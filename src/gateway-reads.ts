/** All that stands behind resolvers, built once from plain values: tokens, the upstream client, cache, webhooks, reconciliation. */
import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import type { OperationDefinitionNode } from "graphql";
import {
	type Authenticator,
	createAuthenticator,
} from "./auth/authenticator.ts";
import type { Viewer } from "./auth/viewer.ts";
import {
	type Cache,
	type CacheOptions,
	createCache,
	DEFAULT_BYTES,
} from "./cache/cache.ts";
import { ANY_AGE, type CacheControl } from "./cache/session.ts";
import { createInvalidations } from "./cache/tags.ts";
import type { DeliveryBody } from "./changes/change.ts";
import type { OwnerOf } from "./changes/owners.ts";
import { openWebhooks } from "./changes/webhooks.ts";
import { type Clock, systemClock } from "./clock.ts";
import { sealingKey } from "./config/signing-key.ts";
import { createExpectedCosts } from "./cost/expected-cost.ts";
import {
	type CostedOperation,
	costOf,
	type OperationCost,
} from "./cost/operation-cost.ts";
import {
	changedSince,
	changeOwners,
	changeReaders,
	listed,
} from "./entities/all.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { createWrites } from "./idempotency/runner.ts";
import { createWriteGuard } from "./idempotency/write-guard.ts";
import type { Context, OperationTerms } from "./loading/context.ts";
import { OperationLoads } from "./loading/loads.ts";
import { createRefreshAhead } from "./loading/refresh-ahead.ts";
import { untracked, untrackedLog } from "./loading/untracked.ts";
import type { Logger } from "./log.ts";
import type { Connections } from "./oauth/connections.ts";
import { createOAuth } from "./oauth/oauth.ts";
import { startReconciliationOf } from "./reconcile/reconciliation.ts";
import { sqliteIdempotency } from "./store/idempotency.ts";
import { ERASED, type JournalRow } from "./store/journal.ts";
import { createSeal, type Seal } from "./store/seal.ts";
import { openSqlite } from "./store/sqlite.ts";
import { DATA_TABLES } from "./store/tables.ts";
import { createClient, type Upstream } from "./upstream/client.ts";
import {
	type LocationFacts,
	locationFacts,
} from "./upstream/location-facts.ts";

// Of the ceiling of the cache, for what was parsed of the API's answers.
const MEMO_SHARE = 1 / 16;

// A location nobody worked in for longer than this is read again after the shorter TTL: that costs little there.
const ARRIVING_MS = 15 * 60_000;

/** Default of `deadlineMs`. */
export const DEADLINE_MS = 30_000;

/** The gateway's address is known when it listens. @throws DataFault for the data. */
export const openReads = async (
	options: GatewayOptions,
	address: () => string,
) => {
	const clock = options.clock ?? systemClock;
	const seal = createSeal(await sealKeysOf(options));
	const sqlite = openSqlite(options.dataFile ?? ":memory:", DATA_TABLES);
	const identity = openIdentity(options, sqlite, clock, address);
	const { connections } = identity.oauth;
	const ceilingBytes = options.cache?.bytes ?? DEFAULT_BYTES;
	const memoBytes = Math.floor(ceilingBytes * MEMO_SHARE);
	const client = createClient({
		...options.contactsApi,
		baseUrl: options.contactsApi.url,
		token: connections.token,
		renew: connections.renew,
		onAnswer: connections.answered,
		memoBytes,
		clock,
		onMismatch: (operation, mismatch) =>
			options.log.warn(
				{ operation, ...mismatch },
				"the Contacts API answers otherwise than expected",
			),
	});
	const facts = factsByLocation();
	const invalidations = createInvalidations();
	const coherence = openCoherence(options, {
		clock,
		sqlite,
		seal,
		connections,
		invalidations,
		bytes: ceilingBytes - memoBytes,
		refresh: (locationId, targets) => {
			for (const target of targets)
				refreshAhead.refreshSoon(locationId, target);
		},
		upstreamOf: (locationId, calls) =>
			client.at(locationId, facts.of(locationId), calls),
	});
	const { cache, webhooks } = coherence;
	connections.onForget((locationId) => {
		facts.forget(locationId);
		cache.forget(locationId);
	});
	const writes = createWrites({
		store: sqliteIdempotency(sqlite),
		...options.writes,
	});
	const contextOf = (
		viewer: Viewer,
		{ requestId, cacheControl = ANY_AGE }: ContextCall,
		terms: OperationTerms,
	): Context => {
		const { locationId } = viewer;
		const writeGuard =
			terms.lane === "mutation" ? createWriteGuard(terms.signal) : undefined;
		const session = cache.session(locationId, cacheControl);
		const trackedUpstream = client.at(locationId, facts.of(locationId), {
			...terms,
			keep: cacheControl.mayStore,
			...(!session.acceptsCached && { expectedCost: undefined }),
			...(writeGuard && {
				signal: writeGuard.signal,
				onWrite: writeGuard.sent,
			}),
			subject: viewer.subject,
		});
		return {
			requestId,
			viewer,
			upstream: untracked(trackedUpstream, session),
			trackedUpstream,
			cache: session,
			loads: new OperationLoads(),
			refreshAhead,
			invalidations,
			connections() {
				// No tag stands for them.
				session.useUntracked();
				return connections.list();
			},
			changes: untrackedLog(webhooks.changes, session),
			recentWrites: session.log.recent,
			writes,
			writeGuard,
			maxPageSize: options.limits.pageSize,
		};
	};
	const refreshAhead = createRefreshAhead({
		clock,
		log: options.log,
		contextOf: (locationId) => ownContext(contextOf, locationId, options),
	});
	const changedLately = (locationId: string): number =>
		cache.touch(locationId).recent.lagging();
	return {
		...identity,
		...coherence,
		...costs(facts.of, changedLately, options.limits.pageSize),
		clock,
		client,
		contextOf,
		upstreamOf: (locationId: string): Upstream =>
			client.at(locationId, facts.of(locationId)),
		factsOf: facts.of,
		stop() {
			coherence.reconciliation.stop();
			refreshAhead.stop();
		},
		isWritable: () => sqlite.isWritable(),
		/** Closes the file when nothing can ask it any more. `idle` bounds how long writes may take to record their outcome. */
		async close(idle: (work: Promise<unknown>) => Promise<void>) {
			coherence.reconciliation.stop();
			refreshAhead.stop();
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

type Sqlite = ReturnType<typeof openSqlite>;

/** Whoever asks: an operation, or a change that is delivered. */
interface ContextCall {
	readonly requestId: string;
	readonly cacheControl?: CacheControl;
}

/** Who may call us, and with which tokens we call. */
const openIdentity = (
	options: GatewayOptions,
	sqlite: Sqlite,
	clock: Clock,
	address: () => string,
) => {
	const { locations, log } = options;
	const oauth = createOAuth({
		sqlite,
		app: options.oauth,
		apiUrl: options.contactsApi.url,
		configured: locations,
		privateToken: options.contactsApi.token,
		publicUrl: () => options.publicUrl ?? address(),
		log,
		clock,
	});
	const authenticator: Authenticator = createAuthenticator({
		...options.auth,
		locations,
		serves: oauth.connections.serves,
		isRevoked: oauth.callers.isRevoked,
	});
	return { oauth, authenticator };
};

interface CoherenceParts {
	readonly clock: Clock;
	readonly sqlite: Sqlite;
	readonly seal: Seal;
	readonly connections: Connections;
	readonly invalidations: ReturnType<typeof createInvalidations>;
	readonly bytes: number;
	readonly refresh: NonNullable<CacheOptions["refresh"]>;
	upstreamOf(
		locationId: string,
		calls?: Parameters<ReturnType<typeof createClient>["at"]>[2],
	): Upstream;
}

/** The cache, and what tells it of changes. */
const openCoherence = (
	options: GatewayOptions,
	{ clock, sqlite, seal, connections, invalidations, ...parts }: CoherenceParts,
) => {
	const { log } = options;
	const arriving =
		options.cache?.webhooksArriving ??
		((locationId) => webhooks.arriving(locationId, ARRIVING_MS));
	const cache: Cache = createCache(invalidations, {
		refresh: parts.refresh,
		now: clock.epoch,
		...options.cache,
		bytes: parts.bytes,
		webhooksArriving: (locationId) =>
			arriving(locationId) && !reconciliation.losesWebhooks(locationId),
	});
	const reconciliation = startReconciliationOf({
		...options.reconcile,
		changedSince,
		listed,
		cache,
		names: invalidations,
		clock,
		log,
		upstream: parts.upstreamOf,
	});
	const webhooks = openWebhooks({
		...options.webhooks,
		store: sqlite,
		seal,
		names: invalidations,
		readers: changeReaders,
		ownerOf: ownersBy(changeOwners, (locationId) =>
			parts.upstreamOf(locationId),
		),
		serves: connections.serves,
		onRow: (row, body) => {
			if (row.type === ERASED) {
				for (const locationId of cache.activeSince(0)) cache.forget(locationId);
				return;
			}
			connections.heard(row.locationId, row.receivedAt);
			oauthRow(row, body, connections, log);
		},
		log,
	});
	return { cache, reconciliation, webhooks };
};

const sealKeysOf = async ({
	sealKeys,
	oauth,
	dataFile,
}: GatewayOptions): Promise<readonly Uint8Array[]> =>
	sealKeys ??
	oauth?.tokenKeys ?? [
		dataFile ? await sealingKey(dirname(dataFile)) : randomBytes(32),
	];

const factsByLocation = () => {
	const facts = new Map<string, LocationFacts>();
	return {
		of(locationId: string): LocationFacts {
			const known = facts.get(locationId) ?? locationFacts();
			facts.set(locationId, known);
			return known;
		},
		forget: (locationId: string) => facts.delete(locationId),
	};
};

/** What operations may cost, and what they cost of late. */
const costs = (
	factsOf: (locationId: string) => LocationFacts,
	changedLately: (locationId: string) => number,
	maxPageSize: number,
) => {
	const expected = createExpectedCosts();
	return {
		expected,
		costFor(
			{ locationId }: Viewer,
			operation: CostedOperation & {
				readonly operation: OperationDefinitionNode;
			},
		): OperationCost {
			const facts = factsOf(locationId);
			const cost = costOf(operation, {
				locationId,
				facts,
				changedLately: changedLately(locationId),
				maxPageSize,
			});
			return {
				...cost,
				expected: expected.of(facts, operation.operation, cost.max),
			};
		},
	};
};

/** For what the gateway reads on nobody's behalf. */
const ownContext = (
	contextOf: (
		viewer: Viewer,
		call: ContextCall,
		terms: OperationTerms,
	) => Context,
	locationId: string,
	{ deadlineMs = DEADLINE_MS }: GatewayOptions,
): Context =>
	contextOf(
		{
			subject: "",
			scopes: new Set<string>(),
			expiresAtMs: Number.POSITIVE_INFINITY,
			locationId,
		},
		{ requestId: "renewal" },
		{
			lane: "renewal",
			maxCost: 0,
			deadlineMs,
			signal: AbortSignal.timeout(deadlineMs),
		},
	);

/** Installs and uninstalls come by the same route, and concern tokens alone. */
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
