/** A clock that a test moves: timers fire in order, and what waits for them runs in between. */
import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../src/clock.ts";

export interface TestClock extends Clock {
	/** Moves on by `ms`, firing timers on the way; lets everything that became runnable run. */
	advance(ms: number): Promise<void>;
	/** Timers that wait. */
	readonly waiting: number;
}

/** Starts at 2026-01-01T00:00:00Z, unless told another epoch. */
export const testClock = (start = Date.UTC(2026, 0, 1)): TestClock => {
	let now = 0;
	let timers: { at: number; then: () => void }[] = [];
	return {
		now: () => now,
		epoch: () => start + now,
		after(ms, then) {
			const timer = { at: now + Math.max(ms, 0.001), then };
			timers.push(timer);
			return () => {
				timers = timers.filter((one) => one !== timer);
			};
		},
		get waiting() {
			return timers.length;
		},
		async advance(ms) {
			const until = now + ms;
			for (;;) {
				// Promise jobs first: what they start may be due before the next timer.
				await turn();
				const next = timers
					.filter(({ at }) => at <= until)
					.sort((a, b) => a.at - b.at)[0];
				if (!next) break;
				timers = timers.filter((one) => one !== next);
				now = Math.max(now, next.at);
				next.then();
			}
			now = until;
			await turn();
		},
	};
};
