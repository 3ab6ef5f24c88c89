/**
 * The words in which a field says, before anything runs, how many REST calls resolving it may cost.
 *
 * A field carries `extensions: { calls: (ask) => ... }`. It tells `ask` what its loaders would be asked for, exactly as
 * its resolver asks them, and returns the things it finds, so that the fields below know how many there are. Whatever
 * loaders share is counted once: the same list, the same key, the same page.
 */
import type { LocationFacts } from "../upstream/location-facts.ts";
import { eitherId } from "./global-id.ts";

/** Objects at one place of an answer. */
export interface Things {
	/** Two places with the same key hold the same objects. */
	readonly key: string;
	/** At most this many distinct ones. */
	readonly count: number;
	/** In at most this many ticks they arrive; what arrives together is asked for together. */
	readonly waves: number;
	/** The contacts they belong to, where they were read through those. */
	readonly owner?: Things;
	/** How contacts were found: rows of a `page` know other fields than one read by the `id` a caller named;
	 * a `batch` is read by ids that an answer named, and `found` by the duplicate search. */
	readonly by?: "page" | "id" | "batch" | "found";
	/** Reached again from below, after the fields beside it were asked for. */
	readonly again?: true;
}

/** What is found, for fields of an interface by type. */
export type Found =
	| Things
	| { readonly byType: Readonly<Record<string, Things>> };

export type Calls = (ask: Ask) => Found | undefined;

/** What is known of the location when a price is reckoned. */
export interface Situation {
	readonly locationId: string;
	readonly facts: LocationFacts;
	/** Contacts that changed so lately that search may not know it: they are read one by one. */
	readonly changedLately: number;
	readonly maxPageSize: number;
}

export interface Ask extends Situation {
	/** The field's arguments as its resolver gets them. */
	readonly args: Readonly<Record<string, unknown>>;
	/** The objects the field is asked of; one for a root field. */
	readonly parent: Things;
	/** A list that is read at most once for the whole operation. */
	once(what: string, calls?: number): void;
	/** One call for each of the things. */
	each(what: string, things: Things): void;
	/** Things asked for together as they arrive: `calls` for so many of them in so many batches. */
	batch(
		what: string,
		things: Things,
		calls: (count: number, batches: number) => number,
	): void;
	/** One key of a loader, named by the caller; `calls` for all the distinct keys of the operation together. */
	key(what: string, key: string, calls: (keys: number) => number): void;
	/** What hangs on how many distinct keys of a loader the operation names; `what` is counted once. */
	later(what: string, keysOf: string, calls: (keys: number) => number): void;
}

/** The id a field's argument `id` names, whether as a global id of the type or as the upstream's own. */
export const idIn = ({ args, locationId }: Ask, type: string): string => {
	const text = String(args.id);
	try {
		return eitherId(text, type, { viewer: { locationId } });
	} catch {
		return text; // Refused before any call is made for it.
	}
};

/** How many objects a `first` or `limit` may bring. */
export const pageOf = (
	{ args, maxPageSize }: Ask,
	fallback = 20,
	argument = "first",
): number => {
	const given = args[argument];
	const size = typeof given === "number" ? given : fallback;
	return Math.max(0, Math.min(size, maxPageSize));
};

/** How many a whole list may hold for each owner, where only the answer will tell. */
export const EACH_HAS = 20;

/** Things that belong to contacts, read through them. */
export const belongingTo = (what: string, owner: Things): Things => ({
	key: `${what} of ${owner.key}`,
	count: owner.count * EACH_HAS,
	waves: owner.count,
	owner,
});

/** The owner seen from what belongs to it. */
export const backTo = (owner: Things, from: Things): Things => ({
	...owner,
	waves: Math.max(owner.waves, from.waves),
	again: true,
});

/** One of something else for each of the things. */
export const oneForEach = (what: string, things: Things): Things => ({
	key: `${what} of ${things.key}`,
	count: things.count,
	waves: things.waves,
});

/** What is asked for together comes in two waves at most: what the cache holds at once, and the rest. */
export const inTwoWaves = ({ count, waves }: Things): number =>
	Math.min(count, 2 * waves);

/** A location's list, read in one call. */
export const listOf =
	(what: string): Calls =>
	(ask) => {
		ask.once(what);
		return undefined;
	};
