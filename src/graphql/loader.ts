/** Turns the keys of one tick into the fewest REST calls: what the operation has or the cache holds is given at once. */
import type { Freshness } from "../cache/bounds.ts";
import type { Entry, Flight, Key } from "../cache/entry.ts";
import type { Mark } from "../cache/reads.ts";
import type { Upstream } from "../upstream/client.ts";
import { Raws } from "../upstream/raw.ts";
import type { Context } from "./context.ts";
import { type Place, pathOf, placeNow, setPlace } from "./place.ts";
import type { Renewable } from "./renewals.ts";
import {
	allBut,
	BatchFlight,
	isOwners,
	losePatience,
	type Memo,
	Waiting,
} from "./waiting.ts";

export type { Freshness } from "../cache/bounds.ts";

export interface LoaderOptions<K, V> {
	readonly freshness: Freshness;
	/** One spelling per key: two keys that spell the same are one read. */
	spell(key: K): string;
	/** The names a change drops (docs/design: names), without the location in front: `contact/c1/tasks`. */
	names(key: K): readonly string[];
	/** Names that only the value tells: a page depends on every contact in it. */
	namesIn?(value: V): readonly string[];
	/**
	 * Of what search brings: the names of contacts whose last change the value shows, however far search lags, because
	 * they were read one by one. A change of these alone does not make it unsettled.
	 */
	shows?(value: V): readonly string[];
	/** Whether it shows some of these as they were read within search's lag before, not now. */
	isPatched?(value: V): boolean;
	/** One value or one error per key, in the order of the keys; matched by id, never by the upstream's order. */
	fetch(
		keys: readonly K[],
		context: Context,
	): Promise<ReadonlyArray<V | Error>>;
	/**
	 * How many keys `fetch` reads in one call, where it does: values that are asked for all the time are then read anew
	 * together before they are past their bound.
	 */
	together?(context: Context): number;
}

export interface Loader<K, V> {
	/** The value itself where it is at hand, which saves a promise for every item of a list. */
	load(context: Context, key: K): V | Promise<V>;
	/**
	 * Puts a value at hand that another read of the same operation brought along: call it within `fetch`, with the
	 * context given there. The first value of a key stays. What search brought is not taken within its lag after a change,
	 * unless `isCurrent`: it was read by itself since.
	 */
	prime(context: Context, key: K, value: V, isCurrent?: boolean): void;
	/** What was kept last, even if it was dropped since: good only for what never changes. */
	last(context: Context, key: K): V | undefined;
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
	const of: Renewable["of"] = {
		together: (context) => options.together?.(context) ?? 1,
		async renew(all, context) {
			const { reads } = context;
			const wanted = (all as readonly KeyRenewal<K>[]).filter(
				({ at }) => reads.wantsRenewal(at) && !reads.isFlying(at),
			);
			if (wanted.length) await flown(wanted, context, true);
		},
	};
	const renewalOf = ({ key, at }: Asked<K>): KeyRenewal<K> => ({ key, at, of });
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
				if (kept.renewal && reads.isLate(kept))
					context.renewals.willNeed(
						reads.place.locationId,
						kept.renewal as Renewable,
					);
				memo.known.set(at, kept.value as V);
				return kept.value as V;
			}
			const one = new Waiting<K, V>(key, at, memo, context);
			memo.known.set(at, one.promise);
			memo.places.set(at, one.places);
			ask(one, memo, context);
			return one.promise;
		},
		last: ({ reads }, key) =>
			reads.last(reads.key(prefix + options.spell(key))) as V | undefined,
		prime(context, key, value, isCurrent = false) {
			const { reads } = context;
			const { known } = memoOf(context);
			const at = reads.key(prefix + options.spell(key));
			if (known.has(at)) return;
			const names = namesOf(options, key, value);
			const reading = readings.get(context);
			const mark = reading?.mark;
			// The search that brought it may not have heard of its last change when it was asked.
			const isSettling = (name: string) => reads.settling(name, mark?.readAt);
			if (!isCurrent && names.some(isSettling)) return;
			known.set(at, value);
			if (!reading) return;
			const entry = reads.landed(at, {
				value,
				freshness: options.freshness,
				names,
				mark: reading.mark,
				raw: reading.raws.get(value),
				areAllNew: reading.areAllNew,
				isPatched: isCurrent,
				renewal: options.together && renewalOf({ key, at }),
			});
			// What it was read with is read anew with it: nobody asked for it by its key.
			reads.use({ ...entry, renewal: undefined });
		},
	};

	function ask(one: Waiting<K, V>, memo: Memo<K, V>, context: Context): void {
		memo.waiting.push(one);
		if (memo.waiting.length === 1) afterThisTick(() => send(memo, context));
	}

	function send(memo: Memo<K, V>, context: Context): void {
		const { waiting } = memo;
		const { reads } = context;
		const askedAt = reads.place.seq;
		const { signal } = context.upstream;
		const own: Waiting<K, V>[] = [];
		const joined: {
			one: Waiting<K, V>;
			landed: Promise<Entry>;
			flight: Flight;
		}[] = [];
		for (const one of waiting.splice(0)) {
			one.hasSpare = reads.hasLastResort(one.at);
			// Out of budget there is no use in waiting for it.
			if (one.hasSpare && !context.reading.hasRoom() && one.giveLastResort()) {
				context.renewals.needs(reads.place.locationId, renewalOf(one));
				continue;
			}
			const flight = reads.flight(one.at);
			// A renewal waits until nobody else wants to call: that is too long for who has nothing else.
			if (flight && (one.hasSpare || !flight.renews))
				joined.push({ one, flight, landed: flight.landed() });
			else own.push(one);
		}
		if (!joined.length) {
			if (own.length) fetch(own, context);
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
				(entry) => {
					reads.resume();
					// What it hangs on only the value tells: it may have begun before a change that this one asked after.
					if (askedAt > flight.seq && !reads.isTrue(entry))
						ask(one, memo, context);
					else one.give(entry);
				},
				(error) => {
					if (signal?.aborted) one.refuse(error);
					// The one who asked first has left, or had less time to wait; that is no answer to those who have more. They
					// ask again, and again one of them asks for all.
					else if (flight.abandoned() || isOwners(error))
						ask(one, memo, context);
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
		const batch = flown(asked, context, false);
		const given = others
			? allBut(context.upstream.signal, others).then(() => batch)
			: batch;
		losePatience(asked, given, context);
		given.then(
			(entries) => {
				context.reads.resume();
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
		return batch;
	}

	/** Reads the keys, so that others who want them meanwhile may wait for the same. */
	function flown(
		asked: readonly Asked<K>[],
		context: Context,
		renews: boolean,
	): Promise<readonly (Entry | Error)[]> {
		const { reads } = context;
		const mark = reads.mark();
		const raws = new Raws();
		const within = { ...context, upstream: recording(context.reading, raws) };
		const areAllNew = !asked.some(({ at }) => reads.knows(at));
		const reading = { mark, raws, areAllNew };
		readings.set(within, reading);
		const batch = read(asked, within, reading);
		const flights = asked.map(({ key, at }, index) => {
			const names = options.names(key);
			const flight = new BatchFlight(batch, index, {
				names,
				mark,
				context,
				renews,
			});
			reads.takeOff(at, flight);
			return flight;
		});
		const end = () => {
			for (const [index, { at }] of asked.entries())
				reads.touchDown(at, flights[index] as Flight);
		};
		batch.then(end, end);
		return batch;
	}

	async function read(
		asked: readonly Asked<K>[],
		context: Context,
		{ mark, raws, areAllNew }: Reading,
	): Promise<readonly (Entry | Error)[]> {
		const values = await options.fetch(
			asked.map(({ key }) => key),
			context,
		);
		return asked.map((one, index) => {
			const value = values[index] as V | Error;
			if (value instanceof Error) return value;
			return context.reads.landed(one.at, {
				value,
				freshness: options.freshness,
				names: namesOf(options, one.key, value),
				mark,
				raw: raws.get(value),
				areAllNew,
				shows: options.shows?.(value),
				isPatched: options.isPatched?.(value),
				renewal: options.together && renewalOf(one),
			});
		});
	}
};

interface KeyRenewal<K> extends Asked<K>, Renewable {}

interface Asked<K> {
	readonly key: K;
	readonly at: Key;
}

let made = 0;

/** Calls tell what their values were made of. */
const recording = (upstream: Upstream, raws: Raws): Upstream => ({
	...upstream,
	call: (operation, request) => upstream.call(operation, request, raws),
	isPart: (...part) => raws.part(...part),
});

/** A read on whose behalf a context is handed to `fetch`. */
interface Reading {
	readonly mark: Mark;
	/** What its calls were answered with. */
	readonly raws: Raws;
	/** The cache knew none of its keys. */
	readonly areAllNew: boolean;
}

const readings = new WeakMap<Context, Reading>();

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

/** For the extensions of an answer; undefined when nothing in it is past its bound. */
export const staleIn = (
	context: Context,
): { stale: (string | number)[][] } | undefined =>
	context.reads.stale.size ? { stale: stalePaths(context) } : undefined;
