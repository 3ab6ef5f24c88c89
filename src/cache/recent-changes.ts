/** What changed in a location so recently that HighLevel's search may not show it yet. */

/** What a write of this gateway reports beside the tags it invalidated. */
export interface WriteNote {
	/** A contact that was created. */
	readonly created?: string | undefined;
	/** A task that was created, completed or reopened. */
	readonly task?: string | undefined;
	/** Who follows a contact now: only search returns it, and search lags. */
	readonly followers?: {
		readonly contactId: string;
		readonly ids: readonly string[];
	};
}

/**
 * What this gateway wrote, newest first. All but `followers` tell what was written within search lag before `readAt`,
 * when the list was read that may lack it; before now when left out.
 */
export interface RecentWrites {
	contacts(readAt?: number): readonly string[];
	/** Contacts that were created. */
	created(readAt?: number): readonly string[];
	/** Contacts whose tasks were written. */
	taskOwners(readAt?: number): readonly string[];
	/** Tasks that were created, completed or reopened. */
	tasks(readAt?: number): readonly string[];
	/** Who follows the contact, where a write told within search lag. */
	followers(contactId: string): readonly string[] | undefined;
}

export interface RecentChangesOptions {
	/** Epoch milliseconds. */
	now(): number;
	/** How far search may run behind a write. */
	readonly searchLagMs: number;
}

// A list may be on its way for as long as an operation may take; what it lacks must be remembered meanwhile.
const LONGEST_READ_MS = 120_000;
// What search answered at the end of its lag may be served from the cache for so long.
const KEPT_PAGE_MS = 2_000;
// Longer than any search lag.
const TOGETHER_MS = 60_000;
// Invalidations remembered with all their tags, at most: an older one counts as anybody's.
const MOST_TOGETHER = 2_000;

const CONTACT = /^contact\/([^/]+)(?:\/(.+))?$/;
const WHOLE_CONTACT = /^contact\/[^/]+$/;

/** The tags one change invalidated. */
interface Change {
	readonly at: number;
	readonly tags: readonly string[];
}

/** The one registry of a location's recent changes: those of this gateway, and those it was notified of. */
export class RecentChanges implements RecentWrites {
	readonly #now: () => number;
	readonly #lagMs: number;
	readonly #changed: RecentIds;
	readonly #contacts: RecentIds;
	readonly #created: RecentIds;
	readonly #taskOwners: RecentIds;
	readonly #tasks: RecentIds;
	readonly #followers: RecentIds<readonly string[]>;
	// Oldest first.
	readonly #together: Change[] = [];
	#forgottenAt = Number.NEGATIVE_INFINITY;

	constructor({ now, searchLagMs }: RecentChangesOptions) {
		this.#now = now;
		this.#lagMs = searchLagMs;
		const shortly = searchLagMs + KEPT_PAGE_MS;
		const long = searchLagMs + LONGEST_READ_MS;
		this.#changed = new RecentIds(shortly, now);
		this.#followers = new RecentIds(shortly, now);
		this.#contacts = new RecentIds(long, now);
		this.#created = new RecentIds(long, now);
		this.#taskOwners = new RecentIds(long, now);
		this.#tasks = new RecentIds(long, now);
	}

	/** `write` where this gateway made the change itself. */
	add(tags: readonly string[], write: WriteNote | undefined): void {
		const at = this.#now();
		for (const tag of tags) {
			const [, id, part] = CONTACT.exec(tag) ?? [];
			if (id === undefined) continue;
			this.#changed.set(id);
			if (write && part === undefined) this.#contacts.set(id);
			if (write && part === "tasks") this.#taskOwners.set(id);
		}
		if (write?.created) this.#created.set(write.created);
		if (write?.task) this.#tasks.set(write.task);
		if (write?.followers) {
			const { contactId, ids } = write.followers;
			this.#followers.set(contactId, ids);
		}
		this.#together.push({ at, tags });
		this.#forgetTogether(at);
	}

	contacts(readAt = this.#now()): readonly string[] {
		return this.#contacts.since(readAt - this.#lagMs);
	}

	created(readAt = this.#now()): readonly string[] {
		return this.#created.since(readAt - this.#lagMs);
	}

	taskOwners(readAt = this.#now()): readonly string[] {
		return this.#taskOwners.since(readAt - this.#lagMs);
	}

	tasks(readAt = this.#now()): readonly string[] {
		return this.#tasks.since(readAt - this.#lagMs);
	}

	followers(contactId: string): readonly string[] | undefined {
		return this.#followers.get(contactId);
	}

	/** How many contacts, and lists of tasks, may cost a read of their own because a search cannot show them yet. */
	lagging(): number {
		return (
			this.#changed.size + this.taskOwners(this.#now() - KEPT_PAGE_MS).length
		);
	}

	/**
	 * Whether any of the tags was invalidated after `since` by a change of more than these contacts, given by their tags;
	 * also where it is not remembered.
	 */
	byOthers(
		tags: readonly string[],
		since: number,
		contacts: readonly string[],
	): boolean {
		if (contacts.length === 0 || this.#forgottenAt > since) return true;
		const own = new Set(tags);
		const shown = new Set(contacts);
		for (let index = this.#together.length - 1; index >= 0; index--) {
			const change = this.#together[index] as Change;
			if (change.at <= since) break;
			const changed = change.tags.filter((tag) => WHOLE_CONTACT.test(tag));
			const isShown =
				changed.length > 0 && changed.every((tag) => shown.has(tag));
			if (!isShown && change.tags.some((tag) => own.has(tag))) return true;
		}
		return false;
	}

	#forgetTogether(now: number): void {
		const changes = this.#together;
		for (let oldest = changes[0]; oldest; oldest = changes[0]) {
			const isOld = now - oldest.at > TOGETHER_MS;
			if (!isOld && changes.length <= MOST_TOGETHER) break;
			this.#forgottenAt = oldest.at;
			changes.shift();
		}
	}
}

// Whoever reads forgets first, so this bounds nothing but memory.
const FORGET_EVERY = 256;

/** Ids and when each was set last, newest last, so that whatever is too old is found at the front. */
class RecentIds<V = undefined> {
	readonly #keptMs: number;
	readonly #now: () => number;
	#sets = 0;
	readonly #byId = new Map<string, { at: number; value: V | undefined }>();

	constructor(keptMs: number, now: () => number) {
		this.#keptMs = keptMs;
		this.#now = now;
	}

	set(id: string, value?: V): void {
		// Not each time: a Map steps over all that was taken off its front until it is rebuilt.
		if (++this.#sets % FORGET_EVERY === 0) this.#forget();
		this.#byId.delete(id);
		this.#byId.set(id, { at: this.#now(), value });
	}

	get(id: string): V | undefined {
		this.#forget();
		return this.#byId.get(id)?.value;
	}

	get size(): number {
		this.#forget();
		return this.#byId.size;
	}

	/** Those set after `since`, newest first. */
	since(since: number): readonly string[] {
		// At once in the usual case: every list asks.
		if (this.size === 0) return NONE;
		const ids: string[] = [];
		for (const [id, { at }] of this.#byId) if (at > since) ids.push(id);
		return ids.reverse();
	}

	#forget(): void {
		if (this.#byId.size === 0) return;
		const oldest = this.#now() - this.#keptMs;
		for (const [id, { at }] of this.#byId) {
			if (at > oldest) break;
			this.#byId.delete(id);
		}
	}
}

const NONE: readonly string[] = [];
