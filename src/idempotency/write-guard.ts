/** Lets a write that was sent run to its end and be recorded, although its caller has left or waits no longer. */
import { Failure, fail } from "../errors.ts";
import { neverSent } from "../upstream/certainty.ts";

export interface WriteGuard {
	/** Aborted when the operation ends early, but not before a write on its way has come to its end. */
	readonly signal: AbortSignal;
	/** Call when a write goes on the wire: from here on it is not cut off. */
	sent(): void;
	/**
	 * Runs one write. When the operation ends early while it is on its way, what `leave` makes of the reason is thrown
	 * at once, and the write goes on. @throws the reason itself when the operation has ended before.
	 */
	run<T>(
		write: () => Promise<T>,
		leave: (reason: unknown) => Error,
	): Promise<T>;
}

/** `asked` is aborted when the caller leaves or the deadline passes. */
export const createWriteGuard = (asked: AbortSignal): WriteGuard => {
	const ends = new AbortController();
	let onItsWay = false;
	const end = () => {
		if (!onItsWay) ends.abort(asked.reason);
	};
	if (asked.aborted) end();
	else asked.addEventListener("abort", end, { once: true });
	return {
		signal: ends.signal,
		sent() {
			onItsWay = true;
		},
		async run(write, leave) {
			if (asked.aborted) throw notBegun(asked.reason);
			const left = Promise.withResolvers<never>();
			const onAbort = () => {
				if (onItsWay) left.reject(leave(asked.reason));
			};
			asked.addEventListener("abort", onAbort, { once: true });
			const work = write().finally(() => {
				asked.removeEventListener("abort", onAbort);
				onItsWay = false;
				if (asked.aborted) end();
			});
			// Both may reject; the first is what the caller hears.
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
