/** Keeps the doctor below a tenth of the location's budget, so that a gateway beside it does not notice. */
import { setTimeout as wait } from "node:timers/promises";

export interface Pace {
	/** Resolves when one more call may leave. @throws the signal's reason when it aborts. */
	turn(signal?: AbortSignal): Promise<void>;
	/** A call has ended: counted from here, it is counted no sooner than the API counted it. */
	ended(): void;
	/** What an answer told of the limit. */
	learn(limit: number, intervalMs: number): void;
}

const SHARE = 10;

/** Until an answer tells, 100 calls in 10 s are taken for the limit (contract, section 7). */
export const createPace = (): Pace => {
	let most = 10;
	let spanMs = 10_000;
	const ends: number[] = [];
	return {
		async turn(signal) {
			for (;;) {
				const now = performance.now();
				while (ends[0] !== undefined && ends[0] <= now - spanMs) ends.shift();
				if (ends[0] === undefined || ends.length < most) return;
				await wait(Math.ceil(ends[0] + spanMs - now), undefined, { signal });
			}
		},
		ended() {
			ends.push(performance.now());
		},
		learn(limit, intervalMs) {
			most = Math.max(1, Math.floor(limit / SHARE));
			// Less than one call in an interval is one in several.
			spanMs = Math.max(intervalMs, (intervalMs * SHARE) / limit);
		},
	};
};
