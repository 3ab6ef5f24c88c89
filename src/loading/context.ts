/** What a resolver gets. Made once per operation; it never lists entities: loaders hang themselves on `memo`. */
import type { Viewer } from "../auth/viewer.ts";
import type { CacheSession } from "../cache/session.ts";
import type { Invalidations } from "../cache/tags.ts";
import type { ChangeLog } from "../changes/change.ts";
import type { Writes } from "../idempotency/write.ts";
import type { WriteGuard } from "../idempotency/write-guard.ts";
import type { Connection } from "../oauth/status.ts";
import type { Lane } from "../upstream/budget/fair-queue.ts";
import type { Upstream } from "../upstream/client.ts";
import type { RecentWrites } from "./recent-writes.ts";
import type { RefreshAhead } from "./refresh-ahead.ts";

/** On which terms an operation runs: what it may cost, how long it may take, and who goes before it. */
export interface OperationTerms {
	readonly lane: Lane;
	/** The most REST calls it may make. */
	readonly maxCost: number;
	/** How many it is likely to make where what is at hand may be used; as many as `worst` when left out. */
	readonly expectedCost?: number | undefined;
	readonly deadlineMs: number;
	/** Aborted when the caller leaves or the deadline passes. */
	readonly signal: AbortSignal;
}

export interface Context {
	readonly requestId: string;
	readonly viewer: Viewer;
	/** REST calls of the viewer's location, made for this operation alone: its meter, deadline and abort signal. */
	readonly upstream: Upstream;
	/** The same for loaders alone: what they read is kept by name, what anybody else reads is not. */
	readonly trackedUpstream: Upstream;
	/** What this operation may take from the cache, and what it took. */
	readonly cache: CacheSession;
	/** What is past its bound or soon will be is read anew, for whoever asks next. */
	readonly refreshAhead: RefreshAhead;
	/** What changes move on: a mutation drops the names it touched before it answers. */
	readonly invalidations: Invalidations;
	/** Every location and agency this gateway holds tokens for; for operators only. */
	connections(): readonly Connection[];
	/** The log of changes, for subscriptions and for reading it in pages. */
	readonly changes: ChangeLog;
	/** What changed so recently that search may not show it yet. */
	readonly recentWrites: RecentWrites;
	/** Runs the writes of mutations, at most once for a key. */
	readonly writes: Writes;
	/** Of mutations alone: keeps what was sent from being cut off. */
	readonly writeGuard: WriteGuard | undefined;
	/** Page-size ceiling for every `first` and `last`. */
	readonly maxPageSize: number;
	/** Key of the loaders; a new object means empty loaders. Subscriptions renew it for every event. */
	memo: object;
}
