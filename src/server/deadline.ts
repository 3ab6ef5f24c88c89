/** How long a caller is willing to wait, and the signal that ends everything done for it when that time is over. */
import type { Clock } from "../clock.ts";
import { fail } from "../errors.ts";

export interface Deadline {
	readonly deadlineMs: number;
	/** Aborted with DEADLINE_EXCEEDED when the time is over, or when the caller leaves. */
	readonly signal: AbortSignal;
	/** The answer is complete: the timer stops. */
	clear(): void;
	/** The same where the caller's signal outlives the answer: it also stops listening to that. */
	detach(): void;
	/** Nobody waits for the answer any more: what is done for it ends now. */
	end(): void;
}

/**
 * The caller's `X-Deadline-Ms`, which can only shorten the gateway's own deadline.
 * @throws Failure BAD_REQUEST for anything but a whole number from 1.
 */
export const deadlineOf = (
	header: string | undefined,
	longestMs: number,
): number => {
	if (header === undefined) return longestMs;
	if (/^\d{1,9}$/.test(header) && Number(header) > 0)
		return Math.min(Number(header), longestMs);
	throw fail(
		"BAD_REQUEST",
		`X-Deadline-Ms must be a whole number of milliseconds from 1, but got ${JSON.stringify(header.slice(0, 40))}. Leave it out to wait up to ${longestMs} ms.`,
	);
};

const passed = (deadlineMs: number) =>
	fail(
		"DEADLINE_EXCEEDED",
		`The answer was not complete within ${deadlineMs} ms. Ask for less, or allow more time with X-Deadline-Ms.`,
		{ extensions: { deadlineMs } },
	);

/** For what comes before the work. @throws Failure DEADLINE_EXCEEDED when it takes longer than is left. */
export const withinDeadline = async <T>(
	work: Promise<T>,
	deadlineMs: number,
	waitedMs: number,
): Promise<T> => {
	const { promise, reject } = Promise.withResolvers<never>();
	const timer = setTimeout(
		() => reject(passed(deadlineMs)),
		deadlineMs - waitedMs,
	);
	try {
		return await Promise.race([work, promise]);
	} finally {
		clearTimeout(timer);
	}
};

/** `waitedMs` of it are over already. */
export const startDeadline = (
	deadlineMs: number,
	callerLeft: AbortSignal,
	clock: Clock,
	waitedMs = 0,
): Deadline => {
	// One controller for both reasons: AbortSignal.any holds its signals weakly, and one that is collected never fires.
	const ends = new AbortController();
	const onCallerLeft = () => ends.abort(callerLeft.reason);
	if (callerLeft.aborted) onCallerLeft();
	else callerLeft.addEventListener("abort", onCallerLeft, { once: true });
	const cancel = clock.after(deadlineMs - waitedMs, () =>
		ends.abort(passed(deadlineMs)),
	);
	return {
		deadlineMs,
		signal: ends.signal,
		clear: cancel,
		detach() {
			cancel();
			callerLeft.removeEventListener("abort", onCallerLeft);
		},
		end: () => ends.abort(),
	};
};
