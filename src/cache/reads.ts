/** One operation's view of the cache: what it may use, what it has used, and so how old and how lasting its answer is. */
import { LATE } from "./bounds.ts";
import type { Place } from "./drops.ts";
import {
	type Entry,
	type Flight,
	type Key,
	keyOf,
	type Standing,
} from "./entry.ts";
import type { Landing, Moment, ValueCache } from "./values.ts";

/** What the caller allows, from the request's Cache-Control. */
export interface Demand {
	/** Values older than this are read again; Infinity when the caller does not mind. */
	readonly maxAgeMs: number;
	/** `no-cache`: nothing read before this request is used. */
	readonly fresh: boolean;
	/** `no-store`: nothing this request reads is kept. */
	readonly keep: boolean;
}

export const ANY_AGE: Demand = {
	maxAgeMs: Number.POSITIVE_INFINITY,
	fresh: false,
	keep: true,
};

/** Where a read stands in the order of drops; taken before the upstream is asked. */
export interface Mark {
	readonly seq: number;
	readonly readAt: number;
}

export class Reads {
	readonly place: Place;
	readonly demand: Demand;
	/** All values the operation was given, in the order it asked. */
	readonly used: Entry[] = [];
	/** For each of them that was past its bound, where in the answer it stands: whatever the reader calls a place. */
	readonly stale = new Set<readonly unknown[]>();
	/** Set when something was read that no name stands for: the answer cannot be kept. */
	untracked = false;
	readonly #values: ValueCache;
	readonly #beganAt: number;
	// Looked at when the operation begins and whenever it has waited: what it finds in between it finds at one moment.
	#moment: Moment;

	constructor(values: ValueCache, place: Place, demand: Demand, now: number) {
		this.#values = values;
		this.place = place;
		this.demand = demand;
		this.#beganAt = now;
		this.#moment = values.moment(place);
	}

	/** Where a value is kept, to be spelled once for all that is done with it. */
	key(spelled: string): Key {
		return keyOf(this.place.locationId, spelled);
	}

	/** A value at hand that may still be served to this caller. */
	find(key: Key): Entry | undefined {
		const { maxAgeMs, fresh } = this.demand;
		const sinceItBegan = this.#moment.now - this.#beganAt;
		const entry = this.#values.get(
			this.place,
			key,
			fresh ? Math.min(maxAgeMs, sinceItBegan) : maxAgeMs,
			this.#moment,
		);
		if (entry === undefined) return undefined;
		this.#values.hit(entry, this.#moment.now);
		this.used.push(entry);
		return entry;
	}

	/** A read under way that this operation may wait for: none of its names has moved since it began. */
	flight(key: Key): Flight | undefined {
		const flight = this.#values.flights.get(this.place, key);
		if (!flight) return undefined;
		if (this.demand.fresh && flight.readAt < this.#beganAt) return undefined;
		if (this.#values.now() - flight.readAt > this.demand.maxAgeMs)
			return undefined;
		this.#values.count.shared++;
		return flight;
	}

	/** Whether none of its names has moved since it was read. */
	isTrue(entry: Entry): boolean {
		return !this.place.movedSince(entry.names, entry.seq);
	}

	/** Whether anything was kept of it, true or not. */
	knows(key: Key): boolean {
		return this.#values.knows(key);
	}

	/** What was kept last, true or not. */
	last(key: Key): unknown {
		return this.#values.last(key);
	}

	/** Whether somebody reads it already, and nothing has moved since. */
	isFlying(key: Key): boolean {
		return this.#values.flights.get(this.place, key) !== undefined;
	}

	takeOff(key: Key, flight: Flight): void {
		this.#values.flights.add(key, flight);
	}

	touchDown(key: Key, flight: Flight): void {
		this.#values.flights.end(key, flight);
	}

	mark(): Mark {
		this.#moment = this.#values.moment(this.place);
		return { seq: this.place.seq, readAt: this.#moment.now };
	}

	/** Keeps what was read since `mark`, unless one of its names moved meanwhile; either way it is this operation's. */
	landed(key: Key, read: Landing): Entry {
		const entry = this.#values.entry(this.place, read);
		if (this.demand.keep) this.#values.keep(this.place, key, entry, read);
		return entry;
	}

	/** The operation goes on after it has waited. */
	resume(): void {
		this.#moment = this.#values.moment(this.place);
	}

	use(entry: Entry): void {
		this.used.push(entry);
	}

	/** Whether the caller set no limit to how old a value may be. */
	get takesWhatIsKept(): boolean {
		return (
			this.demand.maxAgeMs === Number.POSITIVE_INFINITY && !this.demand.fresh
		);
	}

	/** A value past its bound, for when the upstream cannot be asked; never for a caller who set a limit himself. */
	lastResort(key: Key, places: readonly unknown[]): Entry | undefined {
		if (!this.takesWhatIsKept) return undefined;
		const entry = this.#values.lastResort(this.place, key);
		if (entry) {
			this.#values.count.stale++;
			this.used.push(entry);
			this.stale.add(places);
		}
		return entry;
	}

	/** Whether `lastResort` would find something; counts nothing. */
	hasLastResort(key: Key): boolean {
		return (
			this.takesWhatIsKept &&
			this.#values.outdated(this.place, key) !== undefined
		);
	}

	/** How long the upstream may keep a reader waiting who could have an older value instead. */
	get patienceMs(): number {
		return this.#values.bounds.patienceMs;
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
	isLate({ freshness, readAt }: Standing): boolean {
		const bound = this.#values.boundOf(freshness, this.#moment);
		return this.#moment.now - readAt > bound * LATE;
	}

	/** Whether a value is still at hand as it was, and late: it is worth reading anew. */
	wantsRenewal(key: Key): boolean {
		const entry = this.#values.outdated(this.place, key);
		return entry !== undefined && this.isLate(entry);
	}

	/** True when search, asked at `readAt`, may not have heard of the last change of this name, however late it answers. */
	settling(name: string, readAt = this.#values.now()): boolean {
		const { searchLagMs } = this.#values.bounds;
		return this.place.droppedSince(name, readAt - searchLagMs);
	}
}
