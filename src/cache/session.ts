/** One operation's view of the cache: what it may use, what it has used, and so how old and how lasting its answer is. */

import {
	type CacheEntry,
	type CacheKey,
	type CacheMetadata,
	cacheKey,
	type InFlightRead,
} from "./entry.ts";
import type { InvalidationLog } from "./invalidation-log.ts";
import { REFRESH_AHEAD_SHARE } from "./ttl.ts";
import type { FetchResult, Moment, ValueCache } from "./value-cache.ts";

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

/** Where a read stands in the order of drops; taken before the upstream is asked. */
export interface Snapshot {
	readonly seq: number;
	readonly readAt: number;
}

export class CacheSession {
	readonly log: InvalidationLog;
	readonly control: CacheControl;
	/** All values the operation was given, in the order it asked. */
	readonly used: CacheEntry[] = [];
	/** For each of them that was past its bound, where in the answer it stands: whatever the reader calls a place. */
	readonly stale = new Set<readonly unknown[]>();
	/** Set when something was read that no name stands for: the answer cannot be kept. */
	untracked = false;
	readonly #values: ValueCache;
	readonly #beganAt: number;
	// Looked at when the operation begins and whenever it has waited: what it finds in between it finds at one moment.
	#moment: Moment;

	constructor(
		values: ValueCache,
		place: InvalidationLog,
		demand: CacheControl,
		now: number,
	) {
		this.#values = values;
		this.log = place;
		this.control = demand;
		this.#beganAt = now;
		this.#moment = values.moment(place);
	}

	/** Where a value is kept, to be spelled once for all that is done with it. */
	key(spelled: string): CacheKey {
		return cacheKey(this.log.locationId, spelled);
	}

	/** A value at hand that may still be served to this caller. */
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
		this.used.push(entry);
		return entry;
	}

	/** A read under way that this operation may wait for: none of its names has moved since it began. */
	inFlight(key: CacheKey): InFlightRead | undefined {
		const flight = this.#values.flights.get(this.log, key);
		if (!flight) return undefined;
		if (this.control.noCache && flight.readAt < this.#beganAt) return undefined;
		if (this.#values.now() - flight.readAt > this.control.maxAgeMs)
			return undefined;
		this.#values.count.shared++;
		return flight;
	}

	/** Whether none of its names has moved since it was read. */
	isCurrent(entry: CacheEntry): boolean {
		return !this.log.invalidatedSince(entry.tags, entry.seq);
	}

	/** Whether anything was kept of it, true or not. */
	has(key: CacheKey): boolean {
		return this.#values.knows(key);
	}

	/** What was kept last, true or not. */
	peek(key: CacheKey): unknown {
		return this.#values.last(key);
	}

	/** Whether somebody reads it already, and nothing has moved since. */
	isInFlight(key: CacheKey): boolean {
		return this.#values.flights.get(this.log, key) !== undefined;
	}

	begin(key: CacheKey, flight: InFlightRead): void {
		this.#values.flights.add(key, flight);
	}

	end(key: CacheKey, flight: InFlightRead): void {
		this.#values.flights.end(key, flight);
	}

	snapshot(): Snapshot {
		this.#moment = this.#values.moment(this.log);
		return { seq: this.log.seq, readAt: this.#moment.now };
	}

	/** Keeps what was read since `mark`, unless one of its names moved meanwhile; either way it is this operation's. */
	store(key: CacheKey, read: FetchResult): CacheEntry {
		const entry = this.#values.entry(this.log, read);
		if (this.control.mayStore) this.#values.keep(this.log, key, entry, read);
		return entry;
	}

	/** The operation goes on after it has waited. */
	resume(): void {
		this.#moment = this.#values.moment(this.log);
	}

	use(entry: CacheEntry): void {
		this.used.push(entry);
	}

	/** Whether the caller set no limit to how old a value may be. */
	get acceptsCached(): boolean {
		return (
			this.control.maxAgeMs === Number.POSITIVE_INFINITY &&
			!this.control.noCache
		);
	}

	/** A value past its bound, for when the upstream cannot be asked; never for a caller who set a limit himself. */
	takeStale(key: CacheKey, places: readonly unknown[]): CacheEntry | undefined {
		if (!this.acceptsCached) return undefined;
		const entry = this.#values.lastResort(this.log, key);
		if (entry) {
			this.#values.count.stale++;
			this.used.push(entry);
			this.stale.add(places);
		}
		return entry;
	}

	/** Whether `lastResort` would find something; counts nothing. */
	hasStale(key: CacheKey): boolean {
		return (
			this.acceptsCached && this.#values.outdated(this.log, key) !== undefined
		);
	}

	/** How long the upstream may keep a reader waiting who could have an older value instead. */
	get staleTimeoutMs(): number {
		return this.#values.bounds.staleTimeoutMs;
	}

	isStale(places: readonly unknown[]): boolean {
		return this.stale.has(places);
	}

	/** Epoch milliseconds. What hangs on the clock asks here, and so takes the context: it is not the object's alone. */
	now(): number {
		return this.#values.now();
	}

	/** When the oldest value was read, epoch milliseconds; now when none was. */
	get oldest(): number {
		let oldest = this.#values.now();
		for (const { readAt } of this.used) oldest = Math.min(oldest, readAt);
		return oldest;
	}

	/** Whether a value found is well on its way to its bound. */
	isDueForRefresh({ ttl, readAt }: CacheMetadata): boolean {
		const bound = this.#values.boundOf(ttl, this.#moment);
		return this.#moment.now - readAt > bound * REFRESH_AHEAD_SHARE;
	}

	/** Whether a value is still at hand as it was, and late: it is worth reading anew. */
	needsRefresh(key: CacheKey): boolean {
		const entry = this.#values.outdated(this.log, key);
		return entry !== undefined && this.isDueForRefresh(entry);
	}

	/** True when search, asked at `readAt`, may not have heard of the last change of this name, however late it answers. */
	withinSearchLag(name: string, readAt = this.#values.now()): boolean {
		const { searchLagMs } = this.#values.bounds;
		return this.log.tagInvalidatedSince(name, readAt - searchLagMs);
	}
}
