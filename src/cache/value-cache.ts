/** Values of REST reads, shared by all operations of a location: found by key, kept within a ceiling of bytes. */
import type { LRUCache } from "lru-cache";
import type {
	CacheEntry,
	CacheKey,
	CacheMetadata,
	InFlightRead,
	RefreshTarget,
	Snapshot,
} from "./entry.ts";
import type { InvalidationLog } from "./invalidation-log.ts";
import { sizeOf } from "./size.ts";
import { type Counters, countAge } from "./stats.ts";
import { staleTtlOf, type TtlClass, type Ttls, ttlOf } from "./ttl.ts";

// The entry itself, its place in the list, its key: calibrated with `sizeOf`, which counts small values a little high.
const OVERHEAD = 220;

export interface ValueCacheOptions {
	readonly kept: LRUCache<string, object>;
	/** The ceiling is 0. */
	readonly keepsNothing: boolean;
	readonly ttls: Ttls;
	readonly count: Counters;
	webhooksArriving(locationId: string): boolean;
	/** As CacheOptions. */
	isCurrent(): boolean;
	now(): number;
}

/** Looked at once for all that an operation finds without waiting. */
export interface TtlContext {
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
	readonly refresh?: RefreshTarget | undefined;
	/** It shows what was read by itself since a change within search lag before: it is no younger than that. */
	readonly isPatched?: boolean | undefined;
	/** Tags of contacts whose last change it shows although search, which lags, brought the rest. */
	readonly currentTags?: readonly string[] | undefined;
}

export class ValueCache {
	readonly ttls: Ttls;
	readonly count: Counters;
	readonly inFlight: InFlightReads;
	readonly now: () => number;
	readonly #kept: LRUCache<string, object>;
	readonly #keepsNothing: boolean;
	readonly #webhooksArriving: (locationId: string) => boolean;
	readonly #mayServe: () => boolean;

	constructor(options: ValueCacheOptions) {
		this.#kept = options.kept;
		this.#keepsNothing = options.keepsNothing;
		this.ttls = options.ttls;
		this.count = options.count;
		this.now = options.now;
		this.#webhooksArriving = options.webhooksArriving;
		this.#mayServe = options.isCurrent;
		this.inFlight = new InFlightReads(options.isCurrent);
	}

	/** A value whose tags were not invalidated since it was read and whose age is within its TTL and `maxAgeMs`. */
	get(
		log: InvalidationLog,
		key: CacheKey,
		maxAgeMs: number,
		moment: TtlContext,
	): CacheEntry | undefined {
		const entry = this.#kept.get(key) as CacheEntry | undefined;
		if (entry !== undefined && this.isCurrent(log, entry)) {
			const { now } = moment;
			const { until, readAt, ttl } = entry;
			const maxAge = Math.min(maxAgeMs, this.ttlOf(ttl, moment));
			if ((until === undefined || now < until) && now - readAt <= maxAge)
				return entry;
		}
		this.count.misses++;
		return undefined;
	}

	/** The same, however far past its TTL, up to the stale TTL. */
	getStale(log: InvalidationLog, key: CacheKey): CacheEntry | undefined {
		const entry = this.#kept.get(key) as CacheEntry | undefined;
		if (entry === undefined || !this.isCurrent(log, entry)) return undefined;
		const { ttl, readAt } = entry;
		if (this.now() - readAt > staleTtlOf(ttl, this.ttls)) return undefined;
		return entry;
	}

	/** What was kept last, even if it was invalidated since. */
	peek(key: CacheKey): CacheEntry | undefined {
		return this.#kept.peek(key) as CacheEntry | undefined;
	}

	hit(entry: CacheEntry, now: number): void {
		this.count.hits++;
		countAge(this.count, now - entry.readAt);
	}

	/** What was read, as the cache holds it; whether it does, `keep` decides. */
	entry(
		log: InvalidationLog,
		key: CacheKey,
		{
			value,
			ttl,
			tags,
			snapshot: { seq, readAt },
			refresh,
			currentTags = [],
			isPatched,
		}: FetchResult,
	): CacheEntry {
		const { withinLagMs, missingMs, searchLagMs } = this.ttls;
		const mayLag =
			(ttl === "search" || ttl === "task search") &&
			log.invalidatedByOthers(tags, readAt - searchLagMs, currentTags);
		const longestMs = Math.min(
			mayLag ? withinLagMs : Number.POSITIVE_INFINITY,
			value === null ? missingMs : Number.POSITIVE_INFINITY,
		);
		const before = this.peek(key);
		return {
			value,
			ttl,
			tags,
			seq,
			readAt: isPatched ? readAt - searchLagMs : readAt,
			until: Number.isFinite(longestMs) ? readAt + longestMs : undefined,
			// Much of what a busy gateway reads is what it had read before.
			bytes: before && before.value === value ? before.bytes : sizeOf(value),
			refresh,
		};
	}

	keep(log: InvalidationLog, key: CacheKey, entry: CacheEntry): void {
		if (this.#keepsNothing) return;
		// A change that came while the upstream was answering: it is not known which of the two the answer shows.
		if (!this.isCurrent(log, entry)) {
			this.count.overtaken++;
			return;
		}
		const kept = this.#kept.get(key) as CacheEntry | undefined;
		if (kept && kept.readAt > entry.readAt && this.isCurrent(log, kept)) return;
		this.#kept.set(key, entry, {
			size: OVERHEAD + key.length + entry.bytes,
		});
	}

	/** Now, as far as it decides over what may be served. */
	moment(log: InvalidationLog): TtlContext {
		return {
			now: this.now(),
			webhooksArriving: this.#webhooksArriving(log.locationId),
		};
	}

	ttlOf(ttl: TtlClass, { webhooksArriving }: TtlContext): number {
		return ttlOf(ttl, this.ttls, webhooksArriving);
	}

	/** Whether none of its tags was invalidated since it was read. */
	isCurrent(log: InvalidationLog, { tags, seq }: CacheMetadata): boolean {
		return this.#mayServe() && !log.invalidatedSince(tags, seq);
	}
}

class InFlightReads {
	readonly #reads = new Map<CacheKey, InFlightRead>();
	readonly #mayShare: () => boolean;

	constructor(mayShare: () => boolean) {
		this.#mayShare = mayShare;
	}

	/** One that began after the last invalidation of its tags. */
	get(log: InvalidationLog, key: CacheKey): InFlightRead | undefined {
		const read = this.#reads.get(key);
		return read &&
			this.#mayShare() &&
			!log.invalidatedSince(read.tags, read.seq)
			? read
			: undefined;
	}

	begin(key: CacheKey, read: InFlightRead): void {
		this.#reads.set(key, read);
	}

	/** Another may have begun since. */
	end(key: CacheKey, read: InFlightRead): void {
		if (this.#reads.get(key) === read) this.#reads.delete(key);
	}
}
