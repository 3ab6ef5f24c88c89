/** Time that runs faster, so that a minute under the API's limit takes seconds: for child processes that share its start. */
import type { Clock } from "../src/clock.ts";

export interface FastTime {
	/** Epoch milliseconds, the same in all processes of a run. */
	readonly start: number;
	/** How many times as fast as the system's. */
	readonly speed: number;
}

export const fastClock = ({ start, speed }: FastTime): Clock => {
	const epoch = () =>
		start + (performance.timeOrigin + performance.now() - start) * speed;
	return {
		now: epoch,
		epoch,
		after(ms, then) {
			const timer = setTimeout(then, Math.max(ms / speed, 1));
			timer.unref();
			return () => clearTimeout(timer);
		},
	};
};
