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
	/** When the last of `calls` further ones may go, where others take so many in a millisecond of what is given evenly. */
	timeOf(calls: number, now: number, takenPerMs?: number): number;
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
		timeOf(calls, now, takenPerMs = 0) {
			const open = left(now);
			if (calls <= open || limit > LARGEST_LIMIT) return now;
			const perMs = Math.max(0, 1 / parts.apartMs - takenPerMs);
			// Those that go at once now come back after an interval, and so on.
			const back = ends.slice(head);
			for (let n = 0; n < open; n++) back.push(now + intervalMs);
			for (let n = 0; ; n++) {
				const round = Math.floor(n / back.length) * intervalMs;
				const next = (back[n % back.length] as number) + round;
				const evenly = now + (calls - open - n) / perMs;
				if (evenly <= next) return Math.max(now, evenly);
				if (open + n + 1 >= calls) return next;
			}
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
