/** One operation's view of the cache: what it may use, what it has used, and so how old and how lasting its answer is. */

import {
	type CacheEntry,
	type CacheKey,
	type CacheMetadata,
	cacheKey,
	type InFlightRead,
	type Snapshot,
} from "./entry.ts";
import type { InvalidationLog } from "./invalidation-log.ts";
import { REFRESH_AHEAD_SHARE } from "./ttl.ts";
import type { FetchResult, TtlContext, ValueCache } from "./value-cache.ts";

/** What the caller allows, from the request's Cache-Control. */
export interface CacheControl {
	/** Values older than this are read again; Infinity when the caller does not mind. */
	readonly maxAgeMs: number;
	/** `no-cache`: nothing read before this request is used. */
	readonly noCache: boolean;
	/** `no-store`: nothing this request reads is kept. */
	readonly mayStore: boolean;
}

export const ANY_AGE: CacheControl = {
	maxAgeMs: Number.POSITIVE_INFINITY,
	noCache: false,
	mayStore: true,
};

export class CacheSession {
	readonly log: InvalidationLog;
	readonly control: CacheControl;
	readonly #values: ValueCache;
	readonly #beganAt: number;
	readonly #used: CacheEntry[] = [];
	readonly #stale = new Set<readonly unknown[]>();
	#hasUntracked = false;
	#until = Number.POSITIVE_INFINITY;
	// Looked at when the operation begins and whenever it has waited: what it finds in between it finds at one moment.
	#moment: TtlContext;

	constructor(
		values: ValueCache,
		log: InvalidationLog,
		control: CacheControl,
		now: number,
	) {
		this.#values = values;
		this.log = log;
		this.control = control;
		this.#beganAt = now;
		this.#moment = values.moment(log);
	}

	/** Where a value is kept, to be spelled once for all that is done with it. */
	key(spelled: string): CacheKey {
		return cacheKey(this.log.locationId, spelled);
	}

	/** A kept value that may still be served to this caller. */
	find(key: CacheKey): CacheEntry | undefined {
		const { maxAgeMs, noCache } = this.control;
		const sinceItBegan = this.#moment.now - this.#beganAt;
		const entry = this.#values.get(
			this.log,
			key,
			noCache ? Math.min(maxAgeMs, sinceItBegan) : maxAgeMs,
			this.#moment,
		);
		if (entry === undefined) return undefined;
		this.#values.hit(entry, this.#moment.now);
		this.#used.push(entry);
		return entry;
	}

	/** What was kept last, even if it was invalidated since: good only for what never changes. */
	peek(key: CacheKey): unknown {
		return this.#values.peek(key)?.value;
	}

	/** A read under way that this operation may wait for: none of its tags was invalidated since it began. */
	inFlight(key: CacheKey): InFlightRead | undefined {
		const read = this.#values.inFlight.get(this.log, key);
		if (!read) return undefined;
		if (this.control.noCache && read.readAt < this.#beganAt) return undefined;
		if (this.#values.now() - read.readAt > this.control.maxAgeMs)
			return undefined;
		this.#values.count.shared++;
		return read;
	}

	begin(key: CacheKey, read: InFlightRead): void {
		this.#values.inFlight.begin(key, read);
	}

	end(key: CacheKey, read: InFlightRead): void {
		this.#values.inFlight.end(key, read);
	}

	snapshot(): Snapshot {
		this.#moment = this.#values.moment(this.log);
		return { seq: this.log.seq, readAt: this.#moment.now };
	}

	/**
	 * Keeps what was read since its snapshot, unless one of its tags was invalidated meanwhile. Either way the reader may
	 * `use` it.
	 */
	store(key: CacheKey, read: FetchResult): CacheEntry {
		const entry = this.#values.entry(this.log, key, read);
		if (this.control.mayStore) this.#values.keep(this.log, key, entry);
		return entry;
	}

	/** Whether none of its tags was invalidated since it was read. */
	isCurrent(entry: CacheEntry): boolean {
		return this.#values.isCurrent(this.log, entry);
	}

	/** The operation goes on after it has waited. */
	resume(): void {
		this.#moment = this.#values.moment(this.log);
	}

	/** The operation was given this value. */
	use(entry: CacheEntry): void {
		this.#used.push(entry);
	}

	/** The operation was given something that no tag stands for, so its answer cannot be kept. */
	useUntracked(): void {
		this.#hasUntracked = true;
	}

	/** Whether the caller set no limit to how old a value may be. */
	get acceptsCached(): boolean {
		return (
			this.control.maxAgeMs === Number.POSITIVE_INFINITY &&
			!this.control.noCache
		);
	}

	/**
	 * A value past its TTL, for when the upstream cannot be asked; never for a caller who set a limit himself. `paths` is
	 * where in the answer it is shown, as the reader spells it.
	 */
	useStale(key: CacheKey, paths: readonly unknown[]): CacheEntry | undefined {
		if (!this.acceptsCached) return undefined;
		const entry = this.#values.getStale(this.log, key);
		if (entry) {
			this.#values.count.stale++;
			this.#used.push(entry);
			this.#stale.add(paths);
		}
		return entry;
	}

	/** Whether `useStale` would find something; counts nothing. */
	hasStale(key: CacheKey): boolean {
		return (
			this.acceptsCached && this.#values.getStale(this.log, key) !== undefined
		);
	}

	/** How long the upstream may keep a reader waiting who could have an older value instead, in milliseconds. */
	get staleTimeoutMs(): number {
		return this.#values.ttls.staleTimeoutMs;
	}

	/** All values the operation was given, in the order it asked. */
	get used(): readonly CacheEntry[] {
		return this.#used;
	}

	/** The `paths` of every value that was given past its TTL. */
	get stale(): ReadonlySet<readonly unknown[]> {
		return this.#stale;
	}

	/** Whether all that the answer shows may be kept, and is known by its tags. */
	get isStorable(): boolean {
		return (
			this.control.mayStore && !this.#hasUntracked && this.#stale.size === 0
		);
	}

	/** Epoch milliseconds, for what is not kept. What may be kept asks `isPast`. */
	now(): number {
		return this.#values.now();
	}

	/**
	 * Whether this moment is over. A field that depends on the clock asks here, and so takes the context: it is not pure.
	 * While it is not, the answer is true until then only, and is kept no longer.
	 */
	isPast(moment: number): boolean {
		if (moment < this.#values.now()) return true;
		this.#until = Math.min(this.#until, moment);
		return false;
	}

	/** When the clock makes the answer untrue, epoch milliseconds. */
	get until(): number {
		return this.#until;
	}

	/** When the oldest value was read, epoch milliseconds; now when none was. */
	get oldest(): number {
		let oldest = this.#values.now();
		for (const { readAt } of this.#used) oldest = Math.min(oldest, readAt);
		return oldest;
	}

	/** Whether a value found is well on its way to its TTL. */
	isDueForRefresh({ ttl, readAt }: CacheMetadata): boolean {
		const ttlMs = this.#values.ttlOf(ttl, this.#moment);
		return this.#moment.now - readAt > ttlMs * REFRESH_AHEAD_SHARE;
	}

	/** Whether a value is kept, current and late, and nobody reads it yet: it is worth reading anew. */
	needsRefresh(key: CacheKey): boolean {
		const entry = this.#values.getStale(this.log, key);
		return (
			entry !== undefined &&
			this.isDueForRefresh(entry) &&
			this.#values.inFlight.get(this.log, key) === undefined
		);
	}

	/** Whether search, asked at `readAt`, may not show the last change of this tag yet, however late it answers. */
	withinSearchLag(tag: string, readAt = this.#values.now()): boolean {
		const { searchLagMs } = this.#values.ttls;
		return this.log.tagInvalidatedSince(tag, readAt - searchLagMs);
	}
}
