/** Values of REST reads, shared by all operations of a location: found by key, kept within a ceiling of bytes. */
import type { LRUCache } from "lru-cache";
import { asleep, awake, type Kept, parsedBytes, written } from "./asleep.ts";
import { type Bounds, boundOf, type Freshness } from "./bounds.ts";
import type { Place } from "./drops.ts";
import type { Entry, Flight, Key, Raw, Renewal, Standing } from "./entry.ts";
import type { Mark } from "./reads.ts";
import type { Settling } from "./settling.ts";
import { type Counters, countAge } from "./stats.ts";

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
	readonly bounds: Bounds;
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
export interface Landing {
	readonly value: unknown;
	readonly freshness: Freshness;
	readonly names: readonly string[];
	readonly mark: Mark;
	readonly renewal?: Renewal | undefined;
	readonly raw?: Raw | undefined;
	/** It shows what was read by itself since a change within search's lag before: it is no younger than that. */
	readonly isPatched?: boolean | undefined;
	/** Nothing that was read together with it was at hand: all of it is kept as text, which they can share. */
	readonly areAllNew?: boolean;
	/** Names of contacts whose last change it shows although search, which lags, brought the rest. */
	readonly shows?: readonly string[] | undefined;
}

export class ValueCache {
	readonly bounds: Bounds;
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
		place: Place,
		key: Key,
		maxAgeMs: number,
		moment: Moment,
	): Entry | undefined {
		const kept = this.#kept.get(key) as Kept | undefined;
		if (kept !== undefined && this.#true(place, kept)) {
			const { now } = moment;
			const bound = this.boundOf(kept.freshness, moment);
			if (now < kept.until && now - kept.readAt <= Math.min(maxAgeMs, bound))
				return this.#awake(key, kept);
		}
		this.count.misses++;
		return undefined;
	}

	/** Where a value stands whose names have not moved, however far past its bound, up to the second bound. */
	outdated(place: Place, key: Key): Standing | undefined {
		const kept = this.#kept.get(key) as Kept | undefined;
		if (kept === undefined || !this.#true(place, kept)) return undefined;
		if (this.now() - kept.readAt > this.bounds.staleMs) return undefined;
		return kept;
	}

	/** The same with the value. */
	lastResort(place: Place, key: Key): Entry | undefined {
		const kept = this.outdated(place, key) as Kept | undefined;
		return kept && this.#awake(key, kept);
	}

	/** Whether anything was kept of it, true or not. */
	knows(key: Key): boolean {
		return this.#kept.has(key);
	}

	/** What was kept last, true or not. */
	last(key: Key): unknown {
		const kept = this.#kept.peek(key) as Kept | undefined;
		return kept?.raw ? kept.raw.value() : kept?.value;
	}

	hit(entry: Entry, now: number): void {
		this.count.hits++;
		countAge(this.count, now - entry.readAt);
		if (Array.isArray(entry.value)) keptLists.add(entry.value);
	}

	entry(
		place: Place,
		{ value, freshness, names, mark, renewal, shows = [], isPatched }: Landing,
	): Entry {
		const { settlingMs, missingMs, searchLagMs } = this.bounds;
		const unsettled =
			(freshness === "search" || freshness === "task search") &&
			place.droppedByOthers(names, mark.readAt - searchLagMs, shows);
		const shortest = Math.min(
			unsettled ? settlingMs : Number.POSITIVE_INFINITY,
			value === null ? missingMs : Number.POSITIVE_INFINITY,
		);
		return {
			value,
			freshness,
			names,
			seq: mark.seq,
			readAt: isPatched ? mark.readAt - searchLagMs : mark.readAt,
			until: mark.readAt + shortest,
			renewal,
		};
	}

	/** `raw` is what the value was made of, where it was made of one answer alone. */
	keep(
		place: Place,
		key: Key,
		entry: Entry,
		{ raw, areAllNew = false }: Pick<Landing, "raw" | "areAllNew">,
	): void {
		if (this.#keepsNothing) return;
		// A change that came while the upstream was answering: nobody can tell which of the two the answer shows.
		if (place.movedSince(entry.names, entry.seq)) {
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
	moment(place: Place): Moment {
		return {
			now: this.now(),
			webhooksArriving: this.#webhooksArriving(place.locationId),
		};
	}

	boundOf(freshness: Freshness, { webhooksArriving }: Moment): number {
		return boundOf(freshness, this.bounds, webhooksArriving);
	}

	#awake(key: Key, kept: Kept): Entry {
		if (kept.raw === undefined) return kept;
		const entry = awake(kept);
		this.#keepAwake(key, entry, parsedBytes(kept.raw.bytes));
		return entry;
	}

	#keepAwake(key: Key, entry: Entry, bytes: number): void {
		this.#kept.set(key, entry, { size: OVERHEAD + key.length + bytes });
	}

	#true(place: Place, standing: Standing): boolean {
		return !place.movedSince(standing.names, standing.seq);
	}
}

class Flights {
	readonly #flying = new Map<Key, Flight>();

	/** One that began after the last drop of its names. */
	get(place: Place, key: Key): Flight | undefined {
		const flight = this.#flying.get(key);
		return flight && !place.movedSince(flight.names, flight.seq)
			? flight
			: undefined;
	}

	add(key: Key, flight: Flight): void {
		this.#flying.set(key, flight);
	}

	/** It has ended; another may have taken off since. */
	end(key: Key, flight: Flight): void {
		if (this.#flying.get(key) === flight) this.#flying.delete(key);
	}
}
