/** The cache as the gateway holds it: values and whole responses under one ceiling of bytes, one invalidation log, one set of numbers. */
import { LRUCache } from "lru-cache";
import type { RefreshTarget } from "./entry.ts";
import {
	createInvalidationLogs,
	type InvalidationLog,
} from "./invalidation-log.ts";
import { createResponseCache, type ResponseCache } from "./response-cache.ts";
import { ANY_AGE, type CacheControl, CacheSession } from "./session.ts";
import { type CacheStats, counters } from "./stats.ts";
import type { Invalidations } from "./tags.ts";
import { DEFAULT_TTLS, longestTtl, type Ttls } from "./ttl.ts";
import { ValueCache } from "./value-cache.ts";

export interface CacheOptions {
	/** Ceiling for everything kept, in bytes. Default 256 MiB. 0 keeps nothing. */
	readonly bytes?: number;
	readonly ttls?: Partial<Ttls>;
	/** Whether webhooks reach us for a location: only then may types that have them be kept long. Default: never. */
	webhooksArriving?(locationId: string): boolean;
	/** A response was served of which these values are near their TTL; many such can be read in one call. Default: nothing. */
	refresh?(locationId: string, targets: readonly RefreshTarget[]): void;
	/** False while changes may be missed: then nothing that was kept is served, and no read under way is shared. Default: never. */
	isCurrent?(): boolean;
	/** Epoch milliseconds; the machine's clock when left out. */
	now?(): number;
}

export interface Cache {
	readonly responses: ResponseCache;
	readonly ttls: Ttls;
	/** For a request of the location, which makes it an active one. */
	touch(locationId: string): InvalidationLog;
	/** For those who only look. */
	log(locationId: string): InvalidationLog;
	/** A new operation's view; made when the operation begins. */
	session(locationId: string, control?: CacheControl): CacheSession;
	/** The locations somebody has read at or after `since`, epoch milliseconds. */
	activeSince(since: number): readonly string[];
	/** Nothing read of the location so far is served again. */
	forget(locationId: string): void;
	now(): number;
	stats(): CacheStats;
	close(): void;
}

export const DEFAULT_BYTES = 256 * 1024 * 1024;

export const createCache = (
	invalidations: Invalidations,
	options: CacheOptions = {},
): Cache => {
	const now = options.now ?? Date.now;
	const ttls = { ...DEFAULT_TTLS, ...options.ttls };
	const ceilingBytes = options.bytes ?? DEFAULT_BYTES;
	const count = counters();
	// When each location was last read.
	const active = new Map<string, number>();
	const logs = createInvalidationLogs(invalidations, {
		now,
		searchLagMs: ttls.searchLagMs,
		keptMs: longestTtl(ttls),
	});
	const kept = new LRUCache<string, object>({
		maxSize: Math.max(ceilingBytes, 1),
		disposeAfter: (_value, _key, reason) => {
			if (reason === "evict") count.evictions++;
		},
	});
	const shared = {
		kept,
		keepsNothing: ceilingBytes === 0,
		ttls,
		count,
		webhooksArriving: options.webhooksArriving ?? (() => false),
		refresh: options.refresh ?? (() => {}),
		isCurrent: options.isCurrent ?? (() => true),
		now,
	};
	const values = new ValueCache(shared);
	return {
		responses: createResponseCache(shared),
		ttls,
		now,
		touch(locationId) {
			active.set(locationId, now());
			return logs.of(locationId);
		},
		log: logs.of,
		forget: (locationId) => logs.of(locationId).forget(),
		activeSince: (since) =>
			[...active].flatMap(([locationId, at]) =>
				at >= since ? [locationId] : [],
			),
		session: (locationId, control = ANY_AGE) => {
			const at = now();
			active.set(locationId, at);
			return new CacheSession(values, logs.of(locationId), control, at);
		},
		stats: () => ({
			values: {
				hits: count.hits,
				misses: count.misses,
				shared: count.shared,
				stale: count.stale,
				overtaken: count.overtaken,
			},
			answers: { hits: count.answerHits, misses: count.answerMisses },
			invalidations: logs.count,
			evictions: count.evictions,
			entries: kept.size,
			bytes: kept.calculatedSize,
			ceilingBytes,
			ages: [...count.ages],
		}),
		close() {
			logs.stop();
			kept.clear();
		},
	};
};
