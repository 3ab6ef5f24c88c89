/** Remembers what this process wrote so recently that HighLevel's search cannot show it yet. */
import type { Touched } from "./mutation.ts";

export interface Lately {
	/** What a write touched, told right after its names were dropped. */
	wrote(locationId: string, touched: Touched): void;
	/** Contacts written within the search lag, newest first. */
	contacts(locationId: string): readonly string[];
	/** Those of them that it created. */
	created(locationId: string): readonly string[];
	/** Contacts whose tasks were written within the lag, newest first. */
	tasksOf(locationId: string): readonly string[];
	/** Tasks that were created, completed or reopened within the lag, newest first. */
	tasks(locationId: string): readonly string[];
	/** Who follows the contact, where a write of ours learnt it within the lag: only search tells otherwise. */
	followers(
		locationId: string,
		contactId: string,
	): readonly string[] | undefined;
}

export interface LatelyOptions {
	/** How far search runs behind writes. Default 15,000. */
	readonly searchLagMs?: number;
	/** Epoch milliseconds. */
	now?(): number;
}

// A page read at the end of the lag may be served from the cache for so long; what it lacks must be remembered meanwhile.
const KEPT_PAGE_MS = 2_000;
const KEPT_TASKS_MS = 30_000;

const CONTACT = /^contact\/([^/]+)$/;
const TASKS = /^contact\/([^/]+)\/tasks$/;

export const createLately = (options: LatelyOptions = {}): Lately => {
	const lagMs = options.searchLagMs ?? 15_000;
	const now = options.now ?? Date.now;
	const contacts = memory<true>(lagMs + KEPT_PAGE_MS, now);
	const created = memory<true>(lagMs + KEPT_PAGE_MS, now);
	const owners = memory<true>(lagMs + KEPT_TASKS_MS, now);
	const tasks = memory<true>(lagMs + KEPT_TASKS_MS, now);
	const followed = memory<readonly string[]>(lagMs + KEPT_PAGE_MS, now);
	return {
		wrote(locationId, touched) {
			const { names, followers } = touched;
			if (touched.created) created.set(locationId, touched.created, true);
			if (touched.task) tasks.set(locationId, touched.task, true);
			for (const name of names) {
				const contact = CONTACT.exec(name)?.[1];
				if (contact !== undefined) contacts.set(locationId, contact, true);
				const owner = TASKS.exec(name)?.[1];
				if (owner !== undefined) owners.set(locationId, owner, true);
			}
			if (followers)
				followed.set(locationId, followers.contactId, followers.ids);
		},
		contacts: (locationId) => [...contacts.of(locationId).keys()].reverse(),
		created: (locationId) => [...created.of(locationId).keys()].reverse(),
		tasksOf: (locationId) => [...owners.of(locationId).keys()].reverse(),
		tasks: (locationId) => [...tasks.of(locationId).keys()].reverse(),
		followers: (locationId, contactId) =>
			followed.of(locationId).get(contactId)?.value,
	};
};

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
