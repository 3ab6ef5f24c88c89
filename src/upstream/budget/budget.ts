/** The calls of one location, spent in order of importance: whoever wants to call waits here, or is told at once how long. */
import type { Clock } from "../../clock.ts";
import { Failure, fail } from "../../errors.ts";
import { createDay, type DayReport } from "./day.ts";
import { createFairQueue, type Lane, type Reservation } from "./fair-queue.ts";
import { type BurstReport, createWindow } from "./window.ts";

export interface BudgetOptions {
	readonly clock: Clock;
	/** Taken until the first answer's headers tell. Defaults: 100 in 10,000 ms, 200,000 a day (contract, section 7). */
	readonly limit?: number;
	readonly intervalMs?: number;
	readonly dailyLimit?: number;
}

/** What one operation of ours may want of the budget. */
export interface BudgetSessionOptions {
	readonly lane: Lane;
	/** The caller, between whom the budget is shared fairly. */
	readonly subject: string;
	/** The most calls it may make; 0 when unknown: then it is only asked for call by call. */
	readonly maxCost: number;
	/** How many of them it is reckoned with, at most `worst`, which is the default. What it makes beyond is asked for call by call. */
	readonly expectedCost?: number | undefined;
	/** By the budget's clock; Infinity when there is none. */
	readonly deadlineAt: number;
	/** Its waiting calls leave the queue when this aborts. */
	readonly signal?: AbortSignal | undefined;
}

export interface RateLimitReport {
	readonly burst: BurstReport | undefined;
	readonly day: DayReport | undefined;
}

/** Leave to put one call on the wire. Exactly one of its methods must be called, once. */
export interface Permit {
	/** It was not sent after all: the budget gets it back whole. */
	unused(): void;
	/** It was answered; the headers of the answer correct the budget. */
	answered(report: RateLimitReport): void;
	/** It was sent and not answered. */
	lost(): void;
}

/** One operation's claim on the budget. */
export interface BudgetSession {
	/**
	 * Leave to make one call: at once where there is budget, else when its turn comes.
	 * @throws Failure RATE_LIMITED when it cannot come before the deadline, before any call of the errand where what it is
	 * reckoned with shows that; or the signal's reason when that aborts.
	 */
	acquire(): Permit | Promise<Permit>;
	/** Gives back what it was reckoned for and did not use. Idempotent. */
	end(): void;
}

export interface BudgetState {
	readonly limit: number;
	readonly remaining: number;
	/** Milliseconds until the whole burst limit is free again if nothing more is sent. */
	readonly resetsInMs: number;
	readonly dailyLimit: number;
	readonly dailyRemaining: number;
	readonly queued: number;
}

/** The budget of one location. Another implementation may keep it where several processes share it. */
export interface Budget {
	session(options: BudgetSessionOptions): BudgetSession;
	/**
	 * The upstream answered 429 all the same, with this report: nothing is sent for this long, unless it is the day that
	 * is used up, which the budget keeps to by itself.
	 */
	refused(retryAfterMs: number, report: RateLimitReport): void;
	state(): BudgetState;
	/** Whether a call could be sent now without taking from those who may want to call in a moment. */
	hasRoom(): boolean;
}

/** Lanes that leave a share of the burst to the others. */
const SPARING: ReadonlySet<Lane> = new Set(["renewal", "background"]);

export const createBudget = (options: BudgetOptions): Budget => {
	const { clock } = options;
	const window = createWindow({
		limit: options.limit ?? 100,
		intervalMs: options.intervalMs ?? 10_000,
	});
	const day = createDay(options.dailyLimit ?? 200_000, clock.now());
	/** Admitted claims until they end, the others while they wait. */
	const lines = createFairQueue<Claim>();
	let queued = 0;
	let fedAt = Number.NEGATIVE_INFINITY;
	let cancelTimer: (() => void) | undefined;

	const leaveFor = (claim: Claim): Permit => {
		const now = clock.now();
		const trip = window.send(now);
		day.send(now);
		claim.sent++;
		lines.served(claim);
		return {
			unused() {
				claim.sent--;
				window.unsent(trip);
				day.unsent();
				pump();
			},
			answered({ burst, day: today }) {
				const at = clock.now();
				window.answered(trip, at, burst);
				day.ended(at, today);
				pump();
			},
			lost() {
				const at = clock.now();
				window.lost(trip, at);
				day.ended(at, undefined);
				pump();
			},
		};
	};

	const mayLeave = (lane: Lane): boolean => {
		const now = clock.now();
		return queued === 0 && freeFor(lane, now) > 0 && day.free(lane, now) > 0;
	};
	const freeFor = (lane: Lane, now: number): number =>
		SPARING.has(lane) ? window.spare(now) : window.free(now);

	/**
	 * A renewal that callers have kept out for long goes first now and then: it is what they will ask for next, and one
	 * call of it often saves many of theirs.
	 */
	const longStarved = (now: number): Claim | undefined => {
		if (now - fedAt < FED_EVERY_MS) return undefined;
		const claim = lines.next(
			(lane) => lane === "renewal" && day.free(lane, now) > 0,
		);
		const since = claim?.waiting[0]?.since ?? now;
		if (now - since < STARVED_MS) return undefined;
		fedAt = now;
		return claim;
	};

	/** Sends whatever may be sent now, and comes back when more may be. */
	const pump = (): void => {
		if (queued === 0) return;
		const now = clock.now();
		const mayCall = (lane: Lane) =>
			day.free(lane, now) > 0 && freeFor(lane, now) > 0;
		while (window.free(now) > 0) {
			const claim = longStarved(now) ?? lines.next(mayCall);
			if (!claim) break;
			const waiter = claim.waiting.shift() as Waiter;
			queued--;
			waiter.resolve(leaveFor(claim));
			if (claim.left() === 0) lines.remove(claim);
		}
		cancelTimer?.();
		cancelTimer = undefined;
		if (queued > 0)
			cancelTimer = clock.after(
				// What is free and not taken is left to others, or the day is over for those who wait.
				window.free(now) <= 0 || window.spare(now) <= 0
					? window.nextFreeIn(now)
					: day.nextTryIn(now),
				pump,
			);
	};

	/** Milliseconds until the last of the calls a claim may still make could be sent. */
	const waitOf = (claim: Claim, now: number): number => {
		const calls = lines.before(claim);
		// The last call of a day may carry a write, though reading what it answers with finds none left.
		const needed =
			claim.lane === "mutation"
				? calls - claim.left() + Math.min(1, claim.left())
				: calls;
		if (day.free(claim.lane, now) < needed) return day.resetsInMs(now);
		return window.timeOf(calls, now) - now;
	};

	/** Why a claim in the line cannot be served before its deadline, or undefined when it can. */
	const tooLate = (claim: Claim, now: number): Failure | undefined => {
		const waitMs = waitOf(claim, now);
		const byMs = now + waitMs - claim.options.deadlineAt;
		return byMs > 0 ? rateLimited(claim, waitMs, byMs) : undefined;
	};

	const reject = (claim: Claim, reason: unknown): void => {
		queued -= claim.waiting.length;
		for (const waiter of claim.waiting.splice(0)) waiter.reject(reason);
		if (claim.left() === 0) lines.remove(claim);
	};

	/** Those behind a newcomer who have sent nothing yet and cannot make it any more hear it now, not at their deadline. */
	const tellThoseBehind = (newcomer: Claim, now: number): void => {
		for (const claim of lines.behind(newcomer)) {
			if (
				claim.sent > 0 ||
				claim.options.deadlineAt === Number.POSITIVE_INFINITY
			)
				continue;
			claim.refused = tooLate(claim, now);
			if (!claim.refused) continue;
			reject(claim, claim.refused);
			lines.remove(claim);
		}
	};

	/** @throws Failure RATE_LIMITED */
	const admit = (claim: Claim): void => {
		lines.add(claim);
		const now = clock.now();
		claim.refused = tooLate(claim, now);
		if (claim.refused) {
			lines.remove(claim);
			throw claim.refused;
		}
		tellThoseBehind(claim, now);
	};

	const wait = (claim: Claim): Promise<Permit> => {
		const { promise, ...waiter } = Promise.withResolvers<Permit>();
		claim.waiting.push({ ...waiter, since: clock.now() });
		queued++;
		if (!lines.has(claim)) lines.add(claim);
		const isReserved = claim.sent + claim.waiting.length <= claim.reserved;
		const isServed = isReserved && day.free(claim.lane, clock.now()) > 0;
		const refusal = isServed ? undefined : tooLate(claim, clock.now());
		if (refusal) {
			claim.waiting.pop();
			queued--;
			if (claim.left() === 0) lines.remove(claim);
			throw refusal;
		}
		// Nobody reckoned with it when those behind were admitted.
		if (!isReserved) tellThoseBehind(claim, clock.now());
		pump();
		return promise;
	};

	const aborted = (claim: Claim): unknown => {
		const { reason } = claim.options.signal as AbortSignal;
		// Whoever waited in vain for its first call was kept from it by the budget, not by the upstream.
		return claim.sent === 0 &&
			reason instanceof Failure &&
			reason.code === "DEADLINE_EXCEEDED"
			? rateLimited(claim, waitOf(claim, clock.now()), 0)
			: reason;
	};

	return {
		session(asked) {
			const { lane, maxCost, signal } = asked;
			let claim: Claim | undefined;
			const onAbort = () => claim && reject(claim, aborted(claim));
			const begin = (): Claim => {
				claim = newClaim(asked);
				signal?.addEventListener("abort", onAbort, { once: true });
				if (maxCost > 0) admit(claim);
				return claim;
			};
			return {
				acquire() {
					signal?.throwIfAborted();
					if (claim?.refused) throw claim.refused;
					const mine = claim ?? begin();
					return mayLeave(lane) ? leaveFor(mine) : wait(mine);
				},
				end() {
					if (!claim) return;
					// A caller who leaves ends the operation first and aborts its calls after.
					if (!claim.waiting.length)
						signal?.removeEventListener("abort", onAbort);
					claim.reserved = 0;
					if (claim.left() === 0) lines.remove(claim);
					pump();
				},
			};
		},
		refused(retryAfterMs, { burst, day: today }) {
			const at = clock.now();
			if (today) day.told(at, today);
			else if (!burst) window.refusedUntold(at);
			if (today?.remaining !== 0) window.hold(at, retryAfterMs);
		},
		state() {
			const now = clock.now();
			const today = day.state(now);
			return {
				...window.state(now),
				dailyLimit: today.limit,
				dailyRemaining: today.remaining,
				queued,
			};
		},
		hasRoom() {
			const now = clock.now();
			return window.spare(now) > 0 && day.free("query", now) > 0;
		},
	};
};

interface Waiter {
	readonly since: number;
	resolve(leave: Permit): void;
	reject(reason: unknown): void;
}

interface Claim extends Reservation {
	readonly options: BudgetSessionOptions;
	readonly waiting: Waiter[];
	/** What it is reckoned with, until it ends. */
	reserved: number;
	sent: number;
	refused: Failure | undefined;
}

const newClaim = (options: BudgetSessionOptions): Claim => ({
	lane: options.lane,
	subject: options.subject,
	options,
	waiting: [],
	reserved: Math.min(options.maxCost, options.expectedCost ?? options.maxCost),
	sent: 0,
	refused: undefined,
	left() {
		return Math.max(this.waiting.length, this.reserved - this.sent, 0);
	},
});

const STARVED_MS = 2_000;
const FED_EVERY_MS = 1_000;

const rateLimited = (
	{ options: { maxCost } }: Claim,
	waitMs: number,
	retryAfterMs: number,
): Failure =>
	fail(
		"RATE_LIMITED",
		`The location's call budget cannot serve this ${maxCost > 1 ? `(up to ${maxCost} calls) ` : ""}before its deadline: its turn would be over in ${Math.ceil(waitMs / 1000)} s. Try again after retryAfterMs, or ask for less.`,
		{ extensions: { retryAfterMs: Math.max(1000, Math.ceil(retryAfterMs)) } },
	);
