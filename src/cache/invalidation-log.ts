/** Remembers when each name was last dropped: what tells a value that is still true from one read too early. */
import type { Invalidations } from "../cache/tags.ts";

/** One location's drops. Drops are numbered from 1; a read is worth keeping if none of its names has a later number. */
export interface InvalidationLog {
	readonly locationId: string;
	/** Number of the last drop of any name, 0 before the first. */
	readonly seq: number;
	/** Whether any of the names was dropped after drop number `seq`. */
	invalidatedSince(names: readonly string[], seq: number): boolean;
	/** Whether the name was dropped after that time, epoch milliseconds. */
	tagInvalidatedSince(name: string, at: number): boolean;
	/** Whether any of the names was dropped after that time by a change of more than these contacts, given by their names. */
	invalidatedByOthers(
		names: readonly string[],
		at: number,
		contacts: readonly string[],
	): boolean;
	/** When the name was last dropped, epoch milliseconds; undefined when it was not, as far as is remembered. */
	lastInvalidated(name: string): number | undefined;
	/** As if every name there is had been dropped. */
	forget(): void;
	/** Of how many contacts a name was dropped within the last `withinMs`. */
	contactsInvalidatedWithin(withinMs: number): number;
}

export interface InvalidationLogs {
	of(locationId: string): InvalidationLog;
	/** Names dropped so far, each time counted. */
	readonly count: number;
	stop(): void;
}

// Names remembered per location, at most. When the oldest is forgotten, every value read before its drop is forgotten
// with it.
const REMEMBERED = 200_000;
// A contact, by any of its names.
const CONTACT = /^contact\/[^/]+/;
const WHOLE_CONTACT = /^contact\/[^/]+$/;
// Longer than any search lag.
const LATELY_MS = 60_000;
// Drops of one location remembered with all they dropped, at most: what is older counts as anybody's.
const DROPS_LATELY = 2_000;

export interface InvalidationLogsOptions {
	/** Epoch milliseconds. */
	now(): number;
	/** The longest anything that was read may be served: an older drop concerns nothing any more, and is forgotten. */
	readonly keptMs: number;
	readonly remembered?: number;
}

/** Must hear of a drop before anyone who reads because of it, so it is made right after `names`. */
export const createInvalidationLogs = (
	names: Invalidations,
	{ now, keptMs, remembered = REMEMBERED }: InvalidationLogsOptions,
): InvalidationLogs => {
	const terms = { now, keptMs: Math.max(keptMs, LATELY_MS), remembered };
	const places = new Map<string, LivePlace>();
	let count = 0;
	const of = (locationId: string): LivePlace => {
		let place = places.get(locationId);
		if (!place) {
			place = new LivePlace(locationId, terms);
			places.set(locationId, place);
		}
		return place;
	};
	const stop = names.onInvalidate((locationId, dropped) => {
		count += dropped.length;
		of(locationId).drop(dropped);
	});
	return {
		of,
		get count() {
			return count;
		},
		stop,
	};
};

/** What one change dropped. */
interface Drop {
	readonly at: number;
	readonly names: readonly string[];
}

class LivePlace implements InvalidationLog {
	readonly locationId: string;
	seq = 0;
	// Everything read at or before this number is treated as moved: its names may have been forgotten.
	#floor = 0;
	// In order of the last drop, oldest first.
	readonly #last = new Map<string, { seq: number; at: number }>();
	// The same of contacts alone, as long as anybody may ask: what a price must reckon with.
	readonly #lately = new Map<string, number>();
	// What was dropped together, as long as anybody may ask; oldest first.
	readonly #together: Drop[] = [];
	#forgottenAt = Number.NEGATIVE_INFINITY;
	readonly #now: () => number;
	readonly #keptMs: number;
	readonly #remembered: number;

	constructor(locationId: string, terms: Required<InvalidationLogsOptions>) {
		this.locationId = locationId;
		this.#now = terms.now;
		this.#keptMs = terms.keptMs;
		this.#remembered = terms.remembered;
	}

	drop(names: readonly string[]): void {
		this.seq++;
		const drop = { seq: this.seq, at: this.#now() };
		for (const name of names) {
			this.#last.delete(name);
			this.#last.set(name, drop);
			const contact = CONTACT.exec(name)?.[0];
			if (contact === undefined) continue;
			this.#lately.delete(contact);
			this.#lately.set(contact, drop.at);
		}
		for (const [name, at] of this.#lately) {
			if (drop.at - at < LATELY_MS) break;
			this.#lately.delete(name);
		}
		const together = this.#together;
		together.push({ at: drop.at, names });
		for (let one = together[0]; one; one = together[0]) {
			const isOld = drop.at - one.at > LATELY_MS;
			if (!isOld && together.length <= DROPS_LATELY) break;
			this.#forgottenAt = one.at;
			together.shift();
		}
		for (const [name, { seq, at }] of this.#last) {
			const isOld = drop.at - at > this.#keptMs;
			if (!isOld && this.#last.size <= this.#remembered) break;
			this.#last.delete(name);
			this.#floor = seq;
		}
	}

	invalidatedSince(names: readonly string[], seq: number): boolean {
		if (seq === this.seq) return false;
		if (seq < this.#floor) return true;
		for (const name of names) {
			const drop = this.#last.get(name);
			if (drop && drop.seq > seq) return true;
		}
		return false;
	}

	forget(): void {
		this.seq++;
		this.#floor = this.seq;
	}

	lastInvalidated(name: string): number | undefined {
		return this.#last.get(name)?.at;
	}

	tagInvalidatedSince(name: string, at: number): boolean {
		const drop = this.#last.get(name);
		return drop !== undefined && drop.at > at;
	}

	invalidatedByOthers(
		names: readonly string[],
		at: number,
		contacts: readonly string[],
	): boolean {
		if (!names.some((name) => this.tagInvalidatedSince(name, at))) return false;
		if (contacts.length === 0 || this.#forgottenAt > at) return true;
		const own = new Set(names);
		const known = new Set(contacts);
		for (let index = this.#together.length - 1; index >= 0; index--) {
			const drop = this.#together[index] as Drop;
			if (drop.at <= at) break;
			const changed = drop.names.filter((name) => WHOLE_CONTACT.test(name));
			const isKnown =
				changed.length > 0 && changed.every((name) => known.has(name));
			if (!isKnown && drop.names.some((name) => own.has(name))) return true;
		}
		return false;
	}

	contactsInvalidatedWithin(withinMs: number): number {
		const now = this.#now();
		for (const [name, at] of this.#lately) {
			if (now - at < withinMs) break;
			this.#lately.delete(name);
		}
		return this.#lately.size;
	}
}
