/** Values of REST reads, shared by all operations of a location: found by key, kept within a ceiling of bytes. */
import type { LRUCache } from "lru-cache";
import { type Bounds, boundOf, type Freshness } from "./bounds.ts";
import type { Place } from "./drops.ts";
import type { Entry, Flight } from "./entry.ts";
import type { Mark } from "./reads.ts";
import { type Counters, countAge } from "./stats.ts";
import { settleIn } from "./weight.ts";

// The entry itself, its place in the list, its key.
const OVERHEAD = 200;

export interface ValueCacheOptions {
	readonly kept: LRUCache<string, object>;
	readonly bounds: Bounds;
	readonly count: Counters;
	webhooksArriving(locationId: string): boolean;
	now(): number;
}

export class ValueCache {
	readonly bounds: Bounds;
	readonly count: Counters;
	readonly flights = new Flights();
	readonly now: () => number;
	readonly #kept: LRUCache<string, object>;
	readonly #webhooksArriving: (locationId: string) => boolean;

	constructor(options: ValueCacheOptions) {
		this.#kept = options.kept;
		this.bounds = options.bounds;
		this.count = options.count;
		this.now = options.now;
		this.#webhooksArriving = options.webhooksArriving;
	}

	/** A value whose names have not moved and whose age is within its bound and `maxAgeMs`. */
	get(place: Place, key: string, maxAgeMs: number): Entry | undefined {
		const entry = this.#kept.get(keyOf(place, key)) as Entry | undefined;
		if (entry !== undefined && this.#true(place, entry)) {
			const now = this.now();
			if (
				now < entry.until &&
				now - entry.readAt <=
					Math.min(maxAgeMs, this.boundOf(place, entry.freshness))
			)
				return entry;
		}
		this.count.misses++;
		return undefined;
	}

	/** A value whose names have not moved, however far past its bound, up to the second bound. */
	outdated(place: Place, key: string): Entry | undefined {
		const entry = this.#kept.get(keyOf(place, key)) as Entry | undefined;
		if (entry === undefined || !this.#true(place, entry)) return undefined;
		if (this.now() - entry.readAt > this.bounds.staleMs) return undefined;
		return entry;
	}

	hit(entry: Entry): void {
		this.count.hits++;
		countAge(this.count, this.now() - entry.readAt);
	}

	entry(
		place: Place,
		{
			value,
			freshness,
			names,
			mark,
		}: {
			value: unknown;
			freshness: Freshness;
			names: readonly string[];
			mark: Mark;
		},
	): Entry {
		const { settlingMs, missingMs, searchLagMs } = this.bounds;
		const unsettled =
			freshness === "search" &&
			names.some((name) => place.droppedWithin(name, searchLagMs));
		const shortest = Math.min(
			unsettled ? settlingMs : Number.POSITIVE_INFINITY,
			value === null ? missingMs : Number.POSITIVE_INFINITY,
		);
		return {
			value,
			freshness,
			names,
			seq: mark.seq,
			readAt: mark.readAt,
			until: mark.readAt + shortest,
		};
	}

	keep(place: Place, key: string, entry: Entry): void {
		// A change that came while the upstream was answering: nobody can tell which of the two the answer shows.
		if (place.movedSince(entry.names, entry.seq)) {
			this.count.overtaken++;
			return;
		}
		const kept = this.#kept.get(keyOf(place, key)) as Entry | undefined;
		if (kept && kept.readAt > entry.readAt && this.#true(place, kept)) return;
		this.#kept.set(keyOf(place, key), entry, {
			size: OVERHEAD + key.length + settleIn(entry.value),
		});
	}

	boundOf(place: Place, freshness: Freshness): number {
		return boundOf(
			freshness,
			this.bounds,
			this.#webhooksArriving(place.locationId),
		);
	}

	#true(place: Place, entry: Entry): boolean {
		return !place.movedSince(entry.names, entry.seq);
	}
}

/** Nothing of one location is ever found from another: the location is the first part of every key. */
export const keyOf = (place: Place, key: string): string =>
	`${place.locationId}\n${key}`;

class Flights {
	readonly #flying = new Map<string, Flight>();

	/** One that began after the last drop of its names. */
	get(place: Place, key: string): Flight | undefined {
		const flight = this.#flying.get(keyOf(place, key));
		return flight && !place.movedSince(flight.names, flight.seq)
			? flight
			: undefined;
	}

	add(place: Place, key: string, flight: Flight): void {
		const at = keyOf(place, key);
		this.#flying.set(at, flight);
		const end = () => {
			if (this.#flying.get(at) === flight) this.#flying.delete(at);
		};
		flight.landed.then(end, end);
	}
}
