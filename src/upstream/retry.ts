/**
 * Whether and when a failed call is made again.
 *
 * Not cockatiel 4: the wait of its retry does not end when the caller leaves, runs on the global timer, and knows no
 * deadline; what would be left of it is the loop.
 */
import type { Clock } from "../clock.ts";
import { Failure } from "../errors.ts";
import { wasNeverSent } from "./certainty.ts";
import { StaleConnection } from "./connections.ts";
import { Refusal } from "./refusal.ts";

export interface RetryOptions {
	/** Calls in all, the first included. Default 3. */
	readonly attempts?: number;
	/** Longest wait before the second call; doubled for each further one. Default 200. */
	readonly baseMs?: number;
	/** Default 2,000. */
	readonly longestMs?: number;
	/** From 0 to 1. Default Math.random. */
	readonly random?: () => number;
}

export interface Attempted {
	/** Whether repeating the call changes nothing upstream. */
	readonly safe: boolean;
	readonly clock: Clock;
	readonly deadlineAt: number;
	readonly signal: AbortSignal | undefined;
}

/** @throws what the last attempt threw, or the signal's reason when it aborts during a wait. */
export const withRetries = async <A>(
	attempt: () => Promise<A>,
	{ safe, clock, deadlineAt, signal }: Attempted,
	options: RetryOptions = {},
): Promise<A> => {
	const { attempts = 3 } = options;
	for (let made = 1; ; made++) {
		try {
			return await attempt();
		} catch (error) {
			if (made >= attempts || signal?.aborted || !mayRepeat(error, safe))
				throw error;
			// After a 429 the budget itself waits, and a stale connection is replaced at once; half of each other wait is
			// chance, so that callers do not return in step.
			const waitMs =
				isRateLimit(error) || isStale(error) ? 0 : backoff(made, options);
			if (clock.now() + waitMs >= deadlineAt) throw error;
			if (waitMs > 0) await pause(waitMs, clock, signal);
		}
	}
};

/**
 * Reads: connection faults, 429, what an edge says while the API is away. Writes: only when it is certain that nothing
 * happened, which a 429 and a call that never left are.
 */
const mayRepeat = (error: unknown, safe: boolean): boolean => {
	if (isRateLimit(error)) return true;
	if (!(error instanceof Failure)) return false;
	if (wasNeverSent(error)) return true;
	if (error.code !== "UPSTREAM_UNAVAILABLE") return false;
	const { upstreamStatus, retryAfterMs } = error.extensions;
	// The breaker's own refusal: nothing was asked, and asking again is what it prevents.
	if (retryAfterMs !== undefined) return false;
	return (
		safe &&
		(upstreamStatus === undefined || PASSING.has(Number(upstreamStatus)))
	);
};

// 520 to 524 and 530 are the edge's words for an API that it cannot reach; with 200 it sends a page of its own.
const PASSING = new Set([200, 502, 503, 504, 520, 521, 522, 523, 524, 530]);

const isRateLimit = (error: unknown): boolean =>
	error instanceof Refusal && error.status === 429;

const isStale = (error: unknown): boolean =>
	error instanceof Failure && error.cause instanceof StaleConnection;

const backoff = (
	made: number,
	{ baseMs = 200, longestMs = 2000, random = Math.random }: RetryOptions,
): number => {
	const most = Math.min(longestMs, baseMs * 2 ** (made - 1));
	return most / 2 + (most / 2) * random();
};

const pause = (
	ms: number,
	clock: Clock,
	signal: AbortSignal | undefined,
): Promise<void> =>
	new Promise((resolve, reject) => {
		const onAbort = () => {
			cancel();
			reject(signal?.reason);
		};
		const cancel = clock.after(ms, () => {
			signal?.removeEventListener("abort", onAbort);
			resolve();
		});
		signal?.addEventListener("abort", onAbort, { once: true });
	});
