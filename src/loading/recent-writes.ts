/** Remembers what this process wrote so recently that HighLevel's search cannot show it yet. */

/** What a write leaves to be read anew. */
export interface WriteEffects {
	/** Names (src/change.ts), without the location. */
	readonly tags: readonly string[];
	/** A contact that search cannot know yet. */
	readonly created?: string | undefined;
	/** A task that lists by status or of everything cannot show yet. */
	readonly task?: string | undefined;
	/** Who follows a contact now: only search tells, and search lags. */
	readonly followers?: {
		readonly contactId: string;
		readonly ids: readonly string[];
	};
}

/**
 * All but `followers` tell what had been written within the search lag before `readAt`, when the list was read that may
 * lack it; before now when left out.
 */
export interface RecentWrites {
	/** What a write touched, told right after its names were dropped. */
	record(locationId: string, touched: WriteEffects): void;
	/** Contacts, newest first. */
	contacts(locationId: string, readAt?: number): readonly string[];
	/** Those of them that it created. */
	created(locationId: string, readAt?: number): readonly string[];
	/** Contacts whose tasks were written, newest first. */
	taskOwners(locationId: string, readAt?: number): readonly string[];
	/** Tasks that were created, completed or reopened, newest first. */
	tasks(locationId: string, readAt?: number): readonly string[];
	/** Who follows the contact, where a write of ours learnt it within the lag: only search tells otherwise. */
	followers(
		locationId: string,
		contactId: string,
	): readonly string[] | undefined;
}

export interface RecentWritesOptions {
	/** How far search runs behind writes. Default 15,000. */
	readonly searchLagMs?: number;
	/** Epoch milliseconds. */
	now?(): number;
}

// A list may be on its way for as long as an operation may take; what it lacks must be remembered meanwhile.
const LONGEST_WAY_MS = 120_000;
// What search answered at the end of the lag may be served from the cache for so long.
const KEPT_PAGE_MS = 2_000;

const CONTACT = /^contact\/([^/]+)$/;
const TASKS = /^contact\/([^/]+)\/tasks$/;

export const createRecentWrites = (
	options: RecentWritesOptions = {},
): RecentWrites => {
	const lagMs = options.searchLagMs ?? 15_000;
	const now = options.now ?? Date.now;
	const contacts = memory<true>(lagMs + LONGEST_WAY_MS, now);
	const created = memory<true>(lagMs + LONGEST_WAY_MS, now);
	const owners = memory<true>(lagMs + LONGEST_WAY_MS, now);
	const tasks = memory<true>(lagMs + LONGEST_WAY_MS, now);
	/** Newest first. */
	const before =
		(written: Memory<true>) =>
		(locationId: string, readAt = now()): readonly string[] => {
			const ids: string[] = [];
			for (const [id, { at }] of written.of(locationId))
				if (at > readAt - lagMs) ids.push(id);
			return ids.reverse();
		};
	const followed = memory<readonly string[]>(lagMs + KEPT_PAGE_MS, now);
	return {
		record(locationId, touched) {
			const { tags, followers } = touched;
			if (touched.created) created.set(locationId, touched.created, true);
			if (touched.task) tasks.set(locationId, touched.task, true);
			for (const name of tags) {
				const contact = CONTACT.exec(name)?.[1];
				if (contact !== undefined) contacts.set(locationId, contact, true);
				const owner = TASKS.exec(name)?.[1];
				if (owner !== undefined) owners.set(locationId, owner, true);
			}
			if (followers)
				followed.set(locationId, followers.contactId, followers.ids);
		},
		contacts: before(contacts),
		created: before(created),
		taskOwners: before(owners),
		tasks: before(tasks),
		followers: (locationId, contactId) =>
			followed.of(locationId).get(contactId)?.value,
	};
};

type Memory<V> = ReturnType<typeof memory<V>>;

/** What was set last stands last, so that whatever is too old is found at the front. */
const memory = <V>(keptMs: number, now: () => number) => {
	const all = new Map<string, Map<string, { at: number; value: V }>>();
	const of = (locationId: string) => {
		const own = all.get(locationId) ?? new Map();
		for (const [id, { at }] of own) {
			if (at + keptMs > now()) break;
			own.delete(id);
		}
		if (own.size === 0) all.delete(locationId);
		return own as Map<string, { at: number; value: V }>;
	};
	return {
		of,
		set(locationId: string, id: string, value: V) {
			const own = of(locationId);
			own.delete(id);
			own.set(id, { at: now(), value });
			all.set(locationId, own);
		},
	};
};
