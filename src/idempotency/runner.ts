/** Runs writes at most once a key: record, send, record the outcome; and reads back whatever was left open between. */

import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { type Failure, fail } from "../errors.ts";
import type {
	IdempotencyRecord,
	IdempotencyStore,
	RecordId,
} from "../store/idempotency.ts";
import { nothingHappened } from "../upstream/certainty.ts";
import { Refusal } from "../upstream/refusal.ts";
import { inputHash } from "./hash.ts";
import {
	type Caller,
	type Done,
	type Outcome,
	outcomeUnknown,
	type Write,
	type Writes,
} from "./write.ts";

export interface WritesOptions {
	readonly store: IdempotencyStore;
	/** How long a key is remembered. Default 24 h. */
	readonly keptMs?: number;
	/** How often to look for keys that are past that; only where writes come. Default 10 min. */
	readonly pruneEveryMs?: number;
	/**
	 * How long after it was sent a write may still take effect or still be unseen by a read. What is not found after
	 * that did not happen. Default 20,000: the search lag and some seconds for a slow call.
	 */
	readonly settleMs?: number;
	/** When to read back after an uncertain end, in milliseconds after it. Default at once and after 500. */
	readonly readBackAfterMs?: readonly number[];
	/** A process that dies holds its keys no longer than this. Default 60,000. */
	readonly leaseMs?: number;
	/** Clocks of the API and this machine may differ by this much. Default 60,000. */
	readonly clockSkewMs?: number;
	/** Epoch milliseconds. */
	now?(): number;
}

const POLL_MS = 50;
// A full disk may be emptied at any time; asking more often than this helps nobody.
const UNRECORDED_RETRY_MS = 1000;
const REMEMBERED_CREATES = 100_000;

export const createWrites = (options: WritesOptions): Writes => {
	const { store } = options;
	const now = options.now ?? Date.now;
	const keptMs = options.keptMs ?? 86_400_000;
	const pruneEveryMs = options.pruneEveryMs ?? 600_000;
	const settleMs = options.settleMs ?? 20_000;
	const readBackAfterMs = options.readBackAfterMs ?? [0, 500];
	const leaseMs = options.leaseMs ?? 60_000;
	const clockSkewMs = options.clockSkewMs ?? 60_000;
	const owner = randomUUID();
	const running = new Map<string, Flight>();
	const underWay = new Set<Promise<void>>();
	// Creates of this process, so that no read-back takes another's thing for its own; the store knows those with keys.
	const made = new LRUCache<string, true>({
		maxSize: REMEMBERED_CREATES,
		sizeCalculation: () => 1,
	});
	let prunedAt = Number.NEGATIVE_INFINITY;

	const prune = async (): Promise<void> => {
		if (now() - prunedAt < pruneEveryMs) return;
		prunedAt = now();
		// Whoever writes now is not to be refused because what is old stays a while longer.
		await store.prune(now() - keptMs).catch(nothing);
	};

	/** Takes the first candidate that no other write has made. No await between looking and taking. */
	const claim = async <O extends Outcome>(
		{ locationId }: Caller,
		write: Write<O>,
		candidates: readonly O[],
	): Promise<O | undefined> => {
		for (const outcome of candidates) {
			const thing = write.claimOf?.(outcome);
			if (thing === undefined) return outcome;
			if (await store.isMade(locationId, thing)) continue;
			const spelt = `${locationId}/${thing}`;
			if (made.get(spelt)) continue;
			made.set(spelt, true);
			return outcome;
		}
		return undefined;
	};

	const attempt = <O extends Outcome>(
		caller: Caller,
		write: Write<O>,
		record: RecordKeeper,
	) => {
		const { locationId } = caller;
		const finish = async (outcome: O): Promise<O> => {
			const thing = write.claimOf?.(outcome);
			const spelt = `${locationId}/${thing}`;
			if (thing !== undefined) made.set(spelt, true);
			try {
				await record.finish(outcome, thing);
			} catch (error) {
				// The next attempt must be able to find it again, and may come as soon as the disk takes it.
				made.delete(spelt);
				throw outcomeUnknown(
					write.mutation,
					caller.key,
					UNRECORDED_RETRY_MS,
					error,
				);
			}
			return outcome;
		};
		const readBack = async (since: number): Promise<Found<O>> => {
			const candidates = await write.readBack(since - clockSkewMs);
			if (candidates === "unknown") return { told: false };
			const outcome = await claim(caller, write, candidates);
			return outcome === undefined
				? { told: true }
				: { told: true, outcome: await finish(outcome) };
		};

		/** After an end that says nothing: what reading says, or OUTCOME_UNKNOWN. */
		const settle = async (since: number, cause: unknown): Promise<O> => {
			for (const delay of readBackAfterMs) {
				if (delay > 0) await wait(delay);
				try {
					const found = await readBack(since);
					if (found.outcome) return found.outcome;
				} catch {
					// The same outage that hid the outcome may hide it still; the next try or the next request tells.
				}
			}
			await record.release();
			throw outcomeUnknown(write.mutation, caller.key, settleMs, cause);
		};

		const send = async (since: number, again = false): Promise<O> => {
			let outcome: O;
			try {
				outcome = await write.send();
			} catch (error) {
				if (error instanceof Refusal && error.code !== "RATE_LIMITED")
					return refused(since, error, again);
				if (!nothingHappened(error)) return settle(since, error);
				await record.forget();
				throw error;
			}
			return finish(outcome);
		};

		const refused = async (
			since: number,
			refusal: Refusal,
			again: boolean,
		): Promise<O> => {
			// 422, and yet created (contract, section 6). And a second attempt may be refused because of the first.
			if (write.claimOf && (again || refusal.status === 422)) {
				const found = await readBack(since).catch(() => undefined);
				if (found?.outcome) return found.outcome;
			}
			const outcome = await write.refused(refusal);
			if (outcome !== undefined) return finish(outcome);
			// Reading back may have come too early to see what a 422 made: only the next attempt can tell.
			if (write.claimOf && refusal.status === 422) await record.release();
			else await record.forget();
			throw refusal;
		};

		/** What an earlier attempt, whose end nobody saw, has come to; sent again only when it is certain that it has not. */
		const resume = async (seen: IdempotencyRecord): Promise<O> => {
			// However long reading takes, it tells only what could be seen when it began.
			const askedAt = now();
			let found: Found<O>;
			try {
				found = await readBack(seen.begunAt);
			} catch (error) {
				await record.release();
				throw error;
			}
			if (found.outcome) return found.outcome;
			const left = seen.sentAt + settleMs - askedAt;
			if (!found.told || left > 0) {
				await record.release();
				throw outcomeUnknown(write.mutation, caller.key, Math.max(left, 0));
			}
			await begun(record.sendAgain());
			return send(seen.begunAt, true);
		};
		return { send, resume };
	};

	const keyed = async <O extends Outcome>(
		caller: Caller,
		write: Write<O>,
		id: RecordId,
		hash: string,
	): Promise<Done<O>> => {
		for (;;) {
			const begunAt = now();
			const lease = { owner, leaseUntil: begunAt + leaseMs };
			const seen = await begun(
				store.begin(
					id,
					{ inputHash: hash, begunAt, sentAt: begunAt, ...lease },
					begunAt - keptMs,
				),
			);
			const { send, resume } = attempt(caller, write, keeper(store, id, now));
			if (!seen) return { outcome: await send(begunAt), how: "sent" };
			if (seen.inputHash !== hash) throw conflict(id.key);
			if (seen.outcome !== null)
				return { outcome: JSON.parse(seen.outcome) as O, how: "remembered" };
			// What this process is at stands in `running`: a record of its own that comes here was left behind.
			const isHeld =
				seen.owner !== null && seen.owner !== owner && seen.leaseUntil > now();
			if (isHeld) await wait(POLL_MS);
			else if (await taken(store.takeOver(id, seen, lease), write, id.key))
				return { outcome: await resume(seen), how: "found" };
		}
	};

	const runOne: Writes["run"] = async (caller, write) => {
		await prune();
		const { locationId, subject, key } = caller;
		if (key === undefined) {
			const { send } = attempt(caller, write, NO_RECORD);
			return { outcome: await send(now()), how: "sent" };
		}
		const hash = inputHash(write.mutation, write.input);
		const place = JSON.stringify([locationId, subject, key]);
		for (;;) {
			const flight = running.get(place);
			if (!flight) break;
			if (flight.hash !== hash) throw conflict(key);
			const done = await flight.settled;
			if (done) return { ...done, outcome: done.outcome as never };
			// The first caller left or met an outage; whoever still waits finds out for themselves.
		}
		const work = keyed(caller, write, { locationId, subject, key }, hash);
		const settled = work.catch(() => undefined);
		running.set(place, { hash, settled });
		try {
			return await work;
		} finally {
			running.delete(place);
		}
	};
	return {
		run(caller, write) {
			const work = runOne(caller, write);
			const ended = work.then(nothing, nothing);
			underWay.add(ended);
			ended.then(() => underWay.delete(ended));
			return work;
		},
		async idle() {
			while (underWay.size > 0) await Promise.all(underWay);
		},
	};
};

interface Flight {
	readonly hash: string;
	/** Undefined when it failed. */
	readonly settled: Promise<Done<Outcome> | undefined>;
}

interface Found<O> {
	/** False when reading cannot tell, so that absence proves nothing. */
	readonly told: boolean;
	readonly outcome?: O;
}

interface RecordKeeper {
	finish(outcome: Outcome, made: string | undefined): Promise<void>;
	release(): Promise<void>;
	forget(): Promise<void>;
	sendAgain(): Promise<void>;
}

const nothing = async () => {};
const NO_RECORD: RecordKeeper = {
	finish: nothing,
	release: nothing,
	forget: nothing,
	sendAgain: nothing,
};

const keeper = (
	store: IdempotencyStore,
	id: RecordId,
	now: () => number,
): RecordKeeper => ({
	finish: (outcome, made) => store.finish(id, JSON.stringify(outcome), made),
	// A record that cannot be let go is taken over all the same: nothing of this process is at it.
	release: () => store.release(id).catch(nothing),
	forget: () => store.forget(id).catch(nothing),
	sendAgain: () => store.sendAgain(id, now()),
});

/** Nothing is sent that could not be remembered. */
const begun = <T>(recording: Promise<T>): Promise<T> =>
	recording.catch((cause: unknown) => {
		throw fail(
			"STORAGE_UNAVAILABLE",
			"Nothing was sent: the gateway cannot record the write now. Send it again, with the same idempotencyKey, after retryAfterMs.",
			{ cause, extensions: { retryAfterMs: UNRECORDED_RETRY_MS } },
		);
	});

/** An earlier attempt was sent, and nobody can look into it without being the only one. */
const taken = (
	recording: Promise<boolean>,
	{ mutation }: Pick<Write<Outcome>, "mutation">,
	key: string,
): Promise<boolean> =>
	recording.catch((cause: unknown) => {
		throw outcomeUnknown(mutation, key, UNRECORDED_RETRY_MS, cause);
	});

const conflict = (key: string): Failure =>
	fail(
		"IDEMPOTENCY_CONFLICT",
		`The idempotencyKey ${JSON.stringify(key.slice(0, 40))} was used before with another input. Send the same input again, or take a new key for a new one.`,
	);
