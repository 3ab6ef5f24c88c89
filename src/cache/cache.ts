/** The cache as the gateway holds it: values and whole answers under one ceiling of bytes, one log of drops, one set of numbers. */
import { LRUCache } from "lru-cache";
import type { Invalidations } from "../cache/tags.ts";
import type { Refresh } from "./entry.ts";
import {
	createInvalidationLogs,
	type InvalidationLog,
} from "./invalidation-log.ts";
import { createResponseCache, type ResponseCache } from "./response-cache.ts";
import { ANY_AGE, type CacheControl, CacheSession } from "./session.ts";
import { createSettling } from "./settling.ts";
import { type CacheStats, counters } from "./stats.ts";
import { DEFAULT_TTLS, longestTtl, type Ttls } from "./ttl.ts";
import { ValueCache } from "./value-cache.ts";

export interface CacheOptions {
	/** Ceiling for everything kept, in bytes. Default 256 MiB. 0 keeps nothing. */
	readonly bytes?: number;
	readonly ttls?: Partial<Ttls>;
	/** Whether webhooks reach us for a location: only then may types that have them be kept long. Default: never. */
	webhooksArriving?(locationId: string): boolean;
	/** What is given again will soon be past its bound, and many such can be read in one call. Default: it is left to. */
	refresh?(locationId: string, parts: readonly Refresh[]): void;
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
	session(locationId: string, demand?: CacheControl): CacheSession;
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
	names: Invalidations,
	options: CacheOptions = {},
): Cache => {
	const now = options.now ?? Date.now;
	const ttls = { ...DEFAULT_TTLS, ...options.ttls };
	const ceilingBytes = options.bytes ?? DEFAULT_BYTES;
	const count = counters();
	// When each location was last read.
	const active = new Map<string, number>();
	const drops = createInvalidationLogs(names, {
		now,
		keptMs: longestTtl(ttls),
	});
	const kept = new LRUCache<string, object>({
		maxSize: Math.max(ceilingBytes, 1),
		disposeAfter: (_value, _key, reason) => {
			if (reason === "evict") count.evictions++;
		},
	});
	const webhooksArriving = options.webhooksArriving ?? (() => false);
	const settling = createSettling(kept);
	const renew = options.refresh ?? (() => {});
	const parts = {
		kept,
		settling,
		keepsNothing: ceilingBytes === 0,
		bounds: ttls,
		count,
		webhooksArriving,
		renew,
		now,
	};
	const values = new ValueCache(parts);
	return {
		responses: createResponseCache(parts),
		ttls,
		now,
		touch(locationId) {
			active.set(locationId, now());
			return drops.of(locationId);
		},
		log: drops.of,
		forget: (locationId) => drops.of(locationId).forget(),
		activeSince: (since) =>
			[...active].flatMap(([locationId, at]) =>
				at >= since ? [locationId] : [],
			),
		session: (locationId, demand = ANY_AGE) => {
			const at = now();
			active.set(locationId, at);
			return new CacheSession(values, drops.of(locationId), demand, at);
		},
		stats() {
			// Who asks for bytes gets bytes.
			settling.settle();
			return {
				values: {
					hits: count.hits,
					misses: count.misses,
					shared: count.shared,
					stale: count.stale,
					overtaken: count.overtaken,
				},
				answers: { hits: count.answerHits, misses: count.answerMisses },
				drops: drops.count,
				evictions: count.evictions,
				entries: kept.size,
				bytes: kept.calculatedSize,
				ceilingBytes,
				ages: [...count.ages],
			};
		},
		close() {
			drops.stop();
			settling.stop();
			kept.clear();
		},
	};
};
