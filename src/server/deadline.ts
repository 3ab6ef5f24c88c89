/** How long a caller is willing to wait, and the signal that ends everything done for it when that time is over. */
import type { Clock } from "../clock.ts";
import { fail } from "../errors.ts";

export interface Deadline {
	readonly deadlineMs: number;
	/** Aborted with DEADLINE_EXCEEDED when the time is over, or when the caller leaves. */
	readonly signal: AbortSignal;
	/** The answer is complete: nothing is to be ended any more. */
	met(): void;
	/** The same where the caller's signal outlives the answer: it is not listened to any more. */
	leave(): void;
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
		`X-Deadline-Ms must be a whole number of milliseconds from 1, but came as ${JSON.stringify(header.slice(0, 40))}. Leave it out to wait up to ${longestMs} ms.`,
	);
};

export const startDeadline = (
	deadlineMs: number,
	callerLeft: AbortSignal,
	clock: Clock,
): Deadline => {
	// One controller for both reasons: AbortSignal.any holds its signals weakly, and one that is collected never fires.
	const ends = new AbortController();
	const leave = () => ends.abort(callerLeft.reason);
	if (callerLeft.aborted) leave();
	else callerLeft.addEventListener("abort", leave, { once: true });
	const cancel = clock.after(deadlineMs, () =>
		ends.abort(
			fail(
				"DEADLINE_EXCEEDED",
				`The answer was not complete within ${deadlineMs} ms. Ask for less, or allow more time with X-Deadline-Ms.`,
				{ extensions: { deadlineMs } },
			),
		),
	);
	return {
		deadlineMs,
		signal: ends.signal,
		met: cancel,
		leave() {
			cancel();
			callerLeft.removeEventListener("abort", leave);
		},
		end: () => ends.abort(),
	};
};
