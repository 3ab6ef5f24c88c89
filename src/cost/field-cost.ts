/**
 * How a field declares, before anything runs, how many REST calls resolving it may cost.
 *
 * A field has `extensions: { cost: (cost) => ... }`. The function adds to `cost` what its loaders would read, exactly as
 * its resolver calls them, and returns how many objects it finds, so that the fields below know their number. What
 * loaders share is counted once: the same list, the same key, the same page.
 */

import type { DirectiveNode, FieldNode, GraphQLField } from "graphql";
import type { LocationFacts } from "../upstream/location-facts.ts";

/** How many objects there may be at one path of an answer. */
export interface Cardinality {
	/** Two paths with the same key hold the same objects. */
	readonly key: string;
	/** At most this many distinct ones. */
	readonly count: number;
	/** They arrive in at most this many ticks; what arrives in one tick is read in one batch. */
	readonly batches: number;
	/** The contacts they belong to, where they were read through those. */
	readonly owner?: Cardinality;
	/** How contacts were found: rows of a `page` know other fields than one read by the `id` a caller named;
	 * a `batch` is read by ids that an answer named, and `found` by the duplicate search. */
	readonly by?: "page" | "id" | "batch" | "found";
	/** Reached again from below, after the fields beside it were asked for. */
	readonly isOwnerAgain?: true;
}

/** What is found, for fields of an interface by type. */
export type Found =
	| Cardinality
	| { readonly byType: Readonly<Record<string, Cardinality>> };

export type FieldCost = (cost: CostContext) => Found | undefined;

/** What is known of the location when a cost is computed. */
export interface CostSituation {
	readonly locationId: string;
	readonly facts: LocationFacts;
	/** Contacts that changed within search lag: search may not show the change, so they are read one by one. */
	readonly recentlyChanged: number;
	readonly maxPageSize: number;
}

export interface CostContext extends CostSituation {
	/** The field's arguments as its resolver gets them. */
	readonly args: Readonly<Record<string, unknown>>;
	/** The objects that the field is selected on; one for a root field. */
	readonly parent: Cardinality;
	/** A list that is read at most once for the whole operation. */
	once(what: string, calls?: number): void;
	/** One call for each object. */
	each(what: string, objects: Cardinality): void;
	/** Objects read together as they arrive: `calls` for so many of them in so many batches. */
	batch(
		what: string,
		objects: Cardinality,
		calls: (count: number, batches: number) => number,
	): void;
	/** One key of a loader, named by the caller; `calls` for all the distinct keys of the operation together. */
	key(what: string, key: string, calls: (keys: number) => number): void;
	/** Calls that depend on how many distinct keys of a loader the operation names; `what` is counted once. */
	later(what: string, keysOf: string, calls: (keys: number) => number): void;
}

/** How many objects a `first` or `limit` may bring. */
export const pageSizeIn = (
	{ args, maxPageSize }: CostContext,
	fallback = 20,
	argument = "first",
): number => {
	const given = args[argument];
	const size = typeof given === "number" ? given : fallback;
	return Math.max(0, Math.min(size, maxPageSize));
};

/** How many a whole list may hold for each owner, where only the answer will show it. */
export const ITEMS_PER_LIST = 20;

/** Objects that belong to contacts, read through them. */
export const childrenOf = (what: string, owner: Cardinality): Cardinality => ({
	key: `${what} of ${owner.key}`,
	count: owner.count * ITEMS_PER_LIST,
	batches: owner.count,
	owner,
});

/** The owner seen from what belongs to it. */
export const ownerOf = (
	owner: Cardinality,
	from: Cardinality,
): Cardinality => ({
	...owner,
	batches: Math.max(owner.batches, from.batches),
	isOwnerAgain: true,
});

/** One other object for each of these. */
export const oneForEach = (
	what: string,
	objects: Cardinality,
): Cardinality => ({
	key: `${what} of ${objects.key}`,
	count: objects.count,
	batches: objects.batches,
});

/** What is read together arrives in two batches at most: what the cache holds at once, and the rest. */
export const inTwoBatches = ({ count, batches }: Cardinality): number =>
	Math.min(count, 2 * batches);

/** Adds to `cost` the calls a loader's `fetch` may make for these objects. */
export type LoaderCost = (cost: CostContext, objects: Cardinality) => void;

/** Of a loader of one list of the location. */
export const onceForLocation =
	(what: string): LoaderCost =>
	(cost) =>
		cost.once(what);

/** Of a loader that makes one call for each object. */
export const onceForEach =
	(what: string): LoaderCost =>
	(cost, objects) =>
		cost.each(what, objects);

/** Of a loader that makes one call for each key that the caller names. */
export const onceForKey =
	(what: string): LoaderCost =>
	(cost, { key }) =>
		cost.key(what, key, (keys) => keys);

interface Costed {
	readonly cost: LoaderCost;
}

/** Of a field whose value has nothing below it that costs calls. */
export const costOfReading =
	(loader: Costed): FieldCost =>
	(cost) => {
		loader.cost(cost, cost.parent);
		return undefined;
	};

/** Of a field with the list that belongs to each of its objects. */
export const costOfList =
	(loader: Costed, what: string): FieldCost =>
	(cost) => {
		loader.cost(cost, cost.parent);
		return childrenOf(what, cost.parent);
	};

/** The one object that the caller names by these ids. */
export const named = (
	what: string,
	...ids: readonly string[]
): Cardinality => ({
	key: `${what} ${ids.join(" ")}`,
	count: 1,
	batches: 1,
});

/** One that is named, with what reading it costs. */
export const costOfNamed = (
	loader: Costed,
	cost: CostContext,
	object: Cardinality,
): Cardinality => {
	loader.cost(cost, object);
	return object;
};

/** What of a document can cost calls: the priced fields with their way to them. */
export interface CostedField {
	/** Response names from the root: `contacts.nodes.notes`. */
	readonly path: string;
	readonly node: FieldNode;
	readonly field: GraphQLField<unknown, unknown>;
	readonly cost: FieldCost | undefined;
	/** `@skip` and `@include` on the way to it from its parent field. */
	readonly when: readonly DirectiveNode[];
	readonly below: CostPlan;
}

/** The fields that count, by the type of the object they are asked of. */
export type CostPlan = ReadonlyMap<string, readonly CostedField[]>;
