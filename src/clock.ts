/** Time as a parameter: whatever waits or counts takes a clock, so that a test can move it. */

export interface Clock {
	/** Milliseconds that never jump. */
	now(): number;
	/** Epoch milliseconds, for what people read. */
	epoch(): number;
	/** Runs `then` once, `ms` from now, without keeping the process alive; returns the way to call it off. */
	after(ms: number, then: () => void): () => void;
}

// Longer timers fire at once in Node.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
	now: () => performance.now(),
	epoch: () => Date.now(),
	after(ms, then) {
		const timer = setTimeout(
			then,
			Math.min(Math.max(Math.ceil(ms), 1), LONGEST_TIMER_MS),
		);
		timer.unref();
		return () => clearTimeout(timer);
	},
};
