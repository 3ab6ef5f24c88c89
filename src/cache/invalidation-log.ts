/** Remembers when each tag was last invalidated: which decides whether a cached value is still current. */
import { RecentChanges, type WriteNote } from "./recent-changes.ts";
import type { Invalidations } from "./tags.ts";

/**
 * One location's invalidations. They are numbered from 1; a read is worth keeping if none of its tags has a later
 * number.
 */
export interface InvalidationLog {
	readonly locationId: string;
	/** Number of the last invalidation of any tag, 0 before the first. */
	readonly seq: number;
	/** What changed within search lag. */
	readonly recent: RecentChanges;
	/** Whether any of the tags was invalidated after number `seq`. */
	invalidatedSince(tags: readonly string[], seq: number): boolean;
	/** Whether the tag was invalidated after that time, epoch milliseconds. */
	tagInvalidatedSince(tag: string, at: number): boolean;
	/** Whether any of the tags was invalidated after that time by a change of more than these contacts, given by their tags. */
	invalidatedByOthers(
		tags: readonly string[],
		at: number,
		contacts: readonly string[],
	): boolean;
	/** When the tag was last invalidated, epoch milliseconds; undefined when it was not, as far as is remembered. */
	lastInvalidated(tag: string): number | undefined;
	/** As if every tag there is had been invalidated. */
	forget(): void;
}

export interface InvalidationLogs {
	of(locationId: string): InvalidationLog;
	/** Tags invalidated so far, each time counted. */
	readonly count: number;
	stop(): void;
}

// Tags remembered per location, at most. When the oldest is forgotten, every value read before its invalidation is
// forgotten with it.
const REMEMBERED = 200_000;
const LONGEST_SEARCH_LAG_MS = 60_000;

export interface InvalidationLogsOptions {
	/** Epoch milliseconds. */
	now(): number;
	/** How far search may run behind a write. */
	readonly searchLagMs: number;
	/** The longest anything that was read may be served: an older invalidation concerns nothing any more, and is forgotten. */
	readonly keptMs: number;
	readonly remembered?: number;
}

/** Must be notified before anyone who reads because of an invalidation, so it is made right after `invalidations`. */
export const createInvalidationLogs = (
	invalidations: Invalidations,
	options: InvalidationLogsOptions,
): InvalidationLogs => {
	const logs = new Map<string, LocationLog>();
	let count = 0;
	const of = (locationId: string): LocationLog => {
		let log = logs.get(locationId);
		if (!log) {
			log = new LocationLog(locationId, options);
			logs.set(locationId, log);
		}
		return log;
	};
	const stop = invalidations.onInvalidate((locationId, tags, write) => {
		count += tags.length;
		of(locationId).add(tags, write);
	});
	return {
		of,
		get count() {
			return count;
		},
		stop,
	};
};

class LocationLog implements InvalidationLog {
	readonly locationId: string;
	readonly recent: RecentChanges;
	seq = 0;
	// Everything read at or before this number counts as invalidated: its tags may have been forgotten.
	#floor = 0;
	// In order of the last invalidation, oldest first.
	readonly #last = new Map<string, { seq: number; at: number }>();
	readonly #now: () => number;
	readonly #keptMs: number;
	readonly #remembered: number;
	readonly #trimEvery: number;

	constructor(locationId: string, options: InvalidationLogsOptions) {
		this.locationId = locationId;
		this.recent = new RecentChanges(options);
		this.#now = options.now;
		this.#keptMs = Math.max(options.keptMs, LONGEST_SEARCH_LAG_MS);
		this.#remembered = options.remembered ?? REMEMBERED;
		this.#trimEvery = Math.max(1, Math.min(256, this.#remembered >> 6));
	}

	add(tags: readonly string[], write: WriteNote | undefined): void {
		this.seq++;
		const now = this.#now();
		const last = { seq: this.seq, at: now };
		for (const tag of tags) {
			this.#last.delete(tag);
			this.#last.set(tag, last);
		}
		// Not each time: a Map steps over all that was taken off its front until it is rebuilt.
		if (this.seq % this.#trimEvery === 0) this.#trim(now);
		this.recent.add(tags, write);
	}

	#trim(now: number): void {
		for (const [tag, { seq, at }] of this.#last) {
			const isOld = now - at > this.#keptMs;
			if (!isOld && this.#last.size <= this.#remembered) break;
			this.#last.delete(tag);
			this.#floor = seq;
		}
	}

	invalidatedSince(tags: readonly string[], seq: number): boolean {
		if (seq === this.seq) return false;
		if (seq < this.#floor) return true;
		for (const tag of tags) {
			const last = this.#last.get(tag);
			if (last && last.seq > seq) return true;
		}
		return false;
	}

	forget(): void {
		this.seq++;
		this.#floor = this.seq;
	}

	lastInvalidated(tag: string): number | undefined {
		return this.#last.get(tag)?.at;
	}

	tagInvalidatedSince(tag: string, at: number): boolean {
		const last = this.#last.get(tag);
		return last !== undefined && last.at > at;
	}

	invalidatedByOthers(
		tags: readonly string[],
		at: number,
		contacts: readonly string[],
	): boolean {
		return (
			tags.some((tag) => this.tagInvalidatedSince(tag, at)) &&
			this.recent.byOthers(tags, at, contacts)
		);
	}
}
