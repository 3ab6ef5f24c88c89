// Records with their whole past: reads by id see the newest state, searches see the past that the lag allows.

export interface Version<T> {
	/** Epoch milliseconds of the write. */
	at: number;
	/** Undefined: the record was deleted. */
	value: T | undefined;
}

export interface WriteEvent<T> {
	before: T | undefined;
	after: T | undefined;
	at: number;
}

/** What a search may see. The stamp changes whenever the rows do. */
export interface Visible<T> {
	rows: ReadonlyMap<string, T>;
	/** The rows of one group, for example the tasks of one contact. */
	group(key: string): Iterable<T>;
	stamp: number;
}

type Groups<T> = Map<string, Map<string, T>>;

interface Pending<T> {
	due: number;
	id: string;
	value: T | undefined;
}

/** States kept per record; older ones are forgotten so that a long run stays within memory. */
const KEPT_VERSIONS = 1_000;

export class Table<T extends { id: string; locationId: string }> {
	/** Told of every write that came after the seeding. */
	onWrite: ((event: WriteEvent<T>) => void) | undefined;
	#current = new Map<string, T>();
	#past = new Map<string, Version<T>[]>();
	#groups: Groups<T> = new Map();
	#visible = new Map<string, T>();
	#visibleGroups: Groups<T> = new Map();
	#pending: Pending<T>[] = [];
	#nextDue = Number.POSITIVE_INFINITY;
	#stamp = 0;
	readonly #groupOf: ((value: T) => string) | undefined;
	readonly #lagMs: number;
	readonly #gapMs: number;

	constructor(
		lag: { lagMs: number; gapMs: number },
		groupOf?: (value: T) => string,
	) {
		this.#lagMs = lag.lagMs;
		this.#gapMs = lag.gapMs;
		this.#groupOf = groupOf;
	}

	get size(): number {
		return this.#current.size;
	}

	get(id: string): T | undefined {
		return this.#current.get(id);
	}

	/** All records, oldest first, as they are now. */
	values(): Iterable<T> {
		return this.#current.values();
	}

	/** The records of one group (for example the tasks of one contact), oldest first. */
	group(key: string): T[] {
		const members = this.#groups.get(key);
		return members === undefined ? [] : [...members.values()];
	}

	/** Puts a record in place as if it had always been there: no lag, no event. */
	seed(value: T, at: number): void {
		this.#store(value);
		this.#visible.set(value.id, value);
		this.#join(this.#visibleGroups, value);
		this.#past.set(value.id, [{ at, value }]);
		this.#stamp++;
	}

	put(value: T, at: number): void {
		const before = this.#current.get(value.id);
		this.#leave(this.#groups, before, value);
		this.#store(value);
		this.#remember(value.id, value, at);
		if (before !== undefined && this.#gapMs > 0)
			this.#show(value.id, undefined, at + this.#lagMs);
		const gap = before === undefined ? 0 : this.#gapMs;
		this.#show(value.id, value, at + this.#lagMs + gap);
		this.onWrite?.({ before, after: value, at });
	}

	/** Answers whether there was something to delete. A quiet deletion raises no event. */
	delete(id: string, at: number, how: { quiet?: boolean } = {}): boolean {
		const before = this.#current.get(id);
		if (before === undefined) return false;
		this.#current.delete(id);
		this.#leave(this.#groups, before);
		this.#remember(id, undefined, at);
		// Behind the gap of an edit just before, or that edit would bring the row back for good.
		this.#show(id, undefined, at + this.#lagMs + this.#gapMs);
		if (how.quiet !== true) this.onWrite?.({ before, after: undefined, at });
		return true;
	}

	/** Every state the record has had, oldest first; the last one may be its deletion. */
	history(id: string): readonly Version<T>[] {
		return this.#past.get(id) ?? [];
	}

	/** What a search at `now` may see. */
	visible(now: number): Visible<T> {
		if (now >= this.#nextDue) this.#settle(now);
		return {
			rows: this.#visible,
			group: (key) => this.#visibleGroups.get(key)?.values() ?? [],
			stamp: this.#stamp,
		};
	}

	#store(value: T): void {
		this.#current.set(value.id, value);
		this.#join(this.#groups, value);
	}

	#join(groups: Groups<T>, value: T): void {
		if (this.#groupOf === undefined) return;
		const key = this.#groupOf(value);
		let members = groups.get(key);
		if (members === undefined) {
			members = new Map();
			groups.set(key, members);
		}
		members.set(value.id, value);
	}

	/** Takes the old state out of its group, unless the new one stays there: then it keeps its place. */
	#leave(groups: Groups<T>, before: T | undefined, after?: T): void {
		if (this.#groupOf === undefined || before === undefined) return;
		const key = this.#groupOf(before);
		if (after === undefined || key !== this.#groupOf(after))
			groups.get(key)?.delete(before.id);
	}

	#remember(id: string, value: T | undefined, at: number): void {
		const versions = this.#past.get(id) ?? [];
		versions.push({ at, value });
		if (versions.length > KEPT_VERSIONS) versions.shift();
		this.#past.set(id, versions);
	}

	#show(id: string, value: T | undefined, due: number): void {
		this.#pending.push({ due, id, value });
		if (due < this.#nextDue) this.#nextDue = due;
	}

	// Writes may fall due out of order (a gap puts a later one behind), so what is due is picked out, not popped.
	#settle(now: number): void {
		const later: Pending<T>[] = [];
		const due: Pending<T>[] = [];
		for (const write of this.#pending)
			(write.due <= now ? due : later).push(write);
		due.sort((a, b) => a.due - b.due);
		for (const { id, value } of due) {
			this.#leave(this.#visibleGroups, this.#visible.get(id), value);
			if (value === undefined) this.#visible.delete(id);
			else {
				this.#visible.set(id, value);
				this.#join(this.#visibleGroups, value);
			}
		}
		this.#pending = later;
		this.#nextDue = later.reduce(
			(least, write) => Math.min(least, write.due),
			Number.POSITIVE_INFINITY,
		);
		this.#stamp++;
	}
}
