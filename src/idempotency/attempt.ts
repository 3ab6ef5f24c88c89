/** One attempt at a write: sends it, and reads back whatever its end leaves open. */
import { setTimeout as wait } from "node:timers/promises";
import { type Failure, fail } from "../errors.ts";
import type { IdempotencyRecord } from "../store/idempotency.ts";
import { hadNoEffect } from "../upstream/certainty.ts";
import { Refusal } from "../upstream/refusal.ts";
import type { Claim, RecordKeeper } from "./record-keeper.ts";
import {
	type Done,
	type Outcome,
	outcomeUnknown,
	type Write,
} from "./write.ts";

export interface AttemptTerms {
	/** See WritesOptions. */
	readonly settleMs: number;
	readonly readBackAfterMs: readonly number[];
	/** Epoch milliseconds. */
	now(): number;
	/** The earliest that the API's clock can have shown when ours showed `begunAt`; null when the API has not told it yet. */
	sinceOf(begunAt: number): number | null;
}

export interface Attempt<O> {
	/** `since` is that of the record: see IdempotencyRecord. */
	send(begunAt: number, since: number | null): Promise<Done<O>>;
	/** What an earlier attempt, whose end nobody saw, has come to; sent again only when it is certain that it has not. */
	resume(seen: IdempotencyRecord): Promise<Done<O>>;
}

// A full disk may be emptied at any time; asking more often than this helps nobody.
export const UNRECORDED_RETRY_MS = 1000;
const POLL_MS = 50;
// Writes of the same content that are on their way keep a read-back waiting no longer than this.
const LONGEST_CLAIM_MS = 10_000;

export const attempt = <O extends Outcome>(
	write: Write<O>,
	key: string | undefined,
	record: RecordKeeper,
	terms: AttemptTerms,
): Attempt<O> => {
	const { settleMs, now } = terms;
	const unknown = (retryAfterMs: number, cause?: unknown) =>
		outcomeUnknown(write.mutation, key, retryAfterMs, cause);

	const finish = async (outcome: O): Promise<O> => {
		try {
			await record.finish(outcome, write.createdOf?.(outcome));
		} catch (error) {
			throw unknown(UNRECORDED_RETRY_MS, error);
		}
		return outcome;
	};

	/** The first of them that no other write has made; nothing while others of the same content are on their way. */
	const claim = async (outcomes: readonly O[]): Promise<Found<O>> => {
		const candidates = outcomes.map((outcome) => ({
			made: write.createdOf?.(outcome) ?? "",
			outcome: JSON.stringify(outcome),
		}));
		const givesUpAt = now() + LONGEST_CLAIM_MS;
		let claimed: Claim = "wait";
		while (claimed === "wait") {
			claimed = await record.claim(candidates);
			if (claimed !== "wait") break;
			if (now() >= givesUpAt) return { isKnown: false };
			await wait(POLL_MS);
		}
		if (claimed === undefined) return { isKnown: true };
		return { isKnown: true, outcome: outcomes[claimed] as O };
	};

	const readBack = async (
		begunAt: number,
		known: number | null,
	): Promise<Found<O>> => {
		// Read without it, the answer itself tells what time it is there.
		const possible = await write.readBack(known ?? begunAt - UNTOLD_MS);
		if (possible === "unknown") return { isKnown: false };
		if (!write.createdOf) {
			const [first] = possible;
			return first
				? { isKnown: true, outcome: await finish(first.outcome) }
				: { isKnown: true };
		}
		const since = known ?? terms.sinceOf(begunAt);
		if (since === null) return { isKnown: false };
		// The oldest first: the younger ones may be all that an equal write, sent later, can be looked for among.
		const young = possible
			.filter(({ madeAt }) => madeAt && madeAt >= since)
			.sort((a, b) => Number(a.madeAt) - Number(b.madeAt));
		if (young.length > 0) return claim(young.map(({ outcome }) => outcome));
		return { isKnown: possible.every(({ madeAt }) => madeAt) };
	};

	/** After an end that says nothing: what reading says, or OUTCOME_UNKNOWN. */
	const settle = async (
		begunAt: number,
		since: number | null,
		cause: unknown,
	): Promise<Done<O>> => {
		await record.lost();
		for (const delay of terms.readBackAfterMs) {
			if (delay > 0) await wait(delay);
			try {
				const { outcome } = await readBack(begunAt, since);
				if (outcome) return { outcome, how: "sent" };
			} catch {
				// The same outage that hid the outcome may hide it still; the next try or the next request finds it.
			}
		}
		await record.release();
		throw unknown(settleMs, cause);
	};

	const send = async (
		begunAt: number,
		since: number | null,
		again = false,
	): Promise<Done<O>> => {
		let outcome: O;
		try {
			outcome = await write.send();
		} catch (error) {
			if (error instanceof Refusal && error.code !== "RATE_LIMITED")
				return refused({ begunAt, since }, error, again);
			if (!hadNoEffect(error)) return settle(begunAt, since, error);
			await record.forget();
			throw error;
		}
		return { outcome: await finish(outcome), how: "sent" };
	};

	const refused = async (
		{ begunAt, since }: { begunAt: number; since: number | null },
		refusal: Refusal,
		again: boolean,
	): Promise<Done<O>> => {
		const told = await write.refused(refusal);
		const isCreate = write.createdOf !== undefined;
		// 422, and yet created (contract, section 6). And a second attempt may be refused because of the first. For other
		// refusals nobody has reported it: they are worth a later look, and no call that the caller waits for.
		const isSuspect = isCreate && (again || refusal.status === 422);
		const mayBeMade = isSuspect || (isCreate && told?.isCertain === false);
		if (mayBeMade) await record.lost();
		if (isSuspect) {
			const found = await readBack(begunAt, since).catch(() => undefined);
			if (found?.outcome) return { outcome: found.outcome, how: "sent" };
		}
		if (told && (!mayBeMade || told.isCertain))
			return { outcome: await finish(told.outcome), how: "sent" };
		// Reading back may have come too early to see what was made: only a later look can tell.
		if (told) {
			await record.refuse(told.outcome, now() + settleMs, write);
			return { outcome: told.outcome, how: "sent", settlesInMs: settleMs };
		}
		if (mayBeMade) await record.release();
		else await record.forget();
		throw refusal;
	};

	const resume = async (seen: IdempotencyRecord): Promise<Done<O>> => {
		// However long reading takes, it shows only what could be seen when it began.
		const readAt = now();
		const left = Math.max(0, seen.sentAt + settleMs - readAt);
		const told = seen.outcome && (JSON.parse(seen.outcome) as O);
		let found: Found<O>;
		try {
			found = await readBack(seen.begunAt, seen.since);
		} catch (error) {
			await record.release();
			if (told) return { outcome: told, how: "found", settlesInMs: left };
			throw error;
		}
		if (found.outcome) return { outcome: found.outcome, how: "found" };
		const isOver = found.isKnown && left === 0;
		if (isOver && told) return { outcome: await finish(told), how: "found" };
		if (!isOver) {
			await record.release();
			if (told)
				return { outcome: told, how: "found", settlesInMs: left || settleMs };
			throw unknown(left);
		}
		await begun(record.sendAgain());
		return send(seen.begunAt, seen.since, true);
	};
	return { send, resume };
};

// What search is asked for before the API has told its time; what came of it is looked through again.
const UNTOLD_MS = 60_000;

interface Found<O> {
	/** False when reading cannot show it, so that absence proves nothing. */
	readonly isKnown: boolean;
	readonly outcome?: O;
}

/** Nothing is sent that could not be remembered. */
export const begun = <T>(recording: Promise<T>): Promise<T> =>
	recording.catch((cause: unknown): never => {
		throw notRecorded(cause);
	});

const notRecorded = (cause: unknown): Failure =>
	fail(
		"STORAGE_UNAVAILABLE",
		"Nothing was sent: the gateway cannot record the write now. Send it again, with the same idempotencyKey, after retryAfterMs.",
		{ cause, extensions: { retryAfterMs: UNRECORDED_RETRY_MS } },
	);
