/** Values of REST reads, shared by all operations of a location: found by key, kept within a ceiling of bytes. */
import type { LRUCache } from "lru-cache";
import { asleep, awake, type Kept, parsedBytes, written } from "./asleep.ts";
import type {
	CacheEntry,
	CacheKey,
	CacheMetadata,
	InFlightRead,
	Raw,
	Refresh,
} from "./entry.ts";
import type { InvalidationLog } from "./invalidation-log.ts";
import type { Snapshot } from "./session.ts";
import type { Settling } from "./settling.ts";
import { type Counters, countAge } from "./stats.ts";
import { type TtlClass, type Ttls, ttlOf } from "./ttl.ts";

/**
 * Lists that came out of the cache at least once or were read again unchanged, and may come again: whoever makes
 * something of such a list may remember it by the list.
 */
export const keptLists = new WeakSet<readonly unknown[]>();

// The entry itself, its place in the list, its key.
const OVERHEAD = 200;

export interface ValueCacheOptions {
	readonly kept: LRUCache<string, object>;
	readonly settling: Settling;
	/** The ceiling is 0. */
	readonly keepsNothing: boolean;
	readonly bounds: Ttls;
	readonly count: Counters;
	webhooksArriving(locationId: string): boolean;
	now(): number;
}

/** Looked at once for all that an operation finds without waiting. */
export interface Moment {
	/** Epoch milliseconds. */
	readonly now: number;
	readonly webhooksArriving: boolean;
}

/** What a read brought. */
export interface FetchResult {
	readonly value: unknown;
	readonly ttl: TtlClass;
	readonly tags: readonly string[];
	readonly snapshot: Snapshot;
	readonly refresh?: Refresh | undefined;
	readonly raw?: Raw | undefined;
	/** It shows what was read by itself since a change within search's lag before: it is no younger than that. */
	readonly isPatched?: boolean | undefined;
	/** Nothing that was read together with it was at hand: all of it is kept as text, which they can share. */
	readonly areAllNew?: boolean;
	/** Names of contacts whose last change it shows although search, which lags, brought the rest. */
	readonly currentTags?: readonly string[] | undefined;
}

export class ValueCache {
	readonly bounds: Ttls;
	readonly count: Counters;
	readonly flights = new Flights();
	readonly now: () => number;
	readonly #kept: LRUCache<string, object>;
	readonly #settling: Settling;
	readonly #keepsNothing: boolean;
	readonly #webhooksArriving: (locationId: string) => boolean;

	constructor(options: ValueCacheOptions) {
		this.#kept = options.kept;
		this.#settling = options.settling;
		this.#keepsNothing = options.keepsNothing;
		this.bounds = options.bounds;
		this.count = options.count;
		this.now = options.now;
		this.#webhooksArriving = options.webhooksArriving;
	}

	/** A value whose names have not moved and whose age is within its bound and `maxAgeMs`. */
	get(
		place: InvalidationLog,
		key: CacheKey,
		maxAgeMs: number,
		moment: Moment,
	): CacheEntry | undefined {
		const kept = this.#kept.get(key) as Kept | undefined;
		if (kept !== undefined && this.#true(place, kept)) {
			const { now } = moment;
			const bound = this.boundOf(kept.ttl, moment);
			if (now < kept.until && now - kept.readAt <= Math.min(maxAgeMs, bound))
				return this.#awake(key, kept);
		}
		this.count.misses++;
		return undefined;
	}

	/** Where a value stands whose names have not moved, however far past its bound, up to the second bound. */
	outdated(place: InvalidationLog, key: CacheKey): CacheMetadata | undefined {
		const kept = this.#kept.get(key) as Kept | undefined;
		if (kept === undefined || !this.#true(place, kept)) return undefined;
		if (this.now() - kept.readAt > this.bounds.staleMs) return undefined;
		return kept;
	}

	/** The same with the value. */
	lastResort(place: InvalidationLog, key: CacheKey): CacheEntry | undefined {
		const kept = this.outdated(place, key) as Kept | undefined;
		return kept && this.#awake(key, kept);
	}

	/** Whether anything was kept of it, true or not. */
	knows(key: CacheKey): boolean {
		return this.#kept.has(key);
	}

	/** What was kept last, true or not. */
	last(key: CacheKey): unknown {
		const kept = this.#kept.peek(key) as Kept | undefined;
		return kept?.raw ? kept.raw.value() : kept?.value;
	}

	hit(entry: CacheEntry, now: number): void {
		this.count.hits++;
		countAge(this.count, now - entry.readAt);
		if (Array.isArray(entry.value)) keptLists.add(entry.value);
	}

	entry(
		place: InvalidationLog,
		{
			value,
			ttl,
			tags,
			snapshot,
			refresh,
			currentTags = [],
			isPatched,
		}: FetchResult,
	): CacheEntry {
		const { withinLagMs, missingMs, searchLagMs } = this.bounds;
		const unsettled =
			(ttl === "search" || ttl === "task search") &&
			place.invalidatedByOthers(
				tags,
				snapshot.readAt - searchLagMs,
				currentTags,
			);
		const shortest = Math.min(
			unsettled ? withinLagMs : Number.POSITIVE_INFINITY,
			value === null ? missingMs : Number.POSITIVE_INFINITY,
		);
		return {
			value,
			ttl,
			tags,
			seq: snapshot.seq,
			readAt: isPatched ? snapshot.readAt - searchLagMs : snapshot.readAt,
			until: snapshot.readAt + shortest,
			refresh,
		};
	}

	/** `raw` is what the value was made of, where it was made of one answer alone. */
	keep(
		place: InvalidationLog,
		key: CacheKey,
		entry: CacheEntry,
		{ raw, areAllNew = false }: Pick<FetchResult, "raw" | "areAllNew">,
	): void {
		if (this.#keepsNothing) return;
		// A change that came while the upstream was answering: nobody can tell which of the two the answer shows.
		if (place.invalidatedSince(entry.tags, entry.seq)) {
			this.count.overtaken++;
			return;
		}
		const kept = this.#kept.get(key) as Kept | undefined;
		const overhead = OVERHEAD + key.length;
		if (kept === undefined) {
			// Most of what nobody asked for before nobody will ask for again. A text that its other parts have no need of would
			// be held for this one alone, and not be counted.
			const text =
				raw && (areAllNew || !raw.isPart) ? raw : written(entry.value);
			this.#kept.set(key, asleep(entry, text), { size: overhead + text.bytes });
			return;
		}
		raw?.remember();
		if (kept.readAt > entry.readAt && this.#true(place, kept)) return;
		// The API said the same again.
		if (kept.value === entry.value && Array.isArray(entry.value))
			keptLists.add(entry.value);
		if (raw) this.#keepAwake(key, entry, parsedBytes(raw.bytes));
		else this.#settling.keep(key, entry, overhead);
	}

	/** Now, as far as it decides over what may be served. */
	moment(place: InvalidationLog): Moment {
		return {
			now: this.now(),
			webhooksArriving: this.#webhooksArriving(place.locationId),
		};
	}

	boundOf(freshness: TtlClass, { webhooksArriving }: Moment): number {
		return ttlOf(freshness, this.bounds, webhooksArriving);
	}

	#awake(key: CacheKey, kept: Kept): CacheEntry {
		if (kept.raw === undefined) return kept;
		const entry = awake(kept);
		this.#keepAwake(key, entry, parsedBytes(kept.raw.bytes));
		return entry;
	}

	#keepAwake(key: CacheKey, entry: CacheEntry, bytes: number): void {
		this.#kept.set(key, entry, { size: OVERHEAD + key.length + bytes });
	}

	#true(place: InvalidationLog, standing: CacheMetadata): boolean {
		return !place.invalidatedSince(standing.tags, standing.seq);
	}
}

class Flights {
	readonly #flying = new Map<CacheKey, InFlightRead>();

	/** One that began after the last drop of its names. */
	get(place: InvalidationLog, key: CacheKey): InFlightRead | undefined {
		const flight = this.#flying.get(key);
		return flight && !place.invalidatedSince(flight.tags, flight.seq)
			? flight
			: undefined;
	}

	add(key: CacheKey, flight: InFlightRead): void {
		this.#flying.set(key, flight);
	}

	/** It has ended; another may have taken off since. */
	end(key: CacheKey, flight: InFlightRead): void {
		if (this.#flying.get(key) === flight) this.#flying.delete(key);
	}
}
