/** One location's calls for the day: who may still spend them, corrected by the upstream's headers. */
import type { Lane } from "./fair-queue.ts";

/** What the headers of one answer say of the daily limit. */
export interface DayReport {
	readonly limit: number;
	readonly remaining: number;
	/** Undefined where the header is missing: it is undocumented (contract, section 7). */
	readonly resetsInMs: number | undefined;
}

export interface Day {
	/** How many more calls a lane may spend today, those in the air taken off. */
	free(lane: Lane, now: number): number;
	resetsInMs(now: number): number;
	/** Milliseconds until a lane that may spend nothing now is let to try. */
	nextTryIn(now: number): number;
	/** A call that was refused told how the day stands; it was not counted. */
	told(now: number, report: DayReport): void;
	send(now: number): void;
	/** The call was not sent after all. */
	unsent(): void;
	/** The call ended; `report` is undefined when nobody knows whether the upstream counted it, so it is taken as counted. */
	ended(now: number, report: DayReport | undefined): void;
	state(now: number): { limit: number; remaining: number };
}

const DAY_MS = 86_400_000;
// Resets told by two answers of one day differ by less than this.
const SAME_RESET_MS = 60_000;

/**
 * The share of the day each lane leaves to those before it: when the day runs short, what nobody waits for stops
 * first, and the last calls are for writes.
 */
const LEAVES: Readonly<Record<Lane, number>> = {
	mutation: 0,
	query: 0.01,
	subscription: 0.05,
	renewal: 0.08,
	background: 0.1,
};

// Background work also keeps to the day's straight line: it may not spend in the morning what the evening needs.
const PACED: Lane = "background";
const SLACK = 0.95;

// Where nothing may be spent nothing is heard either: a few calls ask now and then whether that is still so.
const ASK_AGAIN_MS = 300_000;
const ASKING_CALLS = 10;
const ASKING: ReadonlySet<Lane> = new Set([
	"mutation",
	"query",
	"subscription",
]);

// Answers that overtake one another differ by less of the limit than this; more is a day that was reset early.
const OVERTAKEN = 0.05;

/** A day begins with its first call, not at midnight [recorded]. `initialLimit` is taken until an answer tells. */
export const createDay = (initialLimit: number, now: number): Day => {
	let limit = initialLimit;
	let remaining = limit;
	// Undefined until the day's first call.
	let resetAt: number | undefined;
	let inFlight = 0;
	let heardAt = now;

	const turn = (at: number) => {
		if (resetAt === undefined || at < resetAt) return;
		remaining = limit;
		resetAt = undefined;
	};
	const untilReset = (at: number) =>
		resetAt === undefined ? DAY_MS : resetAt - at;

	const hear = (at: number, report: DayReport): void => {
		heardAt = at;
		const known = at + untilReset(at);
		const reset = at + (report.resetsInMs ?? untilReset(at));
		const sameDay = Math.abs(reset - known) < SAME_RESET_MS;
		const isLess = report.remaining - remaining < limit * OVERTAKEN;
		// Answers overtake one another; within a day what is left only shrinks.
		remaining =
			sameDay && report.limit === limit && isLess
				? Math.min(remaining, report.remaining)
				: report.remaining;
		limit = report.limit;
		if (!sameDay || resetAt === undefined) resetAt = reset;
	};

	return {
		free(lane, at) {
			turn(at);
			const kept = Math.floor(limit * LEAVES[lane]);
			const line =
				lane === PACED
					? Math.floor(limit * SLACK * Math.min(1, untilReset(at) / DAY_MS))
					: 0;
			const free = remaining - inFlight - Math.max(kept, line);
			return free <= 0 && ASKING.has(lane) && at - heardAt >= ASK_AGAIN_MS
				? ASKING_CALLS - inFlight
				: free;
		},
		nextTryIn(at) {
			turn(at);
			return Math.min(
				untilReset(at),
				// Those that ask are under way.
				at - heardAt < ASK_AGAIN_MS
					? heardAt + ASK_AGAIN_MS - at
					: ASK_AGAIN_MS,
			);
		},
		told(at, report) {
			turn(at);
			hear(at, report);
		},
		resetsInMs(at) {
			turn(at);
			return untilReset(at);
		},
		send(at) {
			turn(at);
			resetAt ??= at + DAY_MS;
			inFlight++;
		},
		unsent() {
			inFlight--;
		},
		ended(at, report) {
			inFlight--;
			turn(at);
			if (report) hear(at, report);
			else remaining--;
		},
		state(at) {
			turn(at);
			return { limit, remaining: Math.max(0, remaining - inFlight) };
		},
	};
};
