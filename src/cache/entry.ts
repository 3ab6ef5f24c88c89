/** What is kept of one REST read: the value, and all that decides for how long it may be served. */
import type { TtlClass } from "./ttl.ts";

/** How a value is read anew ahead of its bound; whoever reads it knows. */
export interface Refresh {
	readonly at: CacheKey;
}

/** What a value was made of, far smaller than the value. */
export interface Raw {
	readonly bytes: number;
	/** It holds on to the text of others as well, and counts its share alone. */
	readonly isPart: boolean;
	/** Makes the value anew. */
	value(): unknown;
	/** It was asked for before. */
	remember(): void;
}

/** All but the value itself. */
export interface CacheMetadata {
	/** Of values that many are read of in one call. */
	readonly refresh?: Refresh | undefined;
	readonly ttl: TtlClass;
	/** What a change would drop, without the location in front. */
	readonly tags: readonly string[];
	/** Number of the location's last drop when the read began. */
	readonly seq: number;
	/** When the read began, epoch milliseconds: what it brought cannot be older. */
	readonly readAt: number;
	/** Served no longer than this, whatever its bound: what search says soon after a change, and what was missing. */
	readonly until: number;
}

export interface CacheEntry extends CacheMetadata {
	readonly value: unknown;
}

/** Where a value of a location is kept. Made by `keyOf` alone: the location is the first part of every key. */
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
	/** It may wait long for its turn: nobody who asked for it needs it. */
	readonly isRefresh: boolean;
}
