/** Whole responses: the bytes a query was answered with, served again for as long as everything they show is still so. */
import { hash } from "node:crypto";
import type { LRUCache } from "lru-cache";
import { cacheKey, type RefreshTarget } from "./entry.ts";
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
	/** When the oldest of its values was read, epoch milliseconds. */
	readonly readAt: number;
	/** What the request's log line says of it. */
	readonly operation: string;
	readonly operationName: string | undefined;
}

/** A response to be kept. */
export interface NewResponse extends Omit<CachedResponse, "readAt"> {
	/** What follows the data when it is served again, if that differs. */
	readonly endsWith?: string;
}

/** Makes of a response's bytes what a caller takes in their place, such as the same compressed. */
export type Encode = (bytes: Buffer) => Buffer | Promise<Buffer>;

interface Kept extends CachedResponse {
	/** As first written; rewritten when it is first served again, since many never are. */
	bytes: Buffer;
	endsWith: string | undefined;
	/** Of each of the values it shows. */
	readonly tags: readonly (readonly string[])[];
	/** None of the tags had been invalidated up to this number of the location's log. */
	seq: number;
	/** The oldest read of each TTL class, beside TTL_CLASSES; null where there was none. */
	readonly oldest: readonly (number | null)[];
	readonly until: number | undefined;
	/** The bytes in other encodings, by name, once somebody asked for them. */
	readonly encoded: Readonly<Record<string, Buffer>>;
	/** Values that can be refreshed ahead of their TTL, until one refresh was requested. */
	refresh: readonly RefreshTarget[];
}

export interface ResponseCacheOptions {
	readonly kept: LRUCache<string, object>;
	readonly ttls: Ttls;
	readonly count: Counters;
	webhooksArriving(locationId: string): boolean;
	/** A response was served that will soon be past the TTL of these values. */
	refresh(locationId: string, targets: readonly RefreshTarget[]): void;
	/** As CacheOptions. */
	isCurrent(): boolean;
	now(): number;
}

const OVERHEAD = 600;
// A tag is shared with the value it belongs to, but may outlive it.
const PER_TAG = 40;

export interface ResponseCache {
	/** `key` says what was asked and with which scopes; the location is the log's. */
	find(
		log: InvalidationLog,
		key: string,
		control: CacheControl,
	): CachedResponse | undefined;
	/** A found response in another encoding, made once and kept with it. */
	encoded(
		log: InvalidationLog,
		key: string,
		response: CachedResponse,
		encoding: string,
		encode: Encode,
	): Buffer | Promise<Buffer>;
	/**
	 * Keeps a response made from what `session` used, if all of it is still true; where it may not evict, only where
	 * nothing has to go for it.
	 */
	keep(
		session: CacheSession,
		key: string,
		response: NewResponse,
		mayEvict?: boolean,
	): void;
}

export const createResponseCache = ({
	kept,
	ttls,
	count,
	webhooksArriving,
	refresh,
	isCurrent,
	now,
}: ResponseCacheOptions): ResponseCache => {
	/** The share of its TTL that the value nearest to it has used up; above 1 it is past it. */
	const usedShare = (
		{ oldest }: Kept,
		{ locationId }: InvalidationLog,
		at: number,
	): number => {
		const arriving = webhooksArriving(locationId);
		let most = 0;
		for (let index = 0; index < TTL_CLASSES.length; index++) {
			const readAt = oldest[index];
			if (readAt == null) continue;
			const ttlMs = ttlOf(TTL_CLASSES[index] as TtlClass, ttls, arriving);
			const share = (at - readAt) / ttlMs;
			// Nothing is late the moment it was read, whatever the TTL: 0 of 0 is not more.
			if (share > most) most = share;
		}
		return most;
	};
	/** What is encoded at this moment, for all who wait for it; by the bytes it is made of. */
	const beingEncoded = new WeakMap<Buffer, Map<string, Promise<Buffer>>>();
	return {
		find(log, key, control) {
			const response = kept.get(cacheKey(log.locationId, key)) as
				| Kept
				| undefined;
			const at = now();
			const mayServe =
				response !== undefined &&
				isCurrent() &&
				!control.noCache &&
				at - response.readAt <= control.maxAgeMs &&
				(response.until === undefined || at < response.until);
			const share = mayServe ? usedShare(response, log, at) : 0;
			if (!mayServe || share > 1 || isInvalidated(response, log)) {
				count.answerMisses++;
				return undefined;
			}
			if (response.refresh.length && share > REFRESH_AHEAD_SHARE) {
				refresh(log.locationId, response.refresh);
				response.refresh = [];
			}
			// Invalidations up to here were looked at, so the next request need not look at them again.
			response.seq = log.seq;
			if (response.endsWith !== undefined) {
				response.bytes = alone(
					response.bytes.subarray(0, response.dataBytes),
					Buffer.from(response.endsWith),
				);
				response.endsWith = undefined;
			}
			count.answerHits++;
			countAge(count, at - response.readAt);
			return response;
		},
		encoded(log, key, { bytes }, encoding, encode) {
			const at = cacheKey(log.locationId, key);
			const entry = kept.peek(at) as Kept | undefined;
			// It may have been pushed out, or made anew, since it was found.
			const isSame = entry?.bytes === bytes;
			const known = isSame ? entry.encoded[encoding] : undefined;
			if (known) return known;
			const making = beingEncoded.get(bytes);
			const underWay = making?.get(encoding);
			if (underWay) return underWay;
			const done = (made: Buffer): Buffer => {
				const now = kept.peek(at) as Kept | undefined;
				if (now?.bytes !== bytes) return made;
				const own = isAlone(made) ? made : alone(made);
				// A new object, since the size of one that is held already is not counted again.
				const grown = { ...now, encoded: { ...now.encoded, [encoding]: own } };
				kept.set(at, grown, { size: sizeOf(grown, key) });
				return own;
			};
			const made = encode(bytes);
			if (Buffer.isBuffer(made)) return done(made);
			const work = made
				.then(done)
				.finally(() => beingEncoded.get(bytes)?.delete(encoding));
			beingEncoded.set(bytes, (making ?? new Map()).set(encoding, work));
			return work;
		},
		keep(session, key, response, mayEvict = true) {
			if (!session.isStorable) return;
			const { log } = session;
			const tags: (readonly string[])[] = [];
			let readAt = now();
			const oldest: (number | null)[] = TTL_CLASSES.map(() => null);
			let until: number | undefined =
				session.until === Number.POSITIVE_INFINITY ? undefined : session.until;
			const targets: RefreshTarget[] = [];
			for (const entry of session.used) {
				if (!session.isCurrent(entry)) return;
				tags.push(entry.tags);
				const index = TTL_CLASSES.indexOf(entry.ttl);
				oldest[index] = Math.min(oldest[index] ?? entry.readAt, entry.readAt);
				readAt = Math.min(readAt, entry.readAt);
				if (entry.until !== undefined)
					until = Math.min(until ?? entry.until, entry.until);
				if (entry.refresh) targets.push(entry.refresh);
			}
			const { bytes } = response;
			const entry: Kept = {
				...response,
				bytes: isAlone(bytes) ? bytes : alone(bytes),
				endsWith: response.endsWith,
				tags,
				seq: log.seq,
				readAt,
				oldest,
				until,
				encoded: {},
				refresh: targets,
			};
			const size = sizeOf(entry, key);
			if (!mayEvict && kept.calculatedSize + size > kept.maxSize) return;
			kept.set(cacheKey(log.locationId, key), entry, { size });
		},
	};
};

const sizeOf = ({ bytes, tags, encoded }: Kept, key: string): number => {
	let size = OVERHEAD + key.length + bytes.byteLength;
	for (const some of tags) size += some.length * PER_TAG;
	for (const made of Object.values(encoded)) size += made.byteLength;
	return size;
};

const isInvalidated = ({ tags, seq }: Kept, log: InvalidationLog): boolean => {
	if (seq === log.seq) return false;
	for (const some of tags) if (log.invalidatedSince(some, seq)) return true;
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
}: Pick<CachedResponse, "bytes" | "dataBytes">): string => {
	let tag = etags.get(bytes);
	if (tag === undefined) {
		const data = bytes.subarray(0, dataBytes);
		tag = `W/"${hash("sha256", data, "base64url").slice(0, 27)}"`;
		etags.set(bytes, tag);
	}
	return tag;
};

// Of kept bytes the tag is asked for again and again, and to hash them is most of what it costs to serve them.
const etags = new WeakMap<Buffer, string>();
