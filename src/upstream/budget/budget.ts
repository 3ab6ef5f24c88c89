/** The REST calls of one location, spent in order of importance: an operation waits for a permit, or is refused at once. */
import type { Clock } from "../../clock.ts";
import { Failure, fail } from "../../errors.ts";
import { createDay, type DayReport } from "./day.ts";
import { createFairQueue, type Lane, type Reservation } from "./fair-queue.ts";
import { type BurstReport, createWindow } from "./window.ts";

export interface BudgetOptions {
	readonly clock: Clock;
	/** Used until the headers of the first answer report them. Defaults: 100 in 10,000 ms, 200,000 a day (contract, section 7). */
	readonly limit?: number;
	readonly intervalMs?: number;
	readonly dailyLimit?: number;
}

/** What one operation may need of the budget. */
export interface BudgetSessionOptions {
	readonly lane: Lane;
	/** The caller, between whom the budget is shared fairly. */
	readonly subject: string;
	/** The most calls it may make; 0 when unknown: then each call is requested by itself. */
	readonly maxCost: number;
	/** How many of them it reserves, at most `maxCost`, which is the default. Calls beyond are requested one by one. */
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

/** Permission to send one call. Exactly one of its methods must be called, once. */
export interface Permit {
	/** It was not sent after all: the budget gets it back whole. */
	unused(): void;
	/** It was answered; the headers of the answer correct the budget. */
	answered(report: RateLimitReport): void;
	/** It was sent and not answered. */
	lost(): void;
}

/** One operation's use of the budget. */
export interface BudgetSession {
	/**
	 * A permit for one call: at once where there is budget, else when its turn comes.
	 * @throws Failure RATE_LIMITED when its turn cannot come before the deadline, before any call of the operation where its
	 * reservation shows that; or the signal's reason when that aborts.
	 */
	acquire(): Permit | Promise<Permit>;
	/** Gives back what it reserved and did not use. Idempotent. */
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
const SPARING: ReadonlySet<Lane> = new Set(["refresh", "background"]);

export const createBudget = (options: BudgetOptions): Budget => {
	const { clock } = options;
	const window = createWindow({
		limit: options.limit ?? 100,
		intervalMs: options.intervalMs ?? 10_000,
	});
	const day = createDay(options.dailyLimit ?? 200_000, clock.now());
	/** Admitted reservations until they end, the others while they wait. */
	const queue = createFairQueue<OpenReservation>();
	let queued = 0;
	let refreshedAt = Number.NEGATIVE_INFINITY;
	let cancelTimer: (() => void) | undefined;

	const permitFor = (reservation: OpenReservation): Permit => {
		const now = clock.now();
		const call = window.send(now);
		day.send(now);
		reservation.sent++;
		queue.served(reservation);
		return {
			unused() {
				reservation.sent--;
				window.unsent(call);
				day.unsent();
				pump();
			},
			answered({ burst, day: today }) {
				const at = clock.now();
				window.answered(call, at, burst);
				day.ended(at, today);
				pump();
			},
			lost() {
				const at = clock.now();
				window.lost(call, at);
				day.ended(at, undefined);
				pump();
			},
		};
	};

	const maySend = (lane: Lane): boolean => {
		const now = clock.now();
		return queued === 0 && freeFor(lane, now) > 0 && day.free(lane, now) > 0;
	};
	const freeFor = (lane: Lane, now: number): number =>
		SPARING.has(lane) ? window.spare(now) : window.free(now);

	/**
	 * Refresh-ahead that callers have kept waiting for long goes first now and then: callers will request these values next,
	 * and one of its calls often saves many of theirs.
	 */
	const starvedRefresh = (now: number): OpenReservation | undefined => {
		if (now - refreshedAt < REFRESH_EVERY_MS) return undefined;
		const reservation = queue.next(
			(lane) => lane === "refresh" && day.free(lane, now) > 0,
		);
		const since = reservation?.waiting[0]?.since ?? now;
		if (now - since < STARVED_MS) return undefined;
		refreshedAt = now;
		return reservation;
	};

	/** Sends whatever may be sent now, and comes back when more may be. */
	const pump = (): void => {
		if (queued === 0) return;
		const now = clock.now();
		const mayCall = (lane: Lane) =>
			day.free(lane, now) > 0 && freeFor(lane, now) > 0;
		while (window.free(now) > 0) {
			const reservation = starvedRefresh(now) ?? queue.next(mayCall);
			if (!reservation) break;
			const waiter = reservation.waiting.shift() as Waiter;
			queued--;
			waiter.resolve(permitFor(reservation));
			if (reservation.left() === 0) queue.remove(reservation);
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

	/** Milliseconds until the last of the calls a reservation may still make could be sent. */
	const waitOf = (reservation: OpenReservation, now: number): number => {
		const calls = queue.before(reservation);
		// The last call of a day may carry a write, though reading what it answers with finds none left.
		const needed =
			reservation.lane === "mutation"
				? calls - reservation.left() + Math.min(1, reservation.left())
				: calls;
		if (day.free(reservation.lane, now) < needed) return day.resetsInMs(now);
		return window.timeOf(calls, now) - now;
	};

	/** Why a queued reservation cannot be served before its deadline, or undefined when it can. */
	const tooLate = (
		reservation: OpenReservation,
		now: number,
	): Failure | undefined => {
		const waitMs = waitOf(reservation, now);
		const byMs = now + waitMs - reservation.options.deadlineAt;
		return byMs > 0 ? rateLimited(reservation, waitMs, byMs) : undefined;
	};

	const reject = (reservation: OpenReservation, reason: unknown): void => {
		queued -= reservation.waiting.length;
		for (const waiter of reservation.waiting.splice(0)) waiter.reject(reason);
		if (reservation.left() === 0) queue.remove(reservation);
	};

	/** Refuses reservations behind a newcomer that have sent nothing yet and are too late now, instead of at their deadline. */
	const refuseTooLate = (newcomer: OpenReservation, now: number): void => {
		for (const reservation of queue.behind(newcomer)) {
			if (
				reservation.sent > 0 ||
				reservation.options.deadlineAt === Number.POSITIVE_INFINITY
			)
				continue;
			reservation.refused = tooLate(reservation, now);
			if (!reservation.refused) continue;
			reject(reservation, reservation.refused);
			queue.remove(reservation);
		}
	};

	/** @throws Failure RATE_LIMITED */
	const admit = (reservation: OpenReservation): void => {
		queue.add(reservation);
		const now = clock.now();
		reservation.refused = tooLate(reservation, now);
		if (reservation.refused) {
			queue.remove(reservation);
			throw reservation.refused;
		}
		refuseTooLate(reservation, now);
	};

	const wait = (reservation: OpenReservation): Promise<Permit> => {
		const { promise, ...waiter } = Promise.withResolvers<Permit>();
		reservation.waiting.push({ ...waiter, since: clock.now() });
		queued++;
		if (!queue.has(reservation)) queue.add(reservation);
		const isReserved =
			reservation.sent + reservation.waiting.length <= reservation.reserved;
		const isServed = isReserved && day.free(reservation.lane, clock.now()) > 0;
		const refusal = isServed ? undefined : tooLate(reservation, clock.now());
		if (refusal) {
			reservation.waiting.pop();
			queued--;
			if (reservation.left() === 0) queue.remove(reservation);
			throw refusal;
		}
		// It was not reserved when those behind were admitted.
		if (!isReserved) refuseTooLate(reservation, clock.now());
		pump();
		return promise;
	};

	const aborted = (reservation: OpenReservation): unknown => {
		const { reason } = reservation.options.signal as AbortSignal;
		// Whoever waited in vain for its first call was kept from it by the budget, not by the upstream.
		return reservation.sent === 0 &&
			reason instanceof Failure &&
			reason.code === "DEADLINE_EXCEEDED"
			? rateLimited(reservation, waitOf(reservation, clock.now()), 0)
			: reason;
	};

	return {
		session(options) {
			const { lane, maxCost, signal } = options;
			let reservation: OpenReservation | undefined;
			const onAbort = () =>
				reservation && reject(reservation, aborted(reservation));
			const begin = (): OpenReservation => {
				reservation = newReservation(options);
				signal?.addEventListener("abort", onAbort, { once: true });
				if (maxCost > 0) admit(reservation);
				return reservation;
			};
			return {
				acquire() {
					signal?.throwIfAborted();
					if (reservation?.refused) throw reservation.refused;
					const mine = reservation ?? begin();
					return maySend(lane) ? permitFor(mine) : wait(mine);
				},
				end() {
					if (!reservation) return;
					// A caller who leaves ends the operation first and aborts its calls after.
					if (!reservation.waiting.length)
						signal?.removeEventListener("abort", onAbort);
					reservation.reserved = 0;
					if (reservation.left() === 0) queue.remove(reservation);
					pump();
				},
			};
		},
		refused(retryAfterMs, { burst, day: today }) {
			const at = clock.now();
			if (today) day.refused(at, today);
			else if (!burst) window.refusedWithoutHeaders(at);
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
	resolve(permit: Permit): void;
	reject(reason: unknown): void;
}

interface OpenReservation extends Reservation {
	readonly options: BudgetSessionOptions;
	readonly waiting: Waiter[];
	/** Calls it may still make without asking again, until it ends. */
	reserved: number;
	sent: number;
	refused: Failure | undefined;
}

const newReservation = (options: BudgetSessionOptions): OpenReservation => ({
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
const REFRESH_EVERY_MS = 1_000;

const rateLimited = (
	{ options: { maxCost } }: OpenReservation,
	waitMs: number,
	retryAfterMs: number,
): Failure =>
	fail(
		"RATE_LIMITED",
		`The location's call budget cannot serve this ${maxCost > 1 ? `(up to ${maxCost} calls) ` : ""}before its deadline: its calls would be done in ${Math.ceil(waitMs / 1000)} s. Try again after retryAfterMs, or request less.`,
		{ extensions: { retryAfterMs: Math.max(1000, Math.ceil(retryAfterMs)) } },
	);
