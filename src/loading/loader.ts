/** Turns the keys of one tick into the fewest REST calls: what the operation has or the cache holds is given at once. */
import DataLoader from "dataloader";
import type { CacheKey, RefreshTarget } from "../cache/entry.ts";
import type { CacheSession } from "../cache/session.ts";
import type { TtlClass } from "../cache/ttl.ts";
import type { FetchResult } from "../cache/value-cache.ts";
import type { LoaderCost } from "../cost/field-cost.ts";
import { type BatchSource, loadBatch, readBatch } from "./batch.ts";
import type { Context, FetchContext } from "./context.ts";
import type { LoadedKeys, LoaderKey } from "./pending-load.ts";
import { registerLoader } from "./refreshable.ts";
import {
	currentPath,
	type ResponsePath,
	setCurrentPath,
} from "./response-path.ts";

export interface LoaderOptions<K, V> {
	/** Unique; part of the keys of the cache. */
	readonly name: string;
	readonly ttl: TtlClass;
	/** The REST calls that `fetch` may make; what the costs of fields are made of. */
	readonly cost: LoaderCost;
	/** One spelling per key: two keys that spell the same are one read. */
	keyOf(key: K): string;
	/** The cache tags a change invalidates, without the location in front: `contact/c1/tasks`. */
	tags(key: K): readonly string[];
	/** Tags that are known only from the value: a page depends on every contact in it. */
	tagsIn?(value: V): readonly string[];
	/**
	 * Of what search brings: the tags of contacts whose last change the value shows, however far search lags, because
	 * they were read one by one. A change of these alone does not put it within search lag.
	 */
	currentTags?(value: V): readonly string[];
	/** Whether it shows some of these as they were read within search lag before, not now. */
	isPatched?(value: V): boolean;
	/**
	 * One value or one error per key, in the order of the keys; matched by id, never by the upstream's order. Values are
	 * plain data: they come back from the cache as JSON would bring them, and nobody may change them.
	 */
	fetch(
		keys: readonly K[],
		context: FetchContext,
	): Promise<ReadonlyArray<V | Error>>;
	/**
	 * How many keys `fetch` reads in one call, where it does: values that are asked for all the time are then refreshed
	 * together ahead of their TTL.
	 */
	batchSize?(context: Context): number;
}

export interface Loader<K, V> {
	readonly cost: LoaderCost;
	/** The value itself where it is cached, which saves a promise for every item of a list. */
	load(context: Context, key: K): V | Promise<V>;
	/**
	 * Keeps a value that another read brought along: for the `fetch` of that read. The first value of a key stays. What
	 * search brought is not taken within its lag after a change, unless `isCurrent`: it was read by itself since.
	 */
	prime(context: FetchContext, key: K, value: V, isCurrent?: boolean): void;
	/** What was kept last, even if it was invalidated since: good only for what never changes. */
	peek(context: Context, key: K): V | undefined;
}

/** Of one operation. */
interface Loads<K, V> extends LoadedKeys<V> {
	/** Gathers the misses of a tick; made for the first. */
	misses: DataLoader<LoaderKey<K>, V, CacheKey> | undefined;
}

/** @throws Error where another loader has the name, and where one says no cost. */
export const loader = <K, V>(options: LoaderOptions<K, V>): Loader<K, V> => {
	const { name, cost } = options;
	if (typeof cost !== "function")
		throw new Error(
			`The loader ${name} must say its cost, the REST calls its fetch may make, but got ${typeof cost}. Add cost, for example onceForEach("deals") of src/cost/field-cost.ts.`,
		);
	const keyAt = (cache: CacheSession, key: K) =>
		cache.key(`${name}:${options.keyOf(key)}`);
	const targetOf = (key: K): RefreshTarget => ({ loader: name, key });
	const tagsOf = (key: K, value: V): readonly string[] => {
		const tags = options.tags(key);
		if (!options.tagsIn || value === null) return tags;
		return [...tags, ...options.tagsIn(value)];
	};
	const source: BatchSource<K, V> = {
		name,
		tags: options.tags,
		fetch: options.fetch,
		resultOf: (key, value, { snapshot }): FetchResult => ({
			value,
			ttl: options.ttl,
			tags: tagsOf(key, value),
			snapshot,
			currentTags: options.currentTags?.(value),
			isPatched: options.isPatched?.(value),
			refresh: options.batchSize && targetOf(key),
		}),
		targetOf,
	};
	const loadsOf = ({ loads }: Context): Loads<K, V> =>
		loads.of<Loads<K, V>>(name, () => ({
			known: new Map(),
			paths: new Map(),
			misses: undefined,
		}));
	const missesOf = (loads: Loads<K, V>, context: Context) => {
		loads.misses ??= missLoader(source, loads, context);
		return loads.misses;
	};
	registerLoader(name, {
		keyOf: (key) => options.keyOf(key as K),
		batchSize: (context) => options.batchSize?.(context) ?? 1,
		async refresh(keys, context) {
			const { cache } = context;
			const wanted = (keys as readonly K[])
				.map((key) => ({ key, at: keyAt(cache, key) }))
				.filter(({ at }) => cache.needsRefresh(at));
			if (wanted.length) await readBatch(wanted, source, context, true);
		},
	});
	return {
		cost,
		load(context, key) {
			const { cache } = context;
			const loads = loadsOf(context);
			const at = keyAt(cache, key);
			const known = loads.known.get(at);
			if (known !== undefined) {
				loads.paths.get(at)?.push(currentPath());
				return known;
			}
			const entry = cache.find(at);
			if (entry) {
				if (entry.refresh && cache.isDueForRefresh(entry))
					context.refreshAhead.refreshSoon(cache.log.locationId, entry.refresh);
				loads.known.set(at, entry.value as V);
				return entry.value as V;
			}
			loads.paths.set(at, [currentPath()]);
			return missesOf(loads, context).load({ key, at });
		},
		peek: ({ cache }, key) => cache.peek(keyAt(cache, key)) as V | undefined,
		prime(context, key, value, isCurrent = false) {
			const { cache, snapshot } = context;
			const { known } = loadsOf(context);
			const at = keyAt(cache, key);
			if (known.has(at)) return;
			const result = source.resultOf(key, value, context);
			// The search that brought it may not show its last change yet.
			const mayLag = result.tags.some((tag) =>
				cache.withinSearchLag(tag, snapshot.readAt),
			);
			if (mayLag && !isCurrent) return;
			known.set(at, value);
			const entry = cache.store(at, { ...result, isPatched: isCurrent });
			// It is refreshed with what it was read with: nobody asked for it by its key.
			cache.use({ ...entry, refresh: undefined });
		},
	};
};

/**
 * Dispatches when all promise jobs of a tick have run, so that one level of a query is one batch. DataLoader resolves a
 * key with what the batch function gives for it; a promise there lets each key end in its own time.
 */
const missLoader = <K, V>(
	source: BatchSource<K, V>,
	loads: Loads<K, V>,
	context: Context,
): NonNullable<Loads<K, V>["misses"]> => {
	const { known } = loads;
	const misses: NonNullable<Loads<K, V>["misses"]> = new DataLoader(
		async (keys) => {
			const promises: readonly unknown[] = loadBatch(keys, source, {
				context,
				loaded: loads,
				reload: (key) => misses.clear(key).load(key),
			});
			return promises as readonly V[];
		},
		{
			cacheKeyFn: ({ at }) => at,
			// Values that are known already are never asked for here.
			cacheMap: known as Map<CacheKey, Promise<V>>,
		},
	);
	return misses;
};

/** Continues with a value: at once where it is cached, later where it is still being read. */
export const whenLoaded = <A, B>(
	value: A | Promise<A>,
	use: (value: A) => B | Promise<B>,
): B | Promise<B> => {
	if (!(value instanceof Promise)) return use(value);
	const path: ResponsePath | undefined = currentPath();
	return value.then((read) => {
		setCurrentPath(path);
		try {
			return use(read);
		} finally {
			setCurrentPath(undefined);
		}
	});
};

/** For keys that are ids already. */
export const byId = (id: string): string => id;
