/** What a resolver gets. Made once per operation; it never lists entities: loaders keep what they loaded in `loads`. */
import type { Viewer } from "../auth/viewer.ts";
import type { RefreshTarget, Snapshot } from "../cache/entry.ts";
import type { RecentWrites, WriteNote } from "../cache/recent-changes.ts";
import type { CacheSession } from "../cache/session.ts";
import type { Invalidations } from "../cache/tags.ts";
import type { ChangeLog } from "../changes/change.ts";
import type { Writes } from "../idempotency/write.ts";
import type { WriteGuard } from "../idempotency/write-guard.ts";
import type { Connection } from "../oauth/status.ts";
import type { Tracing } from "../tracing.ts";
import type { Lane } from "../upstream/budget/fair-queue.ts";
import type { Upstream } from "../upstream/client.ts";
import type { OperationLoads } from "./loads.ts";

/** On which terms an operation runs: what it may cost, how long it may take, and who goes before it. */
export interface OperationTerms {
	readonly lane: Lane;
	/** The most REST calls it may make. */
	readonly maxCost: number;
	/** How many it is likely to make where what is cached may be used; as many as `maxCost` when left out. */
	readonly expectedCost?: number | undefined;
	/** Names what it asks for, the same for whoever asks for the same. */
	asks?(): string;
	readonly deadlineMs: number;
	/** Aborted when the caller leaves or the deadline passes. */
	readonly signal: AbortSignal;
}

export interface Context {
	readonly requestId: string;
	readonly viewer: Viewer;
	/** REST calls of the viewer's location, made for this operation alone: its meter, deadline and abort signal. */
	readonly upstream: Upstream;
	/** The same of another of the viewer's locations, from that one's budget. What it reads is kept by nobody. */
	upstreamOf(locationId: string): Upstream;
	/** The same for loaders alone: what they read is known by its tags, what anybody else reads is not. */
	readonly trackedUpstream: Upstream;
	/** What this operation may take from the cache, and what it took. */
	readonly cache: CacheSession;
	/** What this operation has loaded so far. */
	readonly loads: OperationLoads;
	readonly refreshAhead: RefreshAhead;
	/** Notifies caches and subscriptions of changes; what this gateway wrote itself goes through `recordWrite`. */
	readonly invalidations: Invalidations;
	/** Every location and agency this gateway holds tokens for; for operators only. */
	connections(): readonly Connection[];
	/** Undefined where nobody traces. */
	readonly tracing: Tracing | undefined;
	/** The log of changes, for subscriptions and for reading it in pages. */
	readonly changes: ChangeLog;
	/** What this gateway wrote so recently that search may not show it yet. */
	readonly recentWrites: RecentWrites;
	/** Runs the writes of mutations, at most once for a key. */
	readonly writes: Writes;
	/** Of mutations alone: keeps what was sent from being cut off. */
	readonly writeGuard: WriteGuard | undefined;
	/** Page-size ceiling for every `first` and `last`. */
	readonly maxPageSize: number;
}

/** What a write leaves to be read anew. */
export interface WriteEffects extends WriteNote {
	/** Cache tags, without the location. */
	readonly tags: readonly string[];
}

/**
 * To be called before a write is answered, whatever became of it: invalidates what it touched, for everybody and for the
 * rest of its own operation, and remembers it for as long as search lags.
 */
export const recordWrite = (
	{ tags, ...write }: WriteEffects,
	{ viewer, invalidations, loads }: Context,
): void => {
	invalidations.invalidate(viewer.locationId, tags, write);
	loads.clear();
};

/** Reads cached values anew before anybody has to wait for it. */
export interface RefreshAhead {
	/** It was given past its TTL: it is read as soon as the budget has room. */
	refreshNow(locationId: string, target: RefreshTarget): void;
	/** It will soon be past its TTL: it is read together with others like it, if there are any. */
	refreshSoon(locationId: string, target: RefreshTarget): void;
	stop(): void;
}

/** What a loader's `fetch` gets: REST calls are tracked, and what they bring is as of `snapshot`. */
export interface FetchContext extends Context {
	readonly snapshot: Snapshot;
}

/** Field by field: an operation's context is Yoga's own object too, and copying all of that costs as much as a REST call. */
export const fetchContextOf = (operation: Context): FetchContext => ({
	requestId: operation.requestId,
	viewer: operation.viewer,
	upstream: operation.trackedUpstream,
	upstreamOf: operation.upstreamOf,
	trackedUpstream: operation.trackedUpstream,
	cache: operation.cache,
	loads: operation.loads,
	refreshAhead: operation.refreshAhead,
	invalidations: operation.invalidations,
	connections: operation.connections,
	tracing: operation.tracing,
	changes: operation.changes,
	recentWrites: operation.recentWrites,
	writes: operation.writes,
	writeGuard: operation.writeGuard,
	maxPageSize: operation.maxPageSize,
	snapshot: operation.cache.snapshot(),
});

/** What a resolver reads without a loader depends on no cache tag: using it marks the answer as not to be kept. */
export const untracked = (
	upstream: Upstream,
	cache: CacheSession,
): Upstream => ({
	...upstream,
	rateLimit() {
		cache.useUntracked();
		return upstream.rateLimit();
	},
	call(operation, request) {
		cache.useUntracked();
		return upstream.call(operation, request);
	},
});

/** The log of changes grows without a tag being invalidated. */
export const untrackedLog = (
	log: ChangeLog,
	cache: CacheSession,
): ChangeLog => ({
	follow: log.follow,
	cursor(...of) {
		cache.useUntracked();
		return log.cursor(...of);
	},
	page(...of) {
		cache.useUntracked();
		return log.page(...of);
	},
});
