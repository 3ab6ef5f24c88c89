/** One location's burst limit as an exact sliding window, corrected by what the upstream's headers say. */

/** What the headers of one answer say of the burst limit. */
export interface BurstReport {
	readonly limit: number;
	readonly remaining: number;
	readonly intervalMs: number;
}

/** One call that was put on the wire and counts against the limit. */
export interface SentCall {
	readonly sentAt: number;
}

export interface Window {
	/** As it is believed to be now. */
	readonly limit: number;
	readonly intervalMs: number;
	/** Calls that may be sent now. */
	free(now: number): number;
	/** The same for work that somebody may wait for in a moment: a share of the limit is left to them. */
	spare(now: number): number;
	/** The same of permits that are not at hand yet, where they have to be fetched. */
	room?(now: number): number;
	/** Milliseconds until the next call may be sent when none may now. */
	nextFreeIn(now: number): number;
	/** When the last of `calls` further ones could be sent, if nothing else is sent in between. */
	timeOf(calls: number, now: number): number;
	send(now: number): SentCall;
	/** The call was not sent after all. */
	unsent(call: SentCall): void;
	/** The call ended, with an answer the upstream counted and maybe its report. */
	answered(call: SentCall, now: number, report: BurstReport | undefined): void;
	/** The call ended and nobody knows whether the upstream counted it; it is taken as counted. */
	lost(call: SentCall, now: number): void;
	/** Nothing may be sent for this long: the upstream said so. */
	hold(now: number, ms: number): void;
	/** A call was refused with 429 without headers: the calls answered within an interval become the limit. */
	refusedWithoutHeaders(now: number): void;
	state(now: number): { limit: number; remaining: number; resetsInMs: number };
}

// The upstream's clock and ours do not tick together.
const CLOCKS_APART_MS = 25;
// Other users of the limit send between our look at the headers and our next call.
const MARGIN_BESIDE_OTHERS = 2;
// After this long without an answer the others may have sent more than a margin.
const KNOWLEDGE_LASTS_MS = 1000;
const ROOM_TO_ASK = 6;
// What nobody waits for leaves room for so much of the limit at once: else whoever comes next waits a whole window.
const LEFT_TO_CALLERS = 0.4;
// Above this the limit is no limit, and counting every call of a window would only cost time.
const LARGEST_LIMIT_TO_COUNT = 1000;
// A limit that was reported long ago, or learned from refusals that other apps may have caused, is forgotten.
const BELIEVED_MS = 600_000;
// Of the limit at the start: less than this is not learnt of refusals, as others may have used up the rest.
const LEAST_LEARNT = 0.1;

/**
 * A call counts from the moment it is sent until one interval after its *answer*: the upstream counted it somewhere in
 * between, so no window of that length, sliding or fixed, and wherever it starts, ever holds more than the limit.
 */
export const createWindow = (initial: {
	limit: number;
	intervalMs: number;
}): Window => {
	let { limit, intervalMs } = initial;
	let inFlight = 0;
	let heldUntil = Number.NEGATIVE_INFINITY;
	let lastReport = Number.NEGATIVE_INFINITY;
	/** Until then the limit counts; after it, the one at the start again. */
	let believedUntil = Number.POSITIVE_INFINITY;
	let isLearnt = false;
	const ended = endedCalls();
	const others = otherCallers();

	const forget = (now: number) => {
		if (now < believedUntil) return;
		({ limit, intervalMs } = initial);
		believedUntil = Number.POSITIVE_INFINITY;
		isLearnt = false;
	};
	const answeredLately = (now: number) =>
		ended.counted(now, now - initial.intervalMs);

	const holdMs = () => intervalMs + CLOCKS_APART_MS;
	const share = (now: number) => {
		const theirs = others.reserve(now, intervalMs);
		return Math.max(
			1,
			limit - (theirs > 0 ? theirs + MARGIN_BESIDE_OTHERS : 0),
		);
	};
	const room = (now: number) =>
		share(now) - ended.since(now - holdMs()) - inFlight;

	const observe = (call: SentCall, now: number, report: BurstReport) => {
		const known = now - lastReport < KNOWLEDGE_LASTS_MS;
		({ limit, intervalMs } = report);
		isLearnt = false;
		believedUntil =
			limit * initial.intervalMs > initial.limit * intervalMs
				? now + BELIEVED_MS
				: Number.POSITIVE_INFINITY;
		lastReport = now;
		const used = Math.max(0, limit - report.remaining);
		if (limit > LARGEST_LIMIT_TO_COUNT && used * 2 < limit) {
			others.clear();
			return;
		}
		// Ours that the upstream had counted in its window when it wrote the report: surely, and possibly.
		const surely = 1 + ended.counted(call.sentAt, now - intervalMs);
		const possibly = 1 + inFlight + ended.since(call.sentAt - intervalMs);
		others.between(used - possibly, used - surely, known);
		if (inFlight <= 1) others.settle(now, intervalMs);
	};

	const window: Window = {
		get limit() {
			return limit;
		},
		get intervalMs() {
			return intervalMs;
		},
		free(now) {
			forget(now);
			if (now < heldUntil) return 0;
			const free = room(now);
			if (now - lastReport < KNOWLEDGE_LASTS_MS) return free;
			// Half may go out on old knowledge; the first of their answers frees the rest.
			if (others.reserve(now, intervalMs) === 0)
				return Math.min(free, Math.ceil(share(now) / 2) - inFlight);
			// Others may have filled up what we left: one call asks, once there is room for what they took meanwhile.
			return inFlight === 0 && free >= Math.min(ROOM_TO_ASK, share(now))
				? 1
				: 0;
		},
		spare: (now) => window.free(now) - Math.floor(limit * LEFT_TO_CALLERS),
		nextFreeIn(now) {
			if (now < heldUntil) return heldUntil - now;
			const first = ended.settledAt(0, now - holdMs());
			return first === undefined
				? intervalMs
				: Math.max(1, first + holdMs() - now);
		},
		timeOf(calls, now) {
			const start = Math.max(now, heldUntil);
			const free = Math.max(0, room(now));
			if (calls <= free) return start;
			const behind = calls - free - 1;
			const cycle = Math.floor(behind / share(now));
			const settled = ended.settledAt(behind % share(now), now - holdMs());
			return Math.max(start, (settled ?? now) + (cycle + 1) * holdMs());
		},
		send(now) {
			inFlight++;
			return { sentAt: now };
		},
		unsent() {
			inFlight--;
		},
		answered(call, now, report) {
			inFlight--;
			if (report) observe(call, now, report);
			ended.add(call.sentAt, now, now - holdMs());
			// Those under way with the one that was refused show that more is granted.
			if (isLearnt && !report) limit = Math.max(limit, answeredLately(now));
		},
		lost(_call, now) {
			inFlight--;
			// Never "surely" counted: as if it had been sent before anything we look at.
			ended.add(Number.NEGATIVE_INFINITY, now, now - holdMs());
		},
		hold(now, ms) {
			heldUntil = Math.max(heldUntil, now + ms);
		},
		refusedWithoutHeaders(now) {
			const least = Math.ceil(initial.limit * LEAST_LEARNT);
			limit = Math.min(limit, Math.max(least, answeredLately(now)));
			isLearnt = true;
			believedUntil = now + BELIEVED_MS;
		},
		state(now) {
			forget(now);
			const last = ended.lastSettledAt();
			return {
				limit,
				remaining:
					now < heldUntil ? 0 : Math.max(0, Math.min(limit, room(now))),
				resetsInMs: Math.max(
					0,
					inFlight > 0 ? intervalMs : last + intervalMs - now,
					heldUntil - now,
				),
			};
		},
	};
	return window;
};

/** Calls that have ended, oldest end first. Kept three windows long, so that slow answers can still be understood. */
const endedCalls = () => {
	let sent: number[] = [];
	let settled: number[] = [];
	/** First entry that still counts; what is before it is kept for looking back only. */
	let head = 0;
	const advance = (after: number) => {
		while (head < settled.length && (settled[head] as number) <= after) head++;
		if (head > 4096 && head * 2 > settled.length) {
			sent = sent.slice(head);
			settled = settled.slice(head);
			head = 0;
		}
	};
	return {
		add(sentAt: number, now: number, after: number) {
			advance(after);
			sent.push(sentAt);
			settled.push(now);
		},
		/** How many ended later than `after`. */
		since(after: number): number {
			let index = settled.length;
			if (after >= (settled[head - 1] ?? Number.NEGATIVE_INFINITY)) {
				advance(after);
				return settled.length - head;
			}
			while (index > 0 && (settled[index - 1] as number) > after) index--;
			return settled.length - index;
		},
		/** How many were answered before `before` and sent after `after`. */
		counted(before: number, after: number): number {
			let count = 0;
			for (let index = settled.length - 1; index >= 0; index--) {
				if ((settled[index] as number) <= after) break;
				if (
					(settled[index] as number) <= before &&
					(sent[index] as number) > after
				)
					count++;
			}
			return count;
		},
		/** When the one at `index`, counted from the oldest that ended after `after`, ended. */
		settledAt(index: number, after: number): number | undefined {
			advance(after);
			return settled[head + index];
		},
		lastSettledAt: (): number => settled.at(-1) ?? Number.NEGATIVE_INFINITY,
	};
};

/**
 * How much of the limit others use: another app of the same location, another process with the same token. No single
 * report tells, because it is unknown which of our calls in the air it counts; but each gives a lower and an upper
 * bound. The estimate moves only when a report contradicts it. After a silence it may be too low, so the lowest upper
 * bound since then is believed until nothing is in the air.
 */
const otherCallers = () => {
	let estimate = 0;
	let most = 0;
	// The largest estimates of this interval and the one before: what they took a moment ago they will take again.
	let peaks: [number, number] = [0, 0];
	let turned = Number.NEGATIVE_INFINITY;
	const turn = (now: number, intervalMs: number) => {
		if (now - turned < intervalMs) return;
		peaks = [0, now - turned < 2 * intervalMs ? peaks[0] : 0];
		turned = now;
	};
	return {
		between(low: number, high: number, known: boolean) {
			estimate = Math.max(0, low, Math.min(high, estimate));
			most = Math.max(estimate, known ? Math.min(high, most) : high);
		},
		/** With nothing in the air the bounds meet. */
		settle(now: number, intervalMs: number) {
			turn(now, intervalMs);
			most = estimate;
			peaks[0] = Math.max(peaks[0], estimate);
		},
		reserve(now: number, intervalMs: number): number {
			turn(now, intervalMs);
			return Math.max(most, estimate, ...peaks);
		},
		clear() {
			estimate = 0;
			most = 0;
			peaks = [0, 0];
		},
	};
};
