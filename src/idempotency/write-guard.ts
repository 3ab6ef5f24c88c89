/** Lets a write that was sent run to its end and be recorded, although its caller has left or waits no longer. */
import { Failure, fail } from "../errors.ts";
import { neverSent } from "../upstream/certainty.ts";

export interface WriteGuard {
	/** Aborted when the operation ends early, but not before a write on its way has come to its end. */
	readonly signal: AbortSignal;
	/** Aborted as soon as the caller leaves or the deadline passes. */
	readonly caller: AbortSignal;
	/** Call when a write goes on the wire: from here on it is not cut off. */
	sent(): void;
	/**
	 * Runs one write. When the operation ends early while it is on its way, what `interrupted` makes of the reason is thrown
	 * at once, and the write goes on. @throws the reason itself when the operation has ended before it was sent.
	 */
	run<T>(
		write: () => Promise<T>,
		interrupted: (reason: unknown) => Error,
	): Promise<T>;
}

// What was not sent ends by itself when its signal aborts, and says more of why; unless something holds it that knows no signal.
const GRACE_MS = 20;

/** `caller` is aborted when the caller leaves or the deadline passes. */
export const createWriteGuard = (caller: AbortSignal): WriteGuard => {
	const ends = new AbortController();
	let inFlight = false;
	const end = () => {
		if (!inFlight) ends.abort(caller.reason);
	};
	if (caller.aborted) end();
	else caller.addEventListener("abort", end, { once: true });
	return {
		signal: ends.signal,
		caller,
		sent() {
			inFlight = true;
		},
		async run(write, interrupted) {
			if (caller.aborted) throw notBegun(caller.reason);
			const left = Promise.withResolvers<never>();
			let grace: ReturnType<typeof setTimeout> | undefined;
			const onAbort = () => {
				if (inFlight) left.reject(interrupted(caller.reason));
				else
					grace = setTimeout(
						() => left.reject(notBegun(caller.reason)),
						GRACE_MS,
					);
			};
			caller.addEventListener("abort", onAbort, { once: true });
			const work = write().finally(() => {
				caller.removeEventListener("abort", onAbort);
				clearTimeout(grace);
				inFlight = false;
				if (caller.aborted) end();
			});
			// Both may reject; the first is what the caller gets.
			work.catch(() => {});
			left.promise.catch(() => {});
			return Promise.race([work, left.promise]);
		},
	};
};

const notBegun = (reason: unknown): Error =>
	neverSent(
		reason instanceof Failure
			? reason
			: fail(
					"DEADLINE_EXCEEDED",
					"The request ended before this mutation was sent.",
					{ cause: reason },
				),
	);
