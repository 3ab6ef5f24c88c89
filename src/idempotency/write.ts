/** What the runner must know of a write: how to send it, and how to find out later whether it took effect. */
import { Failure } from "../errors.ts";
import type { Refusal } from "../upstream/refusal.ts";

/** Result of a write, as plain JSON: ids and facts, never whole objects, which are read when they are selected. */
export type Outcome = object;

export interface Write<O extends Outcome> {
	readonly mutation: string;
	/** The input without its key; hashed, so that a key cannot be used for something else. */
	readonly input: object;
	/** What is sent, as JSON: all that reading back needs, also once this process has died. */
	readonly plan: unknown;
	/** Makes the REST calls. @throws whatever the upstream's client throws. */
	send(): Promise<O>;
	/** What a refusal means to the caller; undefined when the caller cannot fix it. */
	refused(refusal: Refusal): Promise<Refused<O> | undefined>;
	/**
	 * Reads whether the write took effect. For a create: everything with its content that may not be older than `since`
	 * (epoch milliseconds by the API's clock). "unknown" when reading cannot show it.
	 * @throws whatever the upstream's client throws; the outcome then stays open.
	 */
	readBack(since: number): Promise<readonly PossibleOutcome<O>[] | "unknown">;
	/** What a create made, such as `task/t1`; undefined for a write that may be repeated without harm. */
	createdOf?(outcome: O): string | undefined;
}

export interface Refused<O> {
	readonly outcome: O;
	/** The refusal's own words rule out that the write was carried out all the same. */
	readonly isCertain: boolean;
}

/** Something that may be a write's doing. */
export interface PossibleOutcome<O> {
	readonly outcome: O;
	/**
	 * When it was made, by the API's clock (epoch milliseconds, the latest it can have been); null when the API does not
	 * say, or not yet. Left out for what a write changed: there it does not matter.
	 */
	readonly madeAt?: number | null;
}

export interface Caller {
	readonly locationId: string;
	readonly subject: string;
	/** The caller's own key; undefined for a write that is not to be remembered. */
	readonly key: string | undefined;
}

export interface Done<O> {
	readonly outcome: O;
	/**
	 * Sent now; found by reading after an earlier attempt whose end nobody saw; or remembered from another request with
	 * the same key.
	 */
	readonly how: "sent" | "found" | "remembered";
	/** Of a refusal that may hide a write: milliseconds until the same key knows. */
	readonly settlesInMs?: number;
}

/** Runs a write so that it takes effect at most once for a key, and its outcome is reported correctly or as unknown. */
export interface Writes {
	/**
	 * Waits for another request's attempt no longer than until `signal` aborts.
	 * @throws Failure IDEMPOTENCY_CONFLICT (the key was used with another input), IDEMPOTENCY_KEY_EXPIRED (the key says
	 * that it is older than keys are remembered, and it is not), OUTCOME_UNKNOWN (`retryAfterMs` says when a retry with
	 * the same key may know more), or whatever `send` throws when it is certain that nothing happened.
	 */
	run<O extends Outcome>(
		caller: Caller,
		write: Write<O>,
		signal?: AbortSignal,
	): Promise<Done<O>>;
	/** Settles refusals that may hide a write by itself, those of processes that have died as well. */
	startSettling(): void;
	/** Resolves when no write is running, and settles nothing more. */
	idle(): Promise<void>;
}

/** The error of a write whose outcome is not known yet. */
export const outcomeUnknown = (
	mutation: string,
	key: string | undefined,
	retryAfterMs: number,
	cause?: unknown,
): Failure =>
	new Failure(
		"OUTCOME_UNKNOWN",
		key === undefined
			? `${mutation} was sent, and it is not known yet whether it took effect. Read before sending it again, or send an idempotencyKey next time.`
			: `${mutation} was sent, and it is not known yet whether it took effect. Send the same input with the same idempotencyKey again after retryAfterMs.`,
		{
			...(cause === undefined ? {} : { cause }),
			...(key === undefined ? {} : { extensions: { retryAfterMs } }),
		},
	);
