/** Whole answers: the bytes a query was answered with, given again for as long as everything they show is still so. */
import { hash } from "node:crypto";
import type { LRUCache } from "lru-cache";
import {
	type Bounds,
	boundOf,
	FRESHNESS,
	type Freshness,
	LATE,
} from "./bounds.ts";
import type { Place } from "./drops.ts";
import { keyOf, type Renewal } from "./entry.ts";
import type { Demand, Reads } from "./reads.ts";
import { type Counters, countAge } from "./stats.ts";

export interface Answer {
	readonly bytes: Buffer;
	/** How many of them are the data; the rest says what the answer cost. */
	readonly dataBytes: number;
	/** When the oldest of its parts was read, epoch milliseconds. */
	readonly readAt: number;
	/** What the request's log line says of it. */
	readonly operation: string;
	readonly operationName: string | undefined;
}

/** An answer to be kept. */
export interface Given extends Omit<Answer, "readAt"> {
	/** What follows the data when it is given again, if that differs. */
	readonly endsWith?: string;
}

interface Kept extends Answer {
	/** As first written; rewritten when it is first given again, since many never are. */
	bytes: Buffer;
	endsWith: string | undefined;
	/** Of each of the values it shows. */
	readonly names: readonly (readonly string[])[];
	/** None of the names had moved when this many drops had been made. */
	seq: number;
	/** The oldest read of each freshness, beside FRESHNESS; Infinity where there was none. */
	readonly oldest: readonly number[];
	readonly until: number;
	/** Parts that can be read anew ahead of their bound, until somebody was told that it is time. */
	renewals: readonly Renewal[];
}

export interface AnswerCacheOptions {
	readonly kept: LRUCache<string, object>;
	readonly bounds: Bounds;
	readonly count: Counters;
	webhooksArriving(locationId: string): boolean;
	/** An answer is given again that soon will be past the bound of these parts. */
	renew(locationId: string, parts: readonly Renewal[]): void;
	now(): number;
}

const OVERHEAD = 600;
// A name is shared with the value it belongs to, but may outlive it.
const PER_NAME = 40;

export interface AnswerCache {
	/** `key` says what was asked and with which scopes; the location is the place's. */
	find(place: Place, key: string, demand: Demand): Answer | undefined;
	/** Keeps an answer made from `reads`, if all of it is still true. */
	keep(reads: Reads, key: string, given: Given): void;
}

export const createAnswerCache = ({
	kept,
	bounds,
	count,
	webhooksArriving,
	renew,
	now,
}: AnswerCacheOptions): AnswerCache => {
	/** How far the part that is nearest to its bound is on its way there; above 1 it is past it. */
	const wayOf = (
		{ oldest }: Kept,
		{ locationId }: Place,
		at: number,
	): number => {
		const arriving = webhooksArriving(locationId);
		let most = 0;
		for (let index = 0; index < FRESHNESS.length; index++) {
			const bound = boundOf(FRESHNESS[index] as Freshness, bounds, arriving);
			const way = (at - (oldest[index] as number)) / bound;
			// Nothing is late the moment it was read, whatever the bound: 0 of 0 is not more.
			if (way > most) most = way;
		}
		return most;
	};
	return {
		find(place, key, demand) {
			const answer = kept.get(keyOf(place.locationId, key)) as Kept | undefined;
			const at = now();
			const mayServe =
				answer !== undefined &&
				!demand.fresh &&
				at - answer.readAt <= demand.maxAgeMs &&
				at < answer.until;
			const way = mayServe ? wayOf(answer, place, at) : 0;
			if (!mayServe || way > 1 || hasMoved(answer, place)) {
				count.answerMisses++;
				return undefined;
			}
			if (answer.renewals.length && way > LATE) {
				renew(place.locationId, answer.renewals);
				answer.renewals = [];
			}
			// Drops up to here were looked at, so the next request need not look at them again.
			answer.seq = place.seq;
			if (answer.endsWith !== undefined) {
				answer.bytes = alone(
					answer.bytes.subarray(0, answer.dataBytes),
					Buffer.from(answer.endsWith),
				);
				answer.endsWith = undefined;
			}
			count.answerHits++;
			countAge(count, at - answer.readAt);
			return answer;
		},
		keep(reads, key, given) {
			const { place, used } = reads;
			if (reads.untracked || reads.stale.size || !reads.demand.keep) return;
			const names: (readonly string[])[] = [];
			let nameCount = 0;
			const oldest = FRESHNESS.map(() => Number.POSITIVE_INFINITY);
			let until = Number.POSITIVE_INFINITY;
			const renewals: Renewal[] = [];
			for (const entry of used) {
				if (place.movedSince(entry.names, entry.seq)) return;
				names.push(entry.names);
				nameCount += entry.names.length;
				const index = FRESHNESS.indexOf(entry.freshness);
				oldest[index] = Math.min(oldest[index] as number, entry.readAt);
				until = Math.min(until, entry.until);
				if (entry.renewal) renewals.push(entry.renewal);
			}
			const answer: Kept = {
				...given,
				bytes: isAlone(given.bytes) ? given.bytes : alone(given.bytes),
				endsWith: given.endsWith,
				names,
				seq: place.seq,
				readAt: Math.min(now(), ...oldest),
				oldest,
				until,
				renewals,
			};
			kept.set(keyOf(place.locationId, key), answer, {
				size:
					OVERHEAD + key.length + given.bytes.byteLength + nameCount * PER_NAME,
			});
		},
	};
};

const hasMoved = ({ names, seq }: Kept, place: Place): boolean => {
	if (seq === place.seq) return false;
	for (const some of names) if (place.movedSince(some, seq)) return true;
	return false;
};

const isAlone = ({ byteLength, buffer }: Buffer): boolean =>
	byteLength === buffer.byteLength;

/**
 * Bytes with memory of their own. Node cuts small buffers out of slabs of 64 KiB: one that is kept would hold all of its
 * slab, which is twenty times what is counted for it.
 */
const alone = (...parts: readonly Buffer[]): Buffer => {
	const length = parts.reduce((sum, part) => sum + part.byteLength, 0);
	const bytes = Buffer.allocUnsafeSlow(length);
	let at = 0;
	for (const part of parts) at += part.copy(bytes, at);
	return bytes;
};

/** A weak entity tag: of the data alone, whatever it cost this time. Equal data have equal tags on every process. */
export const etagOf = ({
	bytes,
	dataBytes,
}: Pick<Answer, "bytes" | "dataBytes">): string =>
	`W/"${hash("sha256", bytes.subarray(0, dataBytes), "base64url").slice(0, 27)}"`;
