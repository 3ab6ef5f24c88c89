/**
 * Cache tags: one spelling that is at once what a cached value depends on, what a change invalidates, and what a
 * subscription listens to. `contact/c1` is a contact, `contact/c1/tasks` its tasks, `contacts` the lists of contacts.
 */
import type { WriteNote } from "./recent-changes.ts";

/**
 * The tags that several entities know; those of one entity stand in its own folder. The location is added by whoever
 * keeps them, so that nothing of one location is invalidated, found or reported in another.
 */
export const TAG = {
	contact: (id: string) => `contact/${id}`,
	business: (id: string) => `business/${id}`,
	/** Every list of contacts that any change of any contact may concern, such as one with a filter. */
	contacts: "contacts",
	/** Every list of all contacts as they came: one came or went, or changed and nobody knows where it stands. */
	members: "contacts/members",
	/** Every stretch of such a list that the contacts added within a block of time belong to. */
	contactsAdded: (block: string) => `contacts/added/${block}`,
	/** The tags that every single contact carries: one renamed or deleted is on contacts that nobody names. */
	tagged: "contacts/tagged",
	businesses: "businesses",
	calendars: "calendars",
	campaigns: "campaigns",
	customFields: "customFields",
	location: "location",
	tags: "tags",
	users: "users",
	workflows: "workflows",
} as const;

/** The tag of an object, by its id. */
export type TagOf = (id: string) => string;

interface Child {
	readonly of: TagOf;
	readonly lists: readonly string[];
}

const children = new Map<TagOf, Child[]>();

/**
 * Registers what belongs to the objects of `parent`, and is the tag of one's: `childOf(TAG.contact, "tasks")("c1")` is
 * `contact/c1/tasks`. `lists` show children of many parents: a parent that is deleted is gone from them, too.
 */
export const childOf = (
	parent: TagOf,
	name: string,
	...lists: readonly string[]
): TagOf => {
	const of: TagOf = (id) => `${parent(id)}/${name}`;
	children.set(parent, [...(children.get(parent) ?? []), { of, lists }]);
	return of;
};

/** Everything that belongs to an object. */
export const childTags = (parent: TagOf, id: string): string[] =>
	(children.get(parent) ?? []).map(({ of }) => of(id));

/** What is gone with an object: what belongs to it, and its children in the lists that show them. */
export const tagsGoneWith = (parent: TagOf, id: string): string[] => [
	...childTags(parent, id),
	...(children.get(parent) ?? []).flatMap(({ lists }) => lists),
];

type Listener = (
	locationId: string,
	tags: readonly string[],
	write: WriteNote | undefined,
) => void;

/** Notifies whoever keeps what was read that tags of it were invalidated; remembers nothing itself. */
export interface Invalidations {
	/**
	 * Resolves when no process of the gateway serves any more what was invalidated here so far; undefined where this one is
	 * alone.
	 */
	announced?(): Promise<unknown>;
	/**
	 * After this returns, no value read before it that depends on one of the tags is served again. `write` where this
	 * gateway made the change itself.
	 */
	invalidate(
		locationId: string,
		tags: Iterable<string>,
		write?: WriteNote,
	): void;
	/** The same for what another process, or the log that all of them read, says: only this process is notified. */
	hear(locationId: string, tags: Iterable<string>, write?: WriteNote): void;
	/** Called after each invalidation, synchronously; returns the way to stop. */
	onInvalidate(listener: Listener): () => void;
}

/** Tells the other processes; resolves when none of them serves any more what depends on one of the tags. */
export type Announce = (
	locationId: string,
	tags: readonly string[],
	write: WriteNote | undefined,
) => Promise<void>;

export const createInvalidations = (announce?: Announce): Invalidations => {
	const listeners = new Set<Listener>();
	const pending = new Set<Promise<void>>();
	const notify = (...of: Parameters<Listener>): void => {
		for (const listener of listeners) listener(...of);
	};
	return {
		invalidate(locationId, tags, write) {
			const all = [...tags];
			notify(locationId, all, write);
			if (!announce) return;
			const told = announce(locationId, all, write);
			pending.add(told);
			told.finally(() => pending.delete(told));
		},
		hear: (locationId, tags, write) => notify(locationId, [...tags], write),
		...(announce && { announced: () => Promise.all(pending) }),
		onInvalidate(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
};
