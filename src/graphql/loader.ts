/** Turns the keys of one tick into the fewest REST calls: what the operation has or the cache holds is given at once. */
import type { Freshness } from "../cache/bounds.ts";
import type { Entry, Flight, Key } from "../cache/entry.ts";
import type { Mark, Reads } from "../cache/reads.ts";
import { Failure } from "../errors.ts";
import type { Context } from "./context.ts";
import { type Place, pathOf, placeNow, setPlace } from "./place.ts";

export type { Freshness } from "../cache/bounds.ts";

export interface LoaderOptions<K, V> {
	readonly freshness: Freshness;
	/** One spelling per key: two keys that spell the same are one read. */
	spell(key: K): string;
	/** The names a change drops (docs/design: names), without the location in front: `contact/c1/tasks`. */
	names(key: K): readonly string[];
	/** Names that only the value tells: a page depends on every contact in it. */
	namesIn?(value: V): readonly string[];
	/** One value or one error per key, in the order of the keys; matched by id, never by the upstream's order. */
	fetch(
		keys: readonly K[],
		context: Context,
	): Promise<ReadonlyArray<V | Error>>;
}

export interface Loader<K, V> {
	/** The value itself where it is at hand, which saves a promise for every item of a list. */
	load(context: Context, key: K): V | Promise<V>;
	/**
	 * Puts a value at hand that another read of the same operation brought along: call it within `fetch`, with the
	 * context given there. The first value of a key stays.
	 */
	prime(context: Context, key: K, value: V): void;
}

/** Continues with a value: at once where it is at hand, later where it is still being read. */
export const whenRead = <A, B>(
	value: A | Promise<A>,
	use: (value: A) => B | Promise<B>,
): B | Promise<B> => {
	if (!(value instanceof Promise)) return use(value);
	const place = placeNow();
	return value.then((read) => {
		setPlace(place);
		try {
			return use(read);
		} finally {
			setPlace(undefined);
		}
	});
};

/** Made on first use in each context's memo; a new memo means empty loaders, which is how a subscription's events start fresh. */
export const loader = <K, V>(options: LoaderOptions<K, V>): Loader<K, V> => {
	const number = made++;
	const prefix = `${number}:`;
	const memoOf = (context: Context): Memo<K, V> => {
		// On the object itself: a WeakMap with an entry for every request makes each collection of garbage slow.
		const memos = context.memo as Record<number, Memo<K, V> | undefined>;
		let memo = memos[number];
		if (!memo) {
			memo = { known: new Map(), waiting: [], places: new Map() };
			memos[number] = memo;
		}
		return memo;
	};
	return {
		load(context, key) {
			const { reads } = context;
			const memo = memoOf(context);
			const at = reads.key(prefix + options.spell(key));
			const known = memo.known.get(at);
			if (known !== undefined) {
				memo.places.get(at)?.push(placeNow());
				return known;
			}
			const kept = reads.find(at);
			if (kept) {
				memo.known.set(at, kept.value as V);
				return kept.value as V;
			}
			const one = new Waiting<K, V>(key, at, memo, context);
			memo.known.set(at, one.promise);
			memo.places.set(at, one.places);
			memo.waiting.push(one);
			if (memo.waiting.length === 1) afterThisTick(() => send(memo, context));
			return one.promise;
		},
		prime(context, key, value) {
			const { reads } = context;
			const { known } = memoOf(context);
			const at = reads.key(prefix + options.spell(key));
			if (known.has(at)) return;
			const names = namesOf(options, key, value);
			// The search that brought it may not have heard of its last change.
			if (names.some((name) => reads.settling(name))) return;
			known.set(at, value);
			const mark = marks.get(context);
			if (!mark) return;
			reads.use(
				reads.landed(at, {
					value,
					freshness: options.freshness,
					names,
					mark,
				}),
			);
		},
	};

	function send({ waiting }: Memo<K, V>, context: Context): void {
		const { reads } = context;
		const { signal } = context.upstream;
		const own: Waiting<K, V>[] = [];
		const joined: {
			one: Waiting<K, V>;
			landed: Promise<Entry>;
			flight: Flight;
		}[] = [];
		for (const one of waiting.splice(0)) {
			const flight = reads.flight(one.at);
			if (flight) joined.push({ one, flight, landed: flight.landed() });
			else own.push(one);
		}
		if (!joined.length) {
			fetch(own, context);
			return;
		}
		const others = joined.map(({ landed }) => landed);
		const answer = own.length ? fetch(own, context, others) : undefined;
		// What is asked for in one tick is given in one tick: else what is asked for below it falls apart into many calls.
		const all = allBut(signal, [...others, answer]);
		for (const { one, landed, flight } of joined) {
			const given = all.then(() => {
				signal?.throwIfAborted();
				return landed;
			});
			losePatience([one], given, context);
			given.then(
				(entry) => one.give(entry),
				(error) => {
					if (signal?.aborted) one.refuse(error);
					// The one who asked first has left, or had less time to wait; that is no answer to those who have more.
					else if (flight.abandoned() || isOwners(error)) fetch([one], context);
					else one.refuse(error);
				},
			);
		}
	}

	/** `others` are awaited before anything is given. */
	function fetch(
		asked: readonly Waiting<K, V>[],
		context: Context,
		others?: readonly Promise<unknown>[],
	): Promise<unknown> {
		const { reads } = context;
		const mark = reads.mark();
		const within = { ...context, upstream: context.reading };
		marks.set(within, mark);
		const batch = read(asked, within, mark);
		const flights = asked.map(
			(one, index) =>
				new BatchFlight(batch, index, options.names(one.key), mark, context),
		);
		for (const [index, flight] of flights.entries())
			reads.takeOff((asked[index] as Waiting<K, V>).at, flight);
		const given = others
			? allBut(context.upstream.signal, others).then(() => batch)
			: batch;
		losePatience(asked, given, context);
		given.then(
			(entries) => {
				for (const [index, one] of asked.entries()) {
					const entry = entries[index] as Entry | Error;
					if (entry instanceof Error) one.refuse(entry);
					else one.give(entry);
				}
			},
			(error) => {
				for (const one of asked) one.refuse(error);
			},
		);
		const end = () => {
			for (const [index, flight] of flights.entries())
				reads.touchDown((asked[index] as Waiting<K, V>).at, flight);
		};
		batch.then(end, end);
		return batch;
	}

	async function read(
		asked: readonly Waiting<K, V>[],
		context: Context,
		mark: Mark,
	): Promise<readonly (Entry | Error)[]> {
		const values = await options.fetch(
			asked.map(({ key }) => key),
			context,
		);
		return asked.map(({ key, at }, index) => {
			const value = values[index] as V | Error;
			if (value instanceof Error) return value;
			return context.reads.landed(at, {
				value,
				freshness: options.freshness,
				names: namesOf(options, key, value),
				mark,
			});
		});
	}
};

interface Memo<K, V> {
	readonly known: Map<Key, V | Promise<V>>;
	/** Where in the answer values are awaited, and where stale ones stand. */
	readonly places: Map<Key, (Place | undefined)[]>;
	readonly waiting: Waiting<K, V>[];
}

/** A key somebody waits for. */
class Waiting<K, V> {
	readonly key: K;
	readonly at: Key;
	readonly places: (Place | undefined)[] = [placeNow()];
	readonly promise: Promise<V>;
	readonly #memo: Memo<K, V>;
	readonly #reads: Reads;
	#resolve!: (value: V) => void;
	#reject!: (error: unknown) => void;

	constructor(key: K, at: Key, memo: Memo<K, V>, { reads }: Context) {
		this.key = key;
		this.at = at;
		this.#memo = memo;
		this.#reads = reads;
		this.promise = new Promise((resolve, reject) => {
			this.#resolve = resolve;
			this.#reject = reject;
		});
	}

	give(entry: Entry): void {
		this.#reads.use(entry);
		this.#settle(entry.value as V);
	}

	refuse(error: unknown): void {
		if (!(isOutage(error) && this.giveLastResort())) this.#reject(error);
	}

	/** Whether there was one. */
	giveLastResort(): boolean {
		const kept = this.#reads.lastResort(this.at, this.places);
		if (kept) this.#settle(kept.value as V);
		return kept !== undefined;
	}

	#settle(value: V): void {
		// Whoever asks from now on needs no promise; only of what is stale the places still count.
		this.#memo.known.set(this.at, value);
		if (!this.#reads.isStale(this.places)) this.#memo.places.delete(this.at);
		this.#resolve(value);
	}
}

/** One key of a batch that is being read. */
class BatchFlight implements Flight {
	readonly names: readonly string[];
	readonly seq: number;
	readonly readAt: number;
	readonly #batch: Promise<readonly (Entry | Error)[]>;
	readonly #index: number;
	readonly #context: Context;

	constructor(
		batch: Promise<readonly (Entry | Error)[]>,
		index: number,
		names: readonly string[],
		{ seq, readAt }: Mark,
		context: Context,
	) {
		this.names = names;
		this.seq = seq;
		this.readAt = readAt;
		this.#batch = batch;
		this.#index = index;
		this.#context = context;
	}

	async landed(): Promise<Entry> {
		const entry = (await this.#batch)[this.#index] as Entry | Error;
		if (entry instanceof Error) throw entry;
		return entry;
	}

	abandoned(): boolean {
		return this.#context.upstream.signal?.aborted ?? false;
	}
}

let made = 0;

// When the read began on whose behalf a context was handed to `fetch`.
const marks = new WeakMap<Context, Mark>();

// All promise jobs of a tick run first, so that one level of a query is one batch.
const afterThisTick = (send: () => void): void => {
	Promise.resolve().then(() => process.nextTick(send));
};

const namesOf = <K, V>(
	options: LoaderOptions<K, V>,
	key: K,
	value: V,
): readonly string[] => {
	const names = options.names(key);
	if (!options.namesIn || value === null) return names;
	return [...names, ...options.namesIn(value)];
};

/** Where a value past its bound is at hand, an upstream that keeps us waiting counts as one that is down. */
const losePatience = <K, V>(
	asked: readonly Waiting<K, V>[],
	given: Promise<unknown>,
	{ reads }: Context,
): void => {
	const spare = asked.filter(({ at }) => reads.hasLastResort(at));
	if (!spare.length) return;
	const timer = setTimeout(() => {
		// What lands later is kept for whoever asks next; this operation goes on with what it has.
		for (const one of spare) one.giveLastResort();
	}, reads.patienceMs);
	const end = () => clearTimeout(timer);
	given.then(end, end);
};

const OUTAGES: ReadonlySet<string> = new Set([
	"UPSTREAM_UNAVAILABLE",
	"UPSTREAM_TIMEOUT",
	"RATE_LIMITED",
	"DEADLINE_EXCEEDED",
]);

/** The upstream is down or out of budget: a value past its bound is better than none. */
const isOutage = (error: unknown): boolean =>
	error instanceof Failure && OUTAGES.has(error.code);

/** Resolves when all have ended one way or another, or when the operation ends before: nobody waits for another's calls then. */
const allBut = (
	signal: AbortSignal | undefined,
	all: readonly (Promise<unknown> | undefined)[],
): Promise<unknown> => {
	const settled = Promise.allSettled(all);
	if (!signal) return settled;
	let end = ends.get(signal);
	if (!end) {
		end = new Promise((resolve) => {
			if (signal.aborted) resolve();
			else signal.addEventListener("abort", () => resolve(), { once: true });
		});
		ends.set(signal, end);
	}
	return Promise.race([settled, end]);
};

// One listener for an operation, however many of its reads wait for others.
const ends = new WeakMap<AbortSignal, Promise<void>>();

/** Failures of the one who asked first alone: its deadline, and its place in the queue for the budget. */
const isOwners = (error: unknown): boolean =>
	error instanceof Failure &&
	(error.code === "RATE_LIMITED" || error.code === "DEADLINE_EXCEEDED");

/** For keys that are ids already. */
export const byId = (id: string): string => id;

/** The paths of an answer that show values past their bound; an empty path where the executor did not tell. */
export const stalePaths = ({ reads }: Context): (string | number)[][] => {
	const paths = new Map<string, (string | number)[]>();
	for (const places of reads.stale)
		for (const place of places) {
			const path = pathOf(place as Place | undefined);
			paths.set(JSON.stringify(path), path);
		}
	return [...paths.values()];
};
