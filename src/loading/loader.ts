/** Turns the keys of one tick into the fewest REST calls: what the operation has or the cache holds is given at once. */

import type { CacheEntry, CacheKey, InFlightRead } from "../cache/entry.ts";
import type { Snapshot } from "../cache/session.ts";
import type { TtlClass } from "../cache/ttl.ts";
import type { Upstream } from "../upstream/client.ts";
import { Raws } from "../upstream/raw.ts";
import type { Context } from "./context.ts";
import {
	allSettledOrAborted,
	BatchRead,
	isCallersOwn,
	type Memo,
	PendingLoad,
	startStaleTimeout,
} from "./pending-load.ts";
import type { Refreshable } from "./refresh-ahead.ts";
import {
	currentPath,
	pathKeys,
	type ResponsePath,
	setCurrentPath,
} from "./response-path.ts";

export type { TtlClass as Freshness } from "../cache/ttl.ts";

export interface LoaderOptions<K, V> {
	readonly ttl: TtlClass;
	/** One spelling per key: two keys that spell the same are one read. */
	keyOf(key: K): string;
	/** The names a change drops (docs/design: names), without the location in front: `contact/c1/tasks`. */
	tags(key: K): readonly string[];
	/** Names that only the value tells: a page depends on every contact in it. */
	tagsIn?(value: V): readonly string[];
	/**
	 * Of what search brings: the names of contacts whose last change the value shows, however far search lags, because
	 * they were read one by one. A change of these alone does not make it unsettled.
	 */
	currentTags?(value: V): readonly string[];
	/** Whether it shows some of these as they were read within search's lag before, not now. */
	isPatched?(value: V): boolean;
	/** One value or one error per key, in the order of the keys; matched by id, never by the upstream's order. */
	fetch(
		keys: readonly K[],
		context: Context,
	): Promise<ReadonlyArray<V | Error>>;
	/**
	 * How many keys `fetch` reads in one call, where it does: values that are asked for all the time are then read anew
	 * together before they are past their bound.
	 */
	batchSize?(context: Context): number;
}

export interface Loader<K, V> {
	/** The value itself where it is at hand, which saves a promise for every item of a list. */
	load(context: Context, key: K): V | Promise<V>;
	/**
	 * Puts a value at hand that another read of the same operation brought along: call it within `fetch`, with the
	 * context given there. The first value of a key stays. What search brought is not taken within its lag after a change,
	 * unless `isCurrent`: it was read by itself since.
	 */
	prime(context: Context, key: K, value: V, isCurrent?: boolean): void;
	/** What was kept last, even if it was dropped since: good only for what never changes. */
	peek(context: Context, key: K): V | undefined;
}

/** Continues with a value: at once where it is at hand, later where it is still being read. */
export const whenLoaded = <A, B>(
	value: A | Promise<A>,
	use: (value: A) => B | Promise<B>,
): B | Promise<B> => {
	if (!(value instanceof Promise)) return use(value);
	const place = currentPath();
	return value.then((read) => {
		setCurrentPath(place);
		try {
			return use(read);
		} finally {
			setCurrentPath(undefined);
		}
	});
};

/** Made on first use in each context's memo; a new memo means empty loaders, which is how a subscription's events start fresh. */
export const loader = <K, V>(options: LoaderOptions<K, V>): Loader<K, V> => {
	const number = made++;
	const prefix = `${number}:`;
	const of: Refreshable["of"] = {
		together: (context) => options.batchSize?.(context) ?? 1,
		async renew(all, context) {
			const { cache } = context;
			const wanted = (all as readonly KeyRenewal<K>[]).filter(
				({ at }) => cache.needsRefresh(at) && !cache.isInFlight(at),
			);
			if (wanted.length) await flown(wanted, context, true);
		},
	};
	const renewalOf = ({ key, at }: Asked<K>): KeyRenewal<K> => ({ key, at, of });
	const memoOf = (context: Context): Memo<K, V> => {
		// On the object itself: a WeakMap with an entry for every request makes each collection of garbage slow.
		const memos = context.memo as Record<number, Memo<K, V> | undefined>;
		let memo = memos[number];
		if (!memo) {
			memo = { known: new Map(), waiting: [], places: new Map() };
			memos[number] = memo;
		}
		return memo;
	};
	return {
		load(context, key) {
			const { cache } = context;
			const memo = memoOf(context);
			const at = cache.key(prefix + options.keyOf(key));
			const known = memo.known.get(at);
			if (known !== undefined) {
				memo.places.get(at)?.push(currentPath());
				return known;
			}
			const kept = cache.find(at);
			if (kept) {
				if (kept.refresh && cache.isDueForRefresh(kept))
					context.refreshAhead.refreshSoon(
						cache.log.locationId,
						kept.refresh as Refreshable,
					);
				memo.known.set(at, kept.value as V);
				return kept.value as V;
			}
			const one = new PendingLoad<K, V>(key, at, memo, context);
			memo.known.set(at, one.promise);
			memo.places.set(at, one.paths);
			ask(one, memo, context);
			return one.promise;
		},
		peek: ({ cache }, key) =>
			cache.peek(cache.key(prefix + options.keyOf(key))) as V | undefined,
		prime(context, key, value, isCurrent = false) {
			const { cache } = context;
			const { known } = memoOf(context);
			const at = cache.key(prefix + options.keyOf(key));
			if (known.has(at)) return;
			const tags = namesOf(options, key, value);
			const reading = readings.get(context);
			const mark = reading?.mark;
			// The search that brought it may not have heard of its last change when it was asked.
			const isSettling = (name: string) =>
				cache.withinSearchLag(name, mark?.readAt);
			if (!isCurrent && tags.some(isSettling)) return;
			known.set(at, value);
			if (!reading) return;
			const entry = cache.store(at, {
				value,
				ttl: options.ttl,
				tags,
				snapshot: reading.mark,
				raw: reading.raws.get(value),
				areAllNew: reading.areAllNew,
				isPatched: isCurrent,
				refresh: options.batchSize && renewalOf({ key, at }),
			});
			// What it was read with is read anew with it: nobody asked for it by its key.
			cache.use({ ...entry, refresh: undefined });
		},
	};

	function ask(
		one: PendingLoad<K, V>,
		memo: Memo<K, V>,
		context: Context,
	): void {
		memo.waiting.push(one);
		if (memo.waiting.length === 1) afterThisTick(() => send(memo, context));
	}

	function send(memo: Memo<K, V>, context: Context): void {
		const { waiting } = memo;
		const { cache } = context;
		const askedAt = cache.log.seq;
		const { signal } = context.upstream;
		const own: PendingLoad<K, V>[] = [];
		const joined: {
			one: PendingLoad<K, V>;
			landed: Promise<CacheEntry>;
			flight: InFlightRead;
		}[] = [];
		for (const one of waiting.splice(0)) {
			one.hasStaleValue = cache.hasStale(one.at);
			// Out of budget there is no use in waiting for it.
			if (
				one.hasStaleValue &&
				!context.trackedUpstream.hasRoom() &&
				one.resolveStale()
			) {
				context.refreshAhead.refreshNow(cache.log.locationId, renewalOf(one));
				continue;
			}
			const flight = cache.inFlight(one.at);
			// A renewal waits until nobody else wants to call: that is too long for who has nothing else.
			if (flight && (one.hasStaleValue || !flight.isRefresh))
				joined.push({ one, flight, landed: flight.result() });
			else own.push(one);
		}
		if (!joined.length) {
			if (own.length) fetch(own, context);
			return;
		}
		const others = joined.map(({ landed }) => landed);
		const answer = own.length ? fetch(own, context, others) : undefined;
		// What is asked for in one tick is given in one tick: else what is asked for below it falls apart into many calls.
		const all = allSettledOrAborted(signal, [...others, answer]);
		for (const { one, landed, flight } of joined) {
			const given = all.then(() => {
				signal?.throwIfAborted();
				return landed;
			});
			startStaleTimeout([one], given, context);
			given.then(
				(entry) => {
					cache.resume();
					// What it hangs on only the value tells: it may have begun before a change that this one asked after.
					if (askedAt > flight.seq && !cache.isCurrent(entry))
						ask(one, memo, context);
					else one.resolve(entry);
				},
				(error) => {
					if (signal?.aborted) one.reject(error);
					// The one who asked first has left, or had less time to wait; that is no answer to those who have more. They
					// ask again, and again one of them asks for all.
					else if (flight.isAborted() || isCallersOwn(error))
						ask(one, memo, context);
					else one.reject(error);
				},
			);
		}
	}

	/** `others` are awaited before anything is given. */
	function fetch(
		asked: readonly PendingLoad<K, V>[],
		context: Context,
		others?: readonly Promise<unknown>[],
	): Promise<unknown> {
		const batch = flown(asked, context, false);
		const given = others
			? allSettledOrAborted(context.upstream.signal, others).then(() => batch)
			: batch;
		startStaleTimeout(asked, given, context);
		given.then(
			(entries) => {
				context.cache.resume();
				for (const [index, one] of asked.entries()) {
					const entry = entries[index] as CacheEntry | Error;
					if (entry instanceof Error) one.reject(entry);
					else one.resolve(entry);
				}
			},
			(error) => {
				for (const one of asked) one.reject(error);
			},
		);
		return batch;
	}

	/** Reads the keys, so that others who want them meanwhile may wait for the same. */
	function flown(
		asked: readonly Asked<K>[],
		context: Context,
		renews: boolean,
	): Promise<readonly (CacheEntry | Error)[]> {
		const { cache } = context;
		const mark = cache.snapshot();
		const raws = new Raws();
		const within = {
			...context,
			upstream: recording(context.trackedUpstream, raws),
		};
		const areAllNew = !asked.some(({ at }) => cache.has(at));
		const reading = { mark, raws, areAllNew };
		readings.set(within, reading);
		const batch = read(asked, within, reading);
		const flights = asked.map(({ key, at }, index) => {
			const names = options.tags(key);
			const flight = new BatchRead(batch, index, {
				names,
				mark,
				context,
				renews,
			});
			cache.begin(at, flight);
			return flight;
		});
		const end = () => {
			for (const [index, { at }] of asked.entries())
				cache.end(at, flights[index] as InFlightRead);
		};
		batch.then(end, end);
		return batch;
	}

	async function read(
		asked: readonly Asked<K>[],
		context: Context,
		{ mark: snapshot, raws, areAllNew }: Reading,
	): Promise<readonly (CacheEntry | Error)[]> {
		const values = await options.fetch(
			asked.map(({ key }) => key),
			context,
		);
		return asked.map((one, index) => {
			const value = values[index] as V | Error;
			if (value instanceof Error) return value;
			return context.cache.store(one.at, {
				value,
				ttl: options.ttl,
				tags: namesOf(options, one.key, value),
				snapshot,
				raw: raws.get(value),
				areAllNew,
				currentTags: options.currentTags?.(value),
				isPatched: options.isPatched?.(value),
				refresh: options.batchSize && renewalOf(one),
			});
		});
	}
};

interface KeyRenewal<K> extends Asked<K>, Refreshable {}

interface Asked<K> {
	readonly key: K;
	readonly at: CacheKey;
}

let made = 0;

/** Calls tell what their values were made of. */
const recording = (upstream: Upstream, raws: Raws): Upstream => ({
	...upstream,
	call: (operation, request) => upstream.call(operation, request, raws),
	isPart: (...part) => raws.part(...part),
});

/** A read on whose behalf a context is handed to `fetch`. */
interface Reading {
	readonly mark: Snapshot;
	/** What its calls were answered with. */
	readonly raws: Raws;
	/** The cache knew none of its keys. */
	readonly areAllNew: boolean;
}

const readings = new WeakMap<Context, Reading>();

// All promise jobs of a tick run first, so that one level of a query is one batch.
const afterThisTick = (send: () => void): void => {
	Promise.resolve().then(() => process.nextTick(send));
};

const namesOf = <K, V>(
	options: LoaderOptions<K, V>,
	key: K,
	value: V,
): readonly string[] => {
	const names = options.tags(key);
	if (!options.tagsIn || value === null) return names;
	return [...names, ...options.tagsIn(value)];
};

/** For keys that are ids already. */
export const byId = (id: string): string => id;

/** The paths of an answer that show values past their bound; an empty path where the executor did not tell. */
export const stalePaths = ({ cache }: Context): (string | number)[][] => {
	const paths = new Map<string, (string | number)[]>();
	for (const places of cache.stale)
		for (const place of places) {
			const path = pathKeys(place as ResponsePath | undefined);
			paths.set(JSON.stringify(path), path);
		}
	return [...paths.values()];
};

/** For the extensions of an answer; undefined when nothing in it is past its bound. */
export const staleIn = (
	context: Context,
): { stale: (string | number)[][] } | undefined =>
	context.cache.stale.size ? { stale: stalePaths(context) } : undefined;
