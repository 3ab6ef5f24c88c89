/** What becomes of the keys of one tick that are not cached: some join reads in flight, the rest is fetched together. */
import type {
	CacheEntry,
	InFlightRead,
	RefreshTarget,
} from "../cache/entry.ts";
import type { FetchResult } from "../cache/value-cache.ts";
import type { Span } from "../tracing.ts";
import { type Context, type FetchContext, fetchContextOf } from "./context.ts";
import {
	allSettledOrAborted,
	isCallersOwn,
	type LoadedKeys,
	type LoaderKey,
	PendingLoad,
	startStaleTimeout,
} from "./pending-load.ts";

/** What a loader knows of its keys and values. */
export interface BatchSource<K, V> {
	readonly name: string;
	tags(key: K): readonly string[];
	fetch(
		keys: readonly K[],
		context: FetchContext,
	): Promise<ReadonlyArray<V | Error>>;
	/** What is kept of a value. */
	resultOf(key: K, value: V, context: FetchContext): FetchResult;
	targetOf(key: K): RefreshTarget;
}

/** One loader at work for one operation. */
export interface BatchLoad<K, V> {
	readonly context: Context;
	readonly loaded: LoadedKeys<V>;
	/** Asks again in a later batch, as if for the first time. */
	reload(key: LoaderKey<K>): Promise<V>;
}

interface Joined<K, V> {
	readonly one: PendingLoad<K, V>;
	readonly read: InFlightRead;
	readonly result: Promise<CacheEntry>;
}

/** A promise for each key: a stale value may be given while the others are still being read. */
export const loadBatch = <K, V>(
	keys: readonly LoaderKey<K>[],
	source: BatchSource<K, V>,
	load: BatchLoad<K, V>,
): readonly Promise<V>[] => {
	const { context, loaded } = load;
	const { cache, refreshAhead } = context;
	const own: PendingLoad<K, V>[] = [];
	const joined: Joined<K, V>[] = [];
	const all = keys.map((key) => new PendingLoad(key, loaded, cache));
	for (const one of all) {
		// Out of budget there is no use in waiting for it.
		if (
			one.hasStaleValue &&
			!context.trackedUpstream.hasRoom() &&
			one.resolveStale()
		) {
			refreshAhead.refreshNow(cache.log.locationId, source.targetOf(one.key));
			continue;
		}
		const read = cache.inFlight(one.at);
		// A refresh waits until nobody else wants to call: that is too long for a caller who has nothing else.
		if (read && (one.hasStaleValue || !read.isRefresh)) {
			if (read.span) context.tracing?.link(read.span);
			joined.push({ one, read, result: read.result() });
		} else own.push(one);
	}
	const others = joined.map(({ result }) => result);
	const fetched = own.length
		? fetchOwn(own, source, context, others)
		: undefined;
	if (joined.length) join(joined, [...others, fetched], load);
	return all.map(({ promise }) => promise);
};

/** What is asked for in one tick is given in one tick: else what is asked for below it falls apart into many calls. */
const join = <K, V>(
	joined: readonly Joined<K, V>[],
	all: readonly (Promise<unknown> | undefined)[],
	{ context: { cache, upstream }, reload }: BatchLoad<K, V>,
): void => {
	const { signal } = upstream;
	const askedAt = cache.log.seq;
	const ended = allSettledOrAborted(signal, all);
	for (const { one, read, result } of joined) {
		const given = ended.then(() => {
			signal?.throwIfAborted();
			return result;
		});
		startStaleTimeout([one], given, cache);
		given.then(
			(entry) => {
				cache.resume();
				// Some tags are known only from the value: the read may have begun before a change that this operation must see.
				if (askedAt > read.seq && !cache.isCurrent(entry))
					one.follow(reload(one));
				else one.resolve(entry);
			},
			(error) => {
				if (signal?.aborted) one.reject(error);
				// The one who asked first has left, or had less time to wait; that is no answer to those who have more. They
				// ask again, and again one of them asks for all.
				else if (read.isAborted() || isCallersOwn(error))
					one.follow(reload(one));
				else one.reject(error);
			},
		);
	}
};

/** `others` are awaited before anything is given. */
const fetchOwn = <K, V>(
	own: readonly PendingLoad<K, V>[],
	source: BatchSource<K, V>,
	context: Context,
	others: readonly Promise<unknown>[],
): Promise<unknown> => {
	const { cache, upstream } = context;
	const batch = readBatch(own, source, context, false);
	const given = others.length
		? allSettledOrAborted(upstream.signal, others).then(() => batch)
		: batch;
	startStaleTimeout(own, given, cache);
	given.then(
		(entries) => {
			cache.resume();
			for (const [index, one] of own.entries()) {
				const entry = entries[index] as CacheEntry | Error;
				if (entry instanceof Error) one.reject(entry);
				else one.resolve(entry);
			}
		},
		(error) => {
			for (const one of own) one.reject(error);
		},
	);
	return batch;
};

/** Reads the keys, so that others who want them meanwhile may wait for the same. */
export const readBatch = <K, V>(
	keys: readonly LoaderKey<K>[],
	source: BatchSource<K, V>,
	operation: Context,
	isRefresh: boolean,
): Promise<BatchResult> => {
	const { cache } = operation;
	const context = fetchContextOf(operation);
	let span: Span | undefined;
	const { tracing } = operation;
	const batch = tracing
		? tracing.span(
				`load ${source.name}`,
				{ "contact_graph.keys": keys.length },
				(own) => {
					span = own;
					return fetchAndStore(keys, source, context);
				},
			)
		: fetchAndStore(keys, source, context);
	const reads = keys.map(({ key, at }, index) => {
		const tags = source.tags(key);
		const read = inFlightRead(batch, index, { tags, context, isRefresh, span });
		cache.begin(at, read);
		return read;
	});
	const end = () => {
		for (const [index, { at }] of keys.entries())
			cache.end(at, reads[index] as InFlightRead);
	};
	batch.then(end, end);
	return batch;
};

const fetchAndStore = async <K, V>(
	keys: readonly LoaderKey<K>[],
	source: BatchSource<K, V>,
	context: FetchContext,
): Promise<BatchResult> => {
	const values = await source.fetch(
		keys.map(({ key }) => key),
		context,
	);
	return keys.map(({ key, at }, index) => {
		const value = values[index] as V | Error;
		return value instanceof Error
			? value
			: context.cache.store(at, source.resultOf(key, value, context));
	});
};

/** A batch of keys that is being read, as the cache shows it to others who want some of them. */
export type BatchResult = readonly (CacheEntry | Error)[];

/** One key of the batch. */
export const inFlightRead = (
	batch: Promise<BatchResult>,
	index: number,
	{
		tags,
		context: { snapshot, upstream },
		isRefresh,
		span,
	}: {
		readonly tags: readonly string[];
		readonly context: FetchContext;
		readonly isRefresh: boolean;
		readonly span: Span | undefined;
	},
): InFlightRead => ({
	tags,
	seq: snapshot.seq,
	readAt: snapshot.readAt,
	isRefresh,
	span,
	async result() {
		const entry = (await batch)[index] as CacheEntry | Error;
		if (entry instanceof Error) throw entry;
		return entry;
	},
	isAborted: () => upstream.signal?.aborted ?? false,
});
