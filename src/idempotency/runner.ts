/** Runs writes at most once a key: record, send, record the outcome; and reads back whatever was left open between. */
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { type Failure, fail } from "../errors.ts";
import {
	type IdempotencyStore,
	ownerName,
	type RecordId,
} from "../store/idempotency.ts";
import type { ApiClock } from "../upstream/api-clock.ts";
import { whileWanted } from "../upstream/while-wanted.ts";
import {
	type Attempt,
	type AttemptTerms,
	attempt,
	begun,
	UNRECORDED_RETRY_MS,
} from "./attempt.ts";
import { inputHash } from "./hash.ts";
import { madeAt } from "./key-time.ts";
import {
	keeperOf,
	keeperWithoutKey,
	NO_RECORD,
	nothing,
	type PlanSeal,
} from "./record-keeper.ts";
import { createSettling } from "./settling.ts";
import {
	type Caller,
	type Done,
	type Outcome,
	outcomeUnknown,
	type Write,
	type Writes,
} from "./write.ts";

export interface WritesOptions {
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
	/** Epoch milliseconds. */
	now?(): number;
}

/** What writes stand on. */
export interface WritesParts {
	readonly store: IdempotencyStore;
	readonly apiClock: ApiClock;
	readonly seal: PlanSeal;
	/** See SettlingOptions. */
	after(ms: number, then: () => void): () => void;
	/** A write as its record kept it, to be read back on nobody's behalf; undefined where the mutation is not known. */
	recorded(
		caller: Caller,
		mutation: string,
		plan: unknown,
	): Write<Outcome> | undefined;
}

// The write goes on: who asks with its key meanwhile waits for its outcome.
export const ASK_AGAIN_MS = 1000;
const POLL_MS = 50;

export const createWrites = (
	{ store, apiClock, seal, after, recorded }: WritesParts,
	options: WritesOptions = {},
): Writes => {
	const now = options.now ?? Date.now;
	const keptMs = options.keptMs ?? 86_400_000;
	const pruneEveryMs = options.pruneEveryMs ?? 600_000;
	const leaseMs = options.leaseMs ?? 60_000;
	const owner = ownerName(randomUUID());
	const running = new Map<string, RunningWrite>();
	const underWay = new Set<Promise<void>>();
	let prunedAt = Number.NEGATIVE_INFINITY;

	const terms: AttemptTerms = {
		settleMs: options.settleMs ?? 20_000,
		readBackAfterMs: options.readBackAfterMs ?? [0, 500],
		now,
		sinceOf(begunAt) {
			const earliest = apiClock.earliest();
			return earliest === null ? null : earliest - (now() - begunAt);
		},
	};
	const keeping = { seal, now };
	const settling = createSettling({
		store,
		seal,
		owner,
		leaseMs,
		now,
		after,
		attemptOf(id, mutation, plan) {
			const write = recorded(id, mutation, plan);
			return write && attemptAt(write, id);
		},
	});
	const attemptAt = <O extends Outcome>(
		write: Write<O>,
		id: RecordId,
	): Attempt<O> => attempt(write, id.key, keeperOf(store, id, keeping), terms);

	const prune = (): void => {
		if (now() - prunedAt < pruneEveryMs) return;
		prunedAt = now();
		// Whoever writes now waits for none of it, and is not to be refused because what is old stays a while longer.
		store.prune(now() - keptMs).catch(nothing);
	};

	const newRecord = (write: Write<Outcome>, hash: string) => {
		const begunAt = now();
		return {
			inputHash: hash,
			content: write.createdOf && inputHash(write.mutation, [write.plan]),
			begunAt,
			since: apiClock.earliest(),
			sentAt: begunAt,
			owner,
			leaseUntil: begunAt + leaseMs,
		};
	};

	const keyed = async <O extends Outcome>(
		id: RecordId,
		write: Write<O>,
		hash: string,
		signal: AbortSignal | undefined,
	): Promise<Done<O>> => {
		const { key } = id;
		const inFlight = () => outcomeUnknown(write.mutation, key, ASK_AGAIN_MS);
		for (;;) {
			const record = newRecord(write, hash);
			const expiredBefore = record.begunAt - keptMs;
			const isOld = (madeAt(key) ?? record.begunAt) < expiredBefore;
			// One that is too old to be new is never begun, only looked for.
			const seen = await begun(
				isOld
					? store.find(id, expiredBefore)
					: store.begin(id, record, expiredBefore),
			);
			if (!seen && isOld) throw expired(key, keptMs);
			const { send, resume } = attemptAt(write, id);
			if (!seen) return send(record.begunAt, record.since);
			if (seen.inputHash !== hash) throw conflict(key);
			if (seen.outcome !== null && seen.settlesAt === null)
				return { outcome: JSON.parse(seen.outcome) as O, how: "remembered" };
			// What this process is at stands in `running`: a record of its own that comes here was left behind.
			const isHeld =
				seen.owner !== null && seen.owner !== owner && seen.leaseUntil > now();
			if (isHeld) await whileWanted(wait(POLL_MS), signal, inFlight);
			else if (await taken(store.takeOver(id, seen, record), write, key))
				// Whoever let its lease run out may have sent until then.
				return resume(
					seen.owner === null || seen.owner === owner
						? seen
						: { ...seen, sentAt: Math.max(seen.sentAt, seen.leaseUntil) },
				);
		}
	};

	const withoutKey = async <O extends Outcome>(
		{ locationId, subject }: Caller,
		write: Write<O>,
	): Promise<Done<O>> => {
		const record = newRecord(write, "");
		if (!write.createdOf)
			return attempt(write, undefined, NO_RECORD, terms).send(
				record.begunAt,
				record.since,
			);
		const id = { locationId, subject, key: randomUUID() };
		await store.begin(id, record, 0).catch(nothing);
		const keeper = keeperWithoutKey(keeperOf(store, id, keeping));
		return attempt(write, undefined, keeper, terms).send(
			record.begunAt,
			record.since,
		);
	};

	const runOne: Writes["run"] = async (caller, write, signal) => {
		prune();
		const { locationId, subject, key } = caller;
		if (key === undefined) return withoutKey(caller, write);
		const hash = inputHash(write.mutation, write.input);
		const place = JSON.stringify([locationId, subject, key]);
		for (;;) {
			const flight = running.get(place);
			if (!flight) break;
			if (flight.hash !== hash) throw conflict(key);
			const done = await whileWanted(flight.settled, signal, () =>
				outcomeUnknown(write.mutation, key, ASK_AGAIN_MS),
			);
			if (done) return { ...(done as Done<never>), how: "remembered" };
			// The first caller left or met an outage; whoever still waits finds out for themselves.
		}
		const work = keyed({ locationId, subject, key }, write, hash, signal);
		const settled = work.catch(() => undefined);
		running.set(place, { hash, settled });
		try {
			const done = await work;
			if (done.settlesInMs !== undefined) settling.soon(done.settlesInMs);
			return done;
		} finally {
			running.delete(place);
		}
	};
	return {
		run(caller, write, signal) {
			const work = runOne(caller, write, signal);
			const ended = work.then(nothing, nothing);
			underWay.add(ended);
			ended.then(() => underWay.delete(ended));
			return work;
		},
		startSettling: settling.start,
		async idle() {
			await settling.stop();
			while (underWay.size > 0) await Promise.all(underWay);
		},
	};
};

interface RunningWrite {
	readonly hash: string;
	/** Undefined when it failed. */
	readonly settled: Promise<Done<Outcome> | undefined>;
}

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

const expired = (key: string, keptMs: number): Failure =>
	fail(
		"IDEMPOTENCY_KEY_EXPIRED",
		`The idempotencyKey ${JSON.stringify(key.slice(0, 40))} was made more than ${keptMs / 3_600_000} hours ago, as long as keys are stored, and its outcome is not known. Nothing was sent. Read whether the write was done, and send it with a new key if not.`,
	);
