/**
 * The words in which a field says, before anything runs, how many REST calls resolving it may cost.
 *
 * A field carries `extensions: { calls: (ask) => ... }`. It tells `ask` what its loaders would be asked for, exactly as
 * its resolver asks them, and returns the things it finds, so that the fields below know how many there are. Whatever
 * loaders share is counted once: the same list, the same key, the same page.
 */

import type { LocationFacts } from "../upstream/location-facts.ts";

/** Objects at one place of an answer. */
export interface Cardinality {
	/** Two places with the same key hold the same objects. */
	readonly key: string;
	/** At most this many distinct ones. */
	readonly count: number;
	/** In at most this many ticks they arrive; what arrives together is asked for together. */
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

export type FieldCost = (ask: CostContext) => Found | undefined;

/** What is known of the location when a price is reckoned. */
export interface CostSituation {
	readonly locationId: string;
	readonly facts: LocationFacts;
	/** Contacts that changed so lately that search may not know it: they are read one by one. */
	readonly changedLately: number;
	readonly maxPageSize: number;
}

export interface CostContext extends CostSituation {
	/** The field's arguments as its resolver gets them. */
	readonly args: Readonly<Record<string, unknown>>;
	/** The objects the field is asked of; one for a root field. */
	readonly parent: Cardinality;
	/** A list that is read at most once for the whole operation. */
	once(what: string, calls?: number): void;
	/** One call for each of the things. */
	each(what: string, things: Cardinality): void;
	/** Things asked for together as they arrive: `calls` for so many of them in so many batches. */
	batch(
		what: string,
		things: Cardinality,
		calls: (count: number, batches: number) => number,
	): void;
	/** One key of a loader, named by the caller; `calls` for all the distinct keys of the operation together. */
	key(what: string, key: string, calls: (keys: number) => number): void;
	/** What hangs on how many distinct keys of a loader the operation names; `what` is counted once. */
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

/** How many a whole list may hold for each owner, where only the answer will tell. */
export const ITEMS_PER_LIST = 20;

/** Things that belong to contacts, read through them. */
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

/** One of something else for each of the things. */
export const oneForEach = (what: string, things: Cardinality): Cardinality => ({
	key: `${what} of ${things.key}`,
	count: things.count,
	batches: things.batches,
});

/** What is asked for together comes in two waves at most: what the cache holds at once, and the rest. */
export const inTwoBatches = ({ count, batches }: Cardinality): number =>
	Math.min(count, 2 * batches);

/** A location's list, read in one call. */
export const wholeListCost =
	(what: string): FieldCost =>
	(ask) => {
		ask.once(what);
		return undefined;
	};
