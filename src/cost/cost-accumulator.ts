/** Adds up what the fields of one operation ask of the loaders, counting what loaders share once. */
import type { Cardinality } from "./field-cost.ts";

export interface CostAccumulator {
	once(field: string, what: string, calls: number): void;
	each(field: string, what: string, things: Cardinality): void;
	batch(
		field: string,
		what: string,
		things: Cardinality,
		calls: (count: number, batches: number) => number,
	): void;
	key(
		field: string,
		what: string,
		key: string,
		calls: (keys: number) => number,
	): void;
	later(
		field: string,
		what: string,
		keysOf: string,
		calls: (keys: number) => number,
	): void;
	/** Calls by the field that asks first. */
	total(): Map<string, number>;
}

interface Batch {
	readonly field: string;
	readonly things: Cardinality;
	readonly calls: (count: number, batches: number) => number;
	/** Ticks in which they are asked for where they arrive, and where they are reached again later. */
	first: number;
	again: number;
}

export const createCostAccumulator = (): CostAccumulator => {
	const fixed = new Map<string, { field: string; calls: number }>();
	const batches = new Map<string, Batch>();
	const keys = new Map<
		string,
		{ field: string; keys: Set<string>; calls: (keys: number) => number }
	>();
	const laters = new Map<
		string,
		{ field: string; keysOf: string; calls: (keys: number) => number }
	>();

	const most = (name: string, field: string, calls: number) => {
		const known = fixed.get(name);
		if (!known || known.calls < calls)
			fixed.set(name, { field: known?.field ?? field, calls });
	};
	return {
		once: (field, what, calls) => most(what, field, calls),
		each: (field, what, things) =>
			most(`${what}\n${things.key}`, field, things.count),
		batch(field, what, things, calls) {
			const name = `${what}\n${things.key}`;
			let batch = batches.get(name);
			if (!batch) {
				batch = { field, things, calls, first: 0, again: 0 };
				batches.set(name, batch);
			}
			if (things.isOwnerAgain) batch.again += things.batches;
			else batch.first = Math.max(batch.first, things.batches);
		},
		key(field, what, key, calls) {
			const known = keys.get(what);
			if (known) known.keys.add(key);
			else keys.set(what, { field, keys: new Set([key]), calls });
		},
		later(field, what, keysOf, calls) {
			if (!laters.has(what)) laters.set(what, { field, keysOf, calls });
		},
		total() {
			const sum = new Map<string, number>();
			const add = (field: string, calls: number) => {
				if (calls > 0) sum.set(field, (sum.get(field) ?? 0) + calls);
			};
			for (const { field, calls } of fixed.values()) add(field, calls);
			// Asked for where they arrive, they are at hand when they are reached again.
			for (const { field, things, calls, first, again } of batches.values())
				add(field, calls(things.count, Math.min(things.count, first || again)));
			for (const { field, keys: distinct, calls } of keys.values())
				add(field, calls(distinct.size));
			for (const { field, keysOf, calls } of laters.values())
				add(field, calls(keys.get(keysOf)?.keys.size ?? 0));
			return sum;
		},
	};
};
