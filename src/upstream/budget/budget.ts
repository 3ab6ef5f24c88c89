/** The REST calls of one location, spent in order of importance: an operation waits for a permit, or is refused at once. */
import { LRUCache } from "lru-cache";
import type { Clock } from "../../clock.ts";
import { Failure, fail } from "../../errors.ts";
import { createCallers } from "./callers.ts";
import { createDay, type DayReport } from "./day.ts";
import {
	createFairQueue,
	type Lane,
	type Reservation,
	SPARING,
} from "./fair-queue.ts";
import { createPlaces } from "./places.ts";
import { createSpread } from "./spread.ts";
import { type BurstReport, createWindow, type Window } from "./window.ts";

export interface BudgetOptions {
	readonly clock: Clock;
	/** Used until the headers of the first answer report them. Defaults: 100 in 10,000 ms, 200,000 a day (contract, section 7). */
	readonly limit?: number;
	readonly intervalMs?: number;
	readonly dailyLimit?: number;
	/** The burst limit, where it is kept elsewhere; made of `limit` and `intervalMs` when left out. */
	readonly window?: Window;
}

/** Taken until an answer's headers tell (contract, section 7). */
export const BURST = { limit: 100, intervalMs: 10_000 } as const;

/** What one operation may need of the budget. */
export interface BudgetSessionOptions {
	readonly lane: Lane;
	/** The caller, between whom the budget is shared fairly. */
	readonly subject: string;
	/** The most calls it may make; 0 when unknown: then each call is requested by itself. */
	readonly maxCost: number;
	/** How many of them it reserves, at most `maxCost`, which is the default. Calls beyond are requested one by one. */
	readonly expectedCost?: number | undefined;
	/**
	 * Names what is asked for: whoever asks for the same has the same name. It is only called where there is less budget
	 * than demand. Without one nobody else asks for the same.
	 */
	asks?(): string;
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

// How often it was asked for is remembered of so many things.
const MOST_ASKED = 10_000;

// For so long after its last call an operation is taken to be about to make its next.
const ABOUT_TO_CALL_MS = 1000;

// Of its time, for its last answers to arrive and for what was reckoned too low.
const SLACK = 0.03;

// Nobody comes back sooner.
const SOONEST_MS = 1000;

export const createBudget = (options: BudgetOptions): Budget => {
	const { clock } = options;
	const window =
		options.window ??
		createWindow({
			limit: options.limit ?? BURST.limit,
			intervalMs: options.intervalMs ?? BURST.intervalMs,
		});
	const day = createDay(options.dailyLimit ?? 200_000, clock.now());
	const spread = createSpread(window.limit, window.intervalMs);
	const callers = createCallers(window.intervalMs);
	/** What went ahead of others lately, as if it were one caller's: as much will go ahead of those who wait now. */
	const ahead = createCallers(window.intervalMs);
	ahead.seen(AHEAD, clock.now());
	/** Admitted reservations until they end, the others while they wait. */
	const queue = createFairQueue<OpenReservation>(callers, spread);
	const places = createPlaces();
	const demand = new LRUCache<string, number>({ max: MOST_ASKED });
	let queued = 0;
	let refreshedAt = Number.NEGATIVE_INFINITY;
	let cancelTimer: (() => void) | undefined;

	const permitFor = (
		reservation: OpenReservation,
		goesAhead = false,
	): Permit => {
		const { lane, subject } = reservation;
		const now = clock.now();
		const call = window.send(now);
		day.send(now);
		reservation.sent++;
		reservation.calledAt = now;
		if (!SPARING.has(lane)) {
			callers.add(subject, now, 1);
			spread.went(now);
			if (goesAhead) ahead.add(AHEAD, now, 1);
		}
		return {
			unused() {
				reservation.sent--;
				callers.add(subject, clock.now(), -1);
				window.unsent(call);
				day.unsent();
				pump();
			},
			answered({ burst, day: today }) {
				const at = clock.now();
				reservation.calledAt = at;
				window.answered(call, at, burst);
				spread.change(window.limit, window.intervalMs);
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

	const freeFor = (lane: Lane, now: number): number =>
		SPARING.has(lane) ? window.spare(now) : window.free(now);

	/** Calls that what is begun has not asked for yet and is about to. */
	const heldBack = (now: number): number => {
		let calls = 0;
		for (const one of queue)
			if (one.sent > 0 && now - one.calledAt < ABOUT_TO_CALL_MS)
				calls += Math.max(0, one.left() - one.waiting.length);
		return calls;
	};

	/** Whether something new would keep those waiting who come back when they were told. */
	const wouldBreakPromise = (begun: OpenReservation, now: number): boolean => {
		if (places.size === 0) return false;
		let calls = begun.left();
		for (const one of queue) if (one.sent > 0) calls += one.left();
		for (const place of places.inOrder(now)) {
			if (place.at >= window.timeOf(calls, now)) return false;
			calls += place.calls;
			if (window.timeOf(calls, now) > place.at + place.patienceMs) return true;
		}
		return false;
	};

	const maySend = (
		reservation: OpenReservation,
		isLight: () => boolean,
		now: number,
	): boolean => {
		const { lane, subject, sent } = reservation;
		const free = freeFor(lane, now);
		if (free <= 0 || day.free(lane, now) <= 0) return false;
		const maySpread =
			SPARING.has(lane) || spread.mayGo(now) || callers.isAlone(subject, now);
		if (maySpread && sent > 0) return true;
		if (isLight()) return true;
		return (
			maySpread &&
			free > heldBack(now) &&
			(reservation.isPromised || !wouldBreakPromise(reservation, now))
		);
	};

	/**
	 * Refresh-ahead that callers have kept waiting for long goes first now and then: callers will request these values next,
	 * and one of its calls often saves many of theirs.
	 */
	const starvedRefresh = (
		turns: readonly { readonly reservation: OpenReservation }[],
		now: number,
	): OpenReservation | undefined => {
		if (now - refreshedAt < REFRESH_EVERY_MS) return undefined;
		const [found] = turns.filter(
			({ reservation: { lane, waiting } }) =>
				lane === "refresh" && waiting.length > 0 && day.free(lane, now) > 0,
		);
		const since = found?.reservation.waiting[0]?.since ?? now;
		if (now - since < STARVED_MS) return undefined;
		refreshedAt = now;
		return found?.reservation;
	};

	/** When the last of its calls has to go, so that its answers arrive in time. */
	const latestOf = ({ options, patienceMs }: OpenReservation): number =>
		patienceMs === Infinity
			? options.deadlineAt
			: options.deadlineAt - patienceMs * SLACK;

	/** What could not be finished in time is not begun: its calls would go into an answer that nobody gets. */
	const canFinish = (reservation: OpenReservation, now: number): boolean => {
		const { sent, reserved } = reservation;
		if (sent > 0 || reserved === 0) return true;
		const calls = heldBack(now) + reservation.left();
		const takesMs = timeOf(calls, reservation, now) - now;
		return now + takesMs <= latestOf(reservation);
	};

	const serve = (reservation: OpenReservation, isLight = false): void => {
		const waiter = reservation.waiting.shift() as Waiter;
		queued--;
		waiter.resolve(permitFor(reservation, isLight));
		if (reservation.left() === 0) queue.remove(reservation);
	};

	const giveUp = (reservation: OpenReservation, now: number): void => {
		const calls = heldBack(now) + reservation.left();
		const waitMs = timeOf(calls, reservation, now) - now;
		reject(reservation, refuse(reservation, calls, waitMs, now));
		queue.remove(reservation);
	};

	/** Sends whatever may be sent now, and comes back when more may be. */
	const pump = (): void => {
		if (queued === 0) return;
		const now = clock.now();
		if (window.free(now) > 0) {
			const turns = queue.inOrder(now, window.limit);
			const starved = starvedRefresh(turns, now);
			if (starved) serve(starved);
			for (const { reservation, isLight } of turns)
				while (
					reservation.waiting.length > 0 &&
					maySend(reservation, () => isLight, now)
				)
					if (isLight || canFinish(reservation, now))
						serve(reservation, isLight);
					else giveUp(reservation, now);
		}
		cancelTimer?.();
		cancelTimer = undefined;
		if (queued > 0) cancelTimer = clock.after(nextTryIn(now), pump);
	};

	const nextTryIn = (now: number): number => {
		// What is free and not taken is left to others, or the day is over for those who wait.
		if (window.free(now) <= 0) return window.nextFreeIn(now);
		const spare = window.spare(now) <= 0 ? window.nextFreeIn(now) : Infinity;
		return Math.min(
			spare,
			day.nextTryIn(now),
			spread.mayGo(now) ? ABOUT_TO_CALL_MS : spread.nextIn(now),
		);
	};

	/**
	 * When the last of so many calls goes, where what was promised by then is kept (of what is `asks` itself, nothing) and
	 * as much goes ahead as did lately.
	 */
	const timeOf = (
		calls: number,
		{ lane, subject, asks }: OpenReservation,
		now: number,
	): number => {
		const isHeldBack = !SPARING.has(lane) && !callers.isAlone(subject, now);
		const aheadPerMs = ahead.used(AHEAD, now) / window.intervalMs;
		const when = (all: number) => {
			const soonest = window.timeOf(all, now);
			const withOthers = all + Math.ceil((soonest - now) * aheadPerMs);
			return Math.max(
				window.timeOf(withOthers, now),
				isHeldBack ? spread.timeOf(all, now, aheadPerMs) : now,
			);
		};
		let all = calls;
		let time = when(all);
		for (const place of places.inOrder(now)) {
			if (place.at >= time) break;
			if (place.asks === asks) continue;
			all += place.calls;
			time = when(all);
		}
		return time;
	};

	/** Milliseconds until the last call of a reservation goes that has so many before and of its own. */
	const waitOf = (
		reservation: OpenReservation,
		{ calls, isLight }: { readonly calls: number; readonly isLight: boolean },
		now: number,
	): number => {
		const { lane } = reservation;
		// The last call of a day may carry a write, though reading what it answers with finds none left.
		const needed =
			lane === "mutation"
				? calls - reservation.left() + Math.min(1, reservation.left())
				: calls;
		if (day.free(lane, now) < needed) return day.resetsInMs(now);
		if (isLight) return window.timeOf(calls, now) - now;
		return timeOf(calls, reservation, now) - now;
	};

	const refuse = (
		reservation: OpenReservation,
		calls: number,
		waitMs: number,
		now: number,
	): Failure => {
		const { options, asks } = reservation;
		const own = reservation.left() || 1;
		const retryAfterMs =
			day.free(reservation.lane, now) < own
				? day.resetsInMs(now) - Math.max(0, options.deadlineAt - now)
				: (
						places.of(asks, now) ??
						places.take(
							{ asks, calls: own, patienceMs: reservation.patienceMs },
							Math.max(
								now + SOONEST_MS,
								timeOf(calls - own + 1, reservation, now),
							),
							window.intervalMs / window.limit,
						)
					).at - now;
		reservation.refused = rateLimited(reservation, waitMs, retryAfterMs);
		return reservation.refused;
	};

	const reject = (reservation: OpenReservation, reason: unknown): void => {
		queued -= reservation.waiting.length;
		for (const waiter of reservation.waiting.splice(0)) waiter.reject(reason);
		if (reservation.left() === 0) queue.remove(reservation);
	};

	const isRoomForAll = (lane: Lane, now: number): boolean => {
		let calls = 0;
		for (const one of queue) calls += one.left();
		return (
			calls <= window.free(now) &&
			calls <= day.free(lane, now) &&
			spread.timeOf(calls, now) <= now
		);
	};

	/**
	 * Refuses what cannot be served before its deadline any more, now that a reservation wants more: itself, or those behind
	 * it that have sent nothing yet, instead of at their deadline. What is begun or promised stays.
	 * @throws Failure RATE_LIMITED when it is too late itself, or would make one too late that stays
	 */
	const makeRoomFor = (newcomer: OpenReservation): void => {
		const now = clock.now();
		if (isRoomForAll(newcomer.lane, now)) return;
		let isEstablished = newcomer.sent > 0 || newcomer.isPromised;
		let calls = 0;
		let isBehind = false;
		const tooLate: (readonly [OpenReservation, Failure])[] = [];
		for (const { reservation, isLight } of queue.inOrder(now, window.limit)) {
			const left = reservation.left();
			calls += left;
			if (reservation === newcomer) {
				isBehind = true;
				isEstablished ||= isLight;
			}
			if (!isBehind) continue;
			const isNew = reservation === newcomer && reservation.sent === 0;
			const mayWaitMs =
				(isNew ? latestOf(reservation) : reservation.options.deadlineAt) - now;
			const waitMs = waitOf(reservation, { calls, isLight }, now);
			if (waitMs <= mayWaitMs) continue;
			if (reservation === newcomer)
				throw refuse(reservation, calls, waitMs, now);
			if (reservation.sent === 0 && !reservation.isPromised) {
				tooLate.push([reservation, refuse(reservation, calls, waitMs, now)]);
				calls -= left;
				continue;
			}
			if (isEstablished || SPARING.has(reservation.lane)) continue;
			const without = { calls: calls - newcomer.left(), isLight };
			if (waitOf(reservation, without, now) <= mayWaitMs)
				throw refuse(newcomer, calls, waitMs, now);
		}
		for (const [reservation, refusal] of tooLate) {
			reject(reservation, refusal);
			queue.remove(reservation);
		}
	};

	/** @throws Failure RATE_LIMITED */
	const admit = (reservation: OpenReservation): void => {
		queue.add(reservation);
		try {
			makeRoomFor(reservation);
		} catch (refusal) {
			queue.remove(reservation);
			throw refusal;
		}
		places.release(reservation.asks);
	};

	const wait = (reservation: OpenReservation): Promise<Permit> => {
		const { promise, ...waiter } = Promise.withResolvers<Permit>();
		const now = clock.now();
		reservation.waiting.push({ ...waiter, since: now });
		queued++;
		if (!queue.has(reservation)) queue.add(reservation);
		const isReserved =
			reservation.sent + reservation.waiting.length <= reservation.reserved;
		if (!isReserved || day.free(reservation.lane, now) <= 0)
			try {
				// It was not reserved when those behind were admitted.
				makeRoomFor(reservation);
			} catch (refusal) {
				reservation.waiting.pop();
				queued--;
				if (reservation.left() === 0) queue.remove(reservation);
				// Only this call is refused.
				reservation.refused = undefined;
				throw refusal;
			}
		pump();
		return promise;
	};

	const aborted = (reservation: OpenReservation): unknown => {
		const { reason } = reservation.options.signal as AbortSignal;
		const now = clock.now();
		// Whoever waited in vain for its first call was kept from it by the budget, not by the upstream.
		return reservation.sent === 0 &&
			reason instanceof Failure &&
			reason.code === "DEADLINE_EXCEEDED"
			? refuse(reservation, reservation.left(), 0, now)
			: reason;
	};

	return {
		session(options) {
			const { maxCost, signal } = options;
			let reservation: OpenReservation | undefined;
			let asks: string | undefined;
			const ask = (): string => {
				asks = options.asks?.() ?? `${++unnamed}`;
				demand.set(asks, (demand.get(asks) ?? 0) + 1);
				return asks;
			};
			// Those who wait for what another reads are counted, too: they never ask for a permit.
			if (queued + places.size > 0 && maxCost > 0) ask();
			const onAbort = () =>
				reservation && reject(reservation, aborted(reservation));
			const begin = (): OpenReservation => {
				const now = clock.now();
				if (!SPARING.has(options.lane)) callers.seen(options.subject, now);
				const name = asks ?? ask();
				const place = places.of(name, now);
				reservation = newReservation(options, {
					asks: name,
					patienceMs: options.deadlineAt - now,
					isPromised: place !== undefined && place.at <= now + EARLY_MS,
					demand: () => demand.get(name) ?? 1,
				});
				signal?.addEventListener("abort", onAbort, { once: true });
				if (maxCost > 0) admit(reservation);
				return reservation;
			};
			return {
				acquire() {
					signal?.throwIfAborted();
					if (reservation?.refused) throw reservation.refused;
					const mine = reservation ?? begin();
					const now = clock.now();
					const isLight = () => queue.isLight(mine, now, window.limit);
					return queued === 0 && maySend(mine, isLight, now)
						? permitFor(mine)
						: wait(mine);
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
			spread.change(window.limit, window.intervalMs);
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
			return (
				(window.room ?? window.spare)(now) > 0 && day.free("query", now) > 0
			);
		},
	};
};

const AHEAD = "";

/** For what nobody else can ask for. */
let unnamed = 0;

// Clocks and timers of those who come back are a little early now and then.
const EARLY_MS = 250;

interface Waiter {
	readonly since: number;
	resolve(permit: Permit): void;
	reject(reason: unknown): void;
}

interface OpenReservation extends Reservation {
	readonly options: BudgetSessionOptions;
	readonly waiting: Waiter[];
	readonly asks: string;
	/** How long it had until its deadline when it came. */
	readonly patienceMs: number;
	/** Calls it may still make without asking again, until it ends. */
	reserved: number;
	sent: number;
	/** When it last sent a call or had the answer of one. */
	calledAt: number;
	refused: Failure | undefined;
}

const newReservation = (
	options: BudgetSessionOptions,
	{
		demand,
		...asked
	}: Pick<OpenReservation, "asks" | "patienceMs" | "isPromised"> & {
		demand(): number;
	},
): OpenReservation => ({
	lane: options.lane,
	subject: options.subject,
	options,
	waiting: [],
	...asked,
	get demand() {
		return demand();
	},
	reserved: Math.min(options.maxCost, options.expectedCost ?? options.maxCost),
	sent: 0,
	calledAt: Number.NEGATIVE_INFINITY,
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
		{
			extensions: {
				retryAfterMs: Math.max(SOONEST_MS, Math.ceil(retryAfterMs)),
			},
		},
	);
