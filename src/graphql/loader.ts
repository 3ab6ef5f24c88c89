/** Turns the keys of one tick into the fewest REST calls, for the life of one operation. */
import DataLoader from "dataloader";
import type { Context } from "./context.ts";

/** How long a value may be kept, by how we hear of its changes: a webhook, none, or it hardly ever changes. */
export type Freshness = "webhook" | "task" | "search" | "reference";

export interface LoaderOptions<K, V> {
	readonly freshness: Freshness;
	/** One spelling per key: two keys that spell the same are one read. */
	spell(key: K): string;
	/** The names a change drops (docs/design: names), without the location in front: `contact/c1/tasks`. */
	names(key: K): readonly string[];
	/** One value or one error per key, in the order of the keys; matched by id, never by the upstream's order. */
	fetch(
		keys: readonly K[],
		context: Context,
	): Promise<ReadonlyArray<V | Error>>;
}

export interface Loader<K, V> {
	load(context: Context, key: K): Promise<V>;
	/** Puts a value at hand that another read of the same operation brought along. The first value of a key stays. */
	prime(context: Context, key: K, value: V): void;
}

/** Made on first use in each context's memo; a new memo means empty loaders, which is how a subscription's events start fresh. */
export const loader = <K, V>(options: LoaderOptions<K, V>): Loader<K, V> => {
	const made = new WeakMap<object, DataLoader<K, V, string>>();
	const of = (context: Context) => {
		let found = made.get(context.memo);
		if (!found) {
			found = new DataLoader<K, V, string>(
				(keys) => options.fetch(keys, context),
				{ cacheKeyFn: options.spell },
			);
			made.set(context.memo, found);
		}
		return found;
	};
	return {
		load: (context, key) => of(context).load(key),
		prime(context, key, value) {
			of(context).prime(key, value);
		},
	};
};

/** For keys that are ids already. */
export const byId = (id: string): string => id;
