/**
 * Part of the burst limit may be used at once, the rest only evenly over the interval: so there is never a whole interval
 * in which nothing becomes free, and whoever comes with little to ask is served within a second.
 */

export interface Spread {
	/** Whether a call may go now. */
	mayGo(now: number): boolean;
	/** Whether one of those for whom the evenly given part is kept may go ahead of the others. */
	mayGoAhead(now: number): boolean;
	/** Milliseconds until one may, when none may now. */
	nextIn(now: number): number;
	/** Milliseconds by which the last of `calls` further ones is held back, for all of which the window has room now. */
	delayOf(calls: number, now: number): number;
	/** A call went; of those who need not ask as well, since they take from the same. */
	went(now: number): void;
	/** The limit is another one now. */
	change(limit: number, intervalMs: number): void;
}

/** Of the limit. */
const EVENLY = 0.4;
// So far ahead may those take of the evenly given part for whom it is kept.
const AHEAD_MS = 1000;

// Above this nobody waits for anybody, and counting would only cost time.
const LARGEST_LIMIT = 1000;

export const createSpread = (limit: number, intervalMs: number): Spread => {
	/** When those that went at once stop counting, oldest first; what is before `head` has. */
	let ends: number[] = [];
	let head = 0;
	let evenlyFrom = Number.NEGATIVE_INFINITY;
	let parts = partsOf(limit, intervalMs);

	const left = (now: number) => {
		while (head < ends.length && (ends[head] as number) <= now) head++;
		if (head > LARGEST_LIMIT) {
			ends = ends.slice(head);
			head = 0;
		}
		return parts.atOnce - (ends.length - head);
	};
	return {
		mayGo: (now) => left(now) > 0 || now >= evenlyFrom,
		mayGoAhead: (now) => evenlyFrom - now < AHEAD_MS,
		nextIn(now) {
			left(now);
			return Math.max(1, Math.min(evenlyFrom, ends[head] ?? evenlyFrom) - now);
		},
		delayOf(calls, now) {
			const evenly = calls - left(now);
			if (evenly <= 0) return 0;
			return Math.max(0, evenlyFrom + (evenly - 1) * parts.apartMs - now);
		},
		went(now) {
			if (left(now) > 0) {
				if (limit <= LARGEST_LIMIT) ends.push(now + intervalMs);
				return;
			}
			const { apartMs } = parts;
			// A pump that comes late costs nothing, but nothing is saved up: it would be missing at the end of the interval.
			evenlyFrom = Math.min(
				Math.max(evenlyFrom, now - apartMs) + apartMs,
				now + AHEAD_MS + apartMs,
			);
		},
		change(to, within) {
			if (to === limit && within === intervalMs) return;
			limit = to;
			intervalMs = within;
			parts = partsOf(limit, intervalMs);
		},
	};
};

const partsOf = (limit: number, intervalMs: number) => {
	const evenly = Math.floor(limit * EVENLY);
	return {
		atOnce: limit - evenly,
		/** How far apart what is given evenly goes. */
		apartMs: intervalMs / Math.max(1, evenly),
	};
};
