/** Turns the keys of one tick into the fewest REST calls: what the operation has or the cache holds is given at once. */
import type { Freshness } from "../cache/bounds.ts";
import type { Entry, Flight } from "../cache/entry.ts";
import type { Mark } from "../cache/reads.ts";
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
			const memo = memoOf(context);
			const spelled = options.spell(key);
			const known = memo.known.get(spelled);
			if (known !== undefined) {
				memo.places.get(spelled)?.push(placeNow());
				return known;
			}
			const kept = context.reads.find(prefix + spelled);
			if (kept) {
				memo.known.set(spelled, kept.value as V);
				return kept.value as V;
			}
			const { promise, resolve, reject } = Promise.withResolvers<V>();
			memo.known.set(spelled, promise);
			const places = [placeNow()];
			memo.places.set(spelled, places);
			memo.waiting.push({
				key,
				spelled: prefix + spelled,
				places,
				resolve(value) {
					// Whoever asks from now on needs no promise; only of what is stale the places still count.
					memo.known.set(spelled, value);
					if (!context.reads.isStale(places)) memo.places.delete(spelled);
					resolve(value);
				},
				reject,
			});
			if (memo.waiting.length === 1) afterThisTick(() => send(memo, context));
			return promise;
		},
		prime(context, key, value) {
			const { known } = memoOf(context);
			const spelled = options.spell(key);
			if (known.has(spelled)) return;
			const names = namesOf(options, key, value);
			const { reads } = context;
			// The search that brought it may not have heard of its last change.
			if (names.some((name) => reads.settling(name))) return;
			known.set(spelled, value);
			const mark = marks.get(context);
			if (!mark) return;
			reads.use(
				reads.landed(prefix + spelled, {
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
		const joined: { one: Waiting<K, V>; flight: Flight }[] = [];
		for (const one of waiting.splice(0)) {
			const flight = reads.flight(one.spelled);
			if (flight) joined.push({ one, flight });
			else own.push(one);
		}
		const others = joined.map(({ flight }) => flight.landed);
		const answer = own.length ? fetch(own, context, others) : undefined;
		if (!joined.length) return;
		// What is asked for in one tick is given in one tick: else what is asked for below it falls apart into many calls.
		const all = allBut(signal, [...others, answer]);
		for (const { one, flight } of joined) {
			const given = all.then(() => {
				signal?.throwIfAborted();
				return flight.landed;
			});
			losePatience(one, given, context);
			given.then(
				(entry) => give(one, entry, context),
				(error) => {
					if (signal?.aborted) refuse(one, error, context);
					// The one who asked first has left, or had less time to wait; that is no answer to those who have more.
					else if (flight.abandoned() || isOwners(error)) fetch([one], context);
					else refuse(one, error, context);
				},
			);
		}
	}

	/** `others` are awaited before anything is given. */
	function fetch(
		asked: readonly Waiting<K, V>[],
		context: Context,
		others: readonly Promise<unknown>[] = [],
	): Promise<unknown> {
		const { reads } = context;
		const mark = reads.mark();
		const within = { ...context, upstream: context.reading };
		marks.set(within, mark);
		const answer = (async () => {
			const values = await options.fetch(
				asked.map(({ key }) => key),
				within,
			);
			return asked.map(({ key, spelled }, index) => {
				const value = values[index] as V | Error;
				if (value instanceof Error) return value;
				return reads.landed(spelled, {
					value,
					freshness: options.freshness,
					names: namesOf(options, key, value),
					mark,
				});
			});
		})();
		for (const [index, one] of asked.entries()) {
			const landed = answer.then((entries) => {
				const entry = entries[index] as Entry | Error;
				if (entry instanceof Error) throw entry;
				return entry;
			});
			reads.takeOff(one.spelled, {
				landed,
				names: options.names(one.key),
				...mark,
				abandoned: () => context.upstream.signal?.aborted ?? false,
			});
			const given = others.length
				? allBut(context.upstream.signal, others).then(() => landed)
				: landed;
			losePatience(one, given, context);
			given.then(
				(entry) => give(one, entry, context),
				(error) => refuse(one, error, context),
			);
		}
		return answer;
	}
};

interface Memo<K, V> {
	readonly known: Map<string, V | Promise<V>>;
	/** Where in the answer values are awaited, and where stale ones stand. */
	readonly places: Map<string, (Place | undefined)[]>;
	readonly waiting: Waiting<K, V>[];
}

interface Waiting<K, V> {
	readonly key: K;
	readonly spelled: string;
	readonly places: readonly (Place | undefined)[];
	resolve(value: V): void;
	reject(error: unknown): void;
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

const give = <K, V>(
	{ resolve }: Waiting<K, V>,
	entry: Entry,
	{ reads }: Context,
): void => {
	reads.use(entry);
	resolve(entry.value as V);
};

const refuse = <K, V>(
	{ spelled, places, resolve, reject }: Waiting<K, V>,
	error: unknown,
	{ reads }: Context,
): void => {
	const kept = isOutage(error) ? reads.lastResort(spelled, places) : undefined;
	if (kept) resolve(kept.value as V);
	else reject(error);
};

/** Where a value past its bound is at hand, an upstream that keeps us waiting counts as one that is down. */
const losePatience = <K, V>(
	one: Waiting<K, V>,
	landed: Promise<Entry>,
	{ reads }: Context,
): void => {
	if (!reads.hasLastResort(one.spelled)) return;
	const timer = setTimeout(() => {
		const kept = reads.lastResort(one.spelled, one.places);
		// What lands later is kept for whoever asks next; this operation goes on with what it has.
		if (kept) one.resolve(kept.value as V);
	}, reads.patienceMs);
	const end = () => clearTimeout(timer);
	landed.then(end, end);
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
