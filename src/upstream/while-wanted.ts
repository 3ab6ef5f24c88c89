/** Waiting for what others are at, or for what others want as well: no longer than somebody waits here. */

/** The work goes on, for whoever wants its result next. @throws what `tooLate` makes of the signal's reason; by default that. */
export const whileWanted = <T>(
	work: Promise<T>,
	signal: AbortSignal | undefined,
	tooLate: (reason: unknown) => unknown = (reason) => reason,
): Promise<T> => {
	if (!signal) return work;
	return new Promise((resolve, reject) => {
		const leave = () => reject(tooLate(signal.reason));
		const done = () => signal.removeEventListener("abort", leave);
		if (signal.aborted) leave();
		signal.addEventListener("abort", leave, { once: true });
		work.finally(done).then(resolve, reject);
	});
};
