/** Whole answers: the bytes a query was answered with, given again for as long as everything they show is still so. */
import { hash } from "node:crypto";
import type { LRUCache } from "lru-cache";
import { cacheKey, type Refresh } from "./entry.ts";
import type { InvalidationLog } from "./invalidation-log.ts";
import type { CacheControl, CacheSession } from "./session.ts";
import { type Counters, countAge } from "./stats.ts";
import {
	REFRESH_AHEAD_SHARE,
	TTL_CLASSES,
	type TtlClass,
	type Ttls,
	ttlOf,
} from "./ttl.ts";

export interface CachedResponse {
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
export interface NewResponse extends Omit<CachedResponse, "readAt"> {
	/** What follows the data when it is given again, if that differs. */
	readonly endsWith?: string;
}

interface Kept extends CachedResponse {
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
	renewals: readonly Refresh[];
}

export interface ResponseCacheOptions {
	readonly kept: LRUCache<string, object>;
	readonly bounds: Ttls;
	readonly count: Counters;
	webhooksArriving(locationId: string): boolean;
	/** An answer is given again that soon will be past the bound of these parts. */
	renew(locationId: string, parts: readonly Refresh[]): void;
	now(): number;
}

const OVERHEAD = 600;
// A name is shared with the value it belongs to, but may outlive it.
const PER_NAME = 40;

export interface ResponseCache {
	/** `key` says what was asked and with which scopes; the location is the place's. */
	find(
		place: InvalidationLog,
		key: string,
		demand: CacheControl,
	): CachedResponse | undefined;
	/** Keeps an answer made from `reads`, if all of it is still true. */
	keep(reads: CacheSession, key: string, given: NewResponse): void;
}

export const createResponseCache = ({
	kept,
	bounds,
	count,
	webhooksArriving,
	renew,
	now,
}: ResponseCacheOptions): ResponseCache => {
	/** How far the part that is nearest to its bound is on its way there; above 1 it is past it. */
	const wayOf = (
		{ oldest }: Kept,
		{ locationId }: InvalidationLog,
		at: number,
	): number => {
		const arriving = webhooksArriving(locationId);
		let most = 0;
		for (let index = 0; index < TTL_CLASSES.length; index++) {
			const bound = ttlOf(TTL_CLASSES[index] as TtlClass, bounds, arriving);
			const way = (at - (oldest[index] as number)) / bound;
			// Nothing is late the moment it was read, whatever the bound: 0 of 0 is not more.
			if (way > most) most = way;
		}
		return most;
	};
	return {
		find(place, key, demand) {
			const answer = kept.get(cacheKey(place.locationId, key)) as
				| Kept
				| undefined;
			const at = now();
			const mayServe =
				answer !== undefined &&
				!demand.noCache &&
				at - answer.readAt <= demand.maxAgeMs &&
				at < answer.until;
			const way = mayServe ? wayOf(answer, place, at) : 0;
			if (!mayServe || way > 1 || hasMoved(answer, place)) {
				count.answerMisses++;
				return undefined;
			}
			if (answer.renewals.length && way > REFRESH_AHEAD_SHARE) {
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
			const { log, used } = reads;
			if (reads.untracked || reads.stale.size || !reads.control.mayStore)
				return;
			const names: (readonly string[])[] = [];
			let nameCount = 0;
			const oldest = TTL_CLASSES.map(() => Number.POSITIVE_INFINITY);
			let until = Number.POSITIVE_INFINITY;
			const renewals: Refresh[] = [];
			for (const entry of used) {
				if (log.invalidatedSince(entry.tags, entry.seq)) return;
				names.push(entry.tags);
				nameCount += entry.tags.length;
				const index = TTL_CLASSES.indexOf(entry.ttl);
				oldest[index] = Math.min(oldest[index] as number, entry.readAt);
				until = Math.min(until, entry.until);
				if (entry.refresh) renewals.push(entry.refresh);
			}
			const answer: Kept = {
				...given,
				bytes: isAlone(given.bytes) ? given.bytes : alone(given.bytes),
				endsWith: given.endsWith,
				names,
				seq: log.seq,
				readAt: Math.min(now(), ...oldest),
				oldest,
				until,
				renewals,
			};
			kept.set(cacheKey(log.locationId, key), answer, {
				size:
					OVERHEAD + key.length + given.bytes.byteLength + nameCount * PER_NAME,
			});
		},
	};
};

const hasMoved = ({ names, seq }: Kept, place: InvalidationLog): boolean => {
	if (seq === place.seq) return false;
	for (const some of names) if (place.invalidatedSince(some, seq)) return true;
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
}: Pick<CachedResponse, "bytes" | "dataBytes">): string =>
	`W/"${hash("sha256", bytes.subarray(0, dataBytes), "base64url").slice(0, 27)}"`;
