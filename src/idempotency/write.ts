/** What the runner must know of a write: how to send it, and how to find out later whether it took effect. */
import { Failure } from "../errors.ts";
import type { Refusal } from "../upstream/refusal.ts";

/** What came of a write, as plain JSON: ids and facts, never whole objects, which are read as they are when asked for. */
export type Outcome = object;

export interface Write<O extends Outcome> {
	readonly mutation: string;
	/** The input without its key; hashed, so that a key cannot be used for something else. */
	readonly input: object;
	/** Makes the REST calls. @throws whatever the upstream's client throws. */
	send(): Promise<O>;
	/** What a refusal means to the caller; undefined when it is not the caller's to mend. */
	refused(refusal: Refusal): O | Promise<O | undefined> | undefined;
	/**
	 * Reads whether the write took effect. For a create: everything that might be its doing, that is with its content
	 * and not older than `since` (epoch milliseconds). "unknown" when reading cannot tell.
	 * @throws whatever the upstream's client throws; the outcome then stays open.
	 */
	readBack(since: number): Promise<readonly O[] | "unknown">;
	/** What a create made, such as `task/t1`; undefined for a write that may be repeated without harm. */
	claimOf?(outcome: O): string | undefined;
}

export interface Caller {
	readonly locationId: string;
	readonly subject: string;
	/** The caller's own key; undefined for a write that is not to be remembered. */
	readonly key: string | undefined;
}

export interface Done<O> {
	readonly outcome: O;
	/** Sent now; found by reading after an end that nobody saw; or remembered from an earlier request. */
	readonly how: "sent" | "found" | "remembered";
}

/** Runs a write so that it takes effect at most once for a key, and its outcome is told truly or called unknown. */
export interface Writes {
	/**
	 * @throws Failure IDEMPOTENCY_CONFLICT (the key was used with another input), OUTCOME_UNKNOWN (`retryAfterMs` says
	 * when the same key may tell more), or whatever `send` throws when it is certain that nothing happened.
	 */
	run<O extends Outcome>(caller: Caller, write: Write<O>): Promise<Done<O>>;
	/** Resolves when no write is running. */
	idle(): Promise<void>;
}

/** What a caller is told who must find out what became of a write. */
export const outcomeUnknown = (
	mutation: string,
	key: string | undefined,
	retryAfterMs: number,
	cause?: unknown,
): Failure =>
	new Failure(
		"OUTCOME_UNKNOWN",
		key === undefined
			? `${mutation} was sent, and nobody can tell yet whether it took effect. Read before sending it again, or send an idempotencyKey next time.`
			: `${mutation} was sent, and nobody can tell yet whether it took effect. Send the same input with the same idempotencyKey again after retryAfterMs.`,
		{
			...(cause === undefined ? {} : { cause }),
			...(key === undefined ? {} : { extensions: { retryAfterMs } }),
		},
	);
