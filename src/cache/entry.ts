/** What is kept of one REST read: plain data that survives JSON, so that a store outside of the process can hold it. */
import type { Span } from "../tracing.ts";
import type { TtlClass } from "./ttl.ts";

/** How a value is read anew ahead of its TTL: a key of a loader, which is found by its name. */
export interface RefreshTarget {
	readonly loader: string;
	readonly key: unknown;
}

/** Where a read stands in the order of invalidations; taken before the upstream is asked. */
export interface Snapshot {
	readonly seq: number;
	readonly readAt: number;
}

/** All but the value itself. */
export interface CacheMetadata {
	readonly ttl: TtlClass;
	/** What a change would invalidate, without the location in front. */
	readonly tags: readonly string[];
	/** Number of the location's last invalidation when the read began. */
	readonly seq: number;
	/** When the read began, epoch milliseconds: what it brought cannot be older. */
	readonly readAt: number;
	/** Served no longer than this, whatever its TTL: search results within search lag, and what was missing. */
	readonly until?: number | undefined;
	/** What the value takes in memory, counted when it was first kept. */
	readonly bytes: number;
	/** Of values that many are read of in one call. */
	readonly refresh?: RefreshTarget | undefined;
}

export interface CacheEntry extends CacheMetadata {
	readonly value: unknown;
}

/** Where a value of a location is kept. Made by `cacheKey` alone: the location is the first part of every key. */
export type CacheKey = string & { readonly of: "location" };

/** Nothing of one location is ever found from another. */
export const cacheKey = (locationId: string, key: string): CacheKey =>
	`${locationId}\n${key}` as CacheKey;

/** A read under way, which others that want the same may wait for. */
export interface InFlightRead {
	result(): Promise<CacheEntry>;
	readonly tags: readonly string[];
	readonly seq: number;
	readonly readAt: number;
	/** The request that started it was aborted: its failure says nothing about the upstream. */
	isAborted(): boolean;
	/** Of the batch that reads it, where there are traces: whoever joins is linked to it. */
	readonly span?: Span | undefined;
	/** Nobody waits for it, so it may wait long for its turn in the queue for the budget. */
	readonly isRefresh: boolean;
}
