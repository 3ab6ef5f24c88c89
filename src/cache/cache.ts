/** The cache as the gateway holds it: values and whole answers under one ceiling of bytes, one log of drops, one set of numbers. */
import { LRUCache } from "lru-cache";
import type { Names } from "../change.ts";
import { type AnswerCache, createAnswerCache } from "./answers.ts";
import { BOUNDS, type Bounds, longestOf } from "./bounds.ts";
import { type Place, watchDrops } from "./drops.ts";
import type { Renewal } from "./entry.ts";
import { ANY_AGE, type Demand, Reads } from "./reads.ts";
import { createSettling } from "./settling.ts";
import { type CacheStats, counters } from "./stats.ts";
import { ValueCache } from "./values.ts";

export interface CacheOptions {
	/** Ceiling for everything kept, in bytes. Default 256 MiB. 0 keeps nothing. */
	readonly bytes?: number;
	readonly bounds?: Partial<Bounds>;
	/** Whether webhooks reach us for a location: only then may types that have them be kept long. Default: never. */
	webhooksArriving?(locationId: string): boolean;
	/** What is given again will soon be past its bound, and many such can be read in one call. Default: it is left to. */
	renew?(locationId: string, parts: readonly Renewal[]): void;
	/** Epoch milliseconds; the machine's clock when left out. */
	now?(): number;
}

export interface Cache {
	readonly answers: AnswerCache;
	readonly bounds: Bounds;
	/** For a request of the location, which makes it an active one. */
	place(locationId: string): Place;
	/** For those who only look. */
	drops(locationId: string): Place;
	/** A new operation's view; made when the operation begins. */
	reads(locationId: string, demand?: Demand): Reads;
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
	names: Names,
	options: CacheOptions = {},
): Cache => {
	const now = options.now ?? Date.now;
	const bounds = { ...BOUNDS, ...options.bounds };
	const ceilingBytes = options.bytes ?? DEFAULT_BYTES;
	const count = counters();
	// When each location was last read.
	const active = new Map<string, number>();
	const drops = watchDrops(names, { now, keptMs: longestOf(bounds) });
	const kept = new LRUCache<string, object>({
		maxSize: Math.max(ceilingBytes, 1),
		disposeAfter: (_value, _key, reason) => {
			if (reason === "evict") count.evictions++;
		},
	});
	const webhooksArriving = options.webhooksArriving ?? (() => false);
	const settling = createSettling(kept);
	const renew = options.renew ?? (() => {});
	const parts = {
		kept,
		settling,
		keepsNothing: ceilingBytes === 0,
		bounds,
		count,
		webhooksArriving,
		renew,
		now,
	};
	const values = new ValueCache(parts);
	return {
		answers: createAnswerCache(parts),
		bounds,
		now,
		place(locationId) {
			active.set(locationId, now());
			return drops.of(locationId);
		},
		drops: drops.of,
		forget: (locationId) => drops.of(locationId).forget(),
		activeSince: (since) =>
			[...active].flatMap(([locationId, at]) =>
				at >= since ? [locationId] : [],
			),
		reads: (locationId, demand = ANY_AGE) => {
			const at = now();
			active.set(locationId, at);
			return new Reads(values, drops.of(locationId), demand, at);
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
