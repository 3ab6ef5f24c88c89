/** The context of an operation: what its resolvers load with, for whom, and on which terms. */
import type { Viewer } from "../auth/viewer.ts";
import type { Cache } from "../cache/cache.ts";
import { ANY_AGE, type CacheControl } from "../cache/session.ts";
import type { Invalidations } from "../cache/tags.ts";
import type { ChangeLog } from "../changes/change.ts";
import { fail } from "../errors.ts";
import { createWriteGuard } from "../idempotency/write-guard.ts";
import {
	type Context,
	type OperationTerms,
	untracked,
	untrackedLog,
} from "../loading/context.ts";
import { OperationLoads } from "../loading/loads.ts";
import type { Connections } from "../oauth/connections.ts";
import type { Client } from "../upstream/client.ts";
import type { LocationFacts } from "../upstream/location-facts.ts";

/** Whoever asks: an operation, or a change that is delivered. */
interface ContextCall {
	readonly requestId: string;
	readonly cacheControl?: CacheControl;
}

/** What all operations share. */
interface Shared
	extends Pick<Context, "refreshAhead" | "writes" | "maxPageSize" | "tracing"> {
	readonly cache: Cache;
	readonly client: Client;
	readonly changes: ChangeLog;
	readonly connections: Connections;
	readonly invalidations: Invalidations;
	factsOf(locationId: string): LocationFacts;
}

export type ContextOf = (
	viewer: Viewer,
	call: ContextCall,
	terms: OperationTerms,
) => Context;

export const createContexts =
	({
		cache,
		client,
		changes,
		connections,
		factsOf,
		...shared
	}: Shared): ContextOf =>
	(viewer, { requestId, cacheControl = ANY_AGE }, terms) => {
		const { locationId, subject } = viewer;
		const writeGuard =
			terms.lane === "mutation" ? createWriteGuard(terms.signal) : undefined;
		const session = cache.session(locationId, cacheControl);
		const trackedUpstream = client.at(locationId, factsOf(locationId), {
			...terms,
			keep: cacheControl.mayStore,
			...(!session.acceptsCached && { expectedCost: undefined }),
			...(writeGuard && {
				signal: writeGuard.signal,
				onWrite: writeGuard.sent,
			}),
			subject,
		});
		return {
			...shared,
			requestId,
			viewer,
			upstream: untracked(trackedUpstream, session),
			upstreamOf(other) {
				if (!viewer.locations.includes(other))
					throw fail("FORBIDDEN", "The token does not cover this location.");
				const { lane, deadlineMs, signal } = terms;
				const { meter } = trackedUpstream;
				return untracked(
					client.at(other, factsOf(other), {
						lane,
						deadlineMs,
						signal,
						subject,
						meter,
					}),
					session,
				);
			},
			trackedUpstream,
			cache: session,
			loads: new OperationLoads(),
			connections() {
				// No tag stands for them.
				session.useUntracked();
				return connections.list();
			},
			changes: untrackedLog(changes, session),
			recentWrites: session.log.recent,
			writeGuard,
		};
	};

/** For what the gateway reads on nobody's behalf. */
export const ownContext = (
	contextOf: ContextOf,
	locationId: string,
	lane: "refresh" | "background",
	deadlineMs: number,
): Context =>
	contextOf(
		{
			subject: "",
			scopes: new Set<string>(),
			expiresAtMs: Number.POSITIVE_INFINITY,
			locationId,
			locations: [locationId],
		},
		{ requestId: lane },
		{
			lane,
			maxCost: 0,
			deadlineMs,
			signal: AbortSignal.timeout(deadlineMs),
		},
	);
