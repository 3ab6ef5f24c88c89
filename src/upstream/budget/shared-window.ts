/**
 * The burst limit of a location that several processes share: permits are taken from the store in small blocks, and each
 * call that ends gives its place back one interval later. A permit that is not used within PERMIT_MS is void, so a process
 * that dies or is cut off holds none for long.
 *
 * While the store is away nothing is sent but what is at hand, until every call that any process may have made before has
 * left the window. Then this process goes on within its share of the limit.
 */
import type { Clock } from "../../clock.ts";
import type { PermitReply, Permits } from "../../store/store.ts";
import {
	type BurstReport,
	createWindow,
	type SentCall,
	type Window,
} from "./window.ts";

export interface SharedWindowOptions {
	readonly permits: Permits;
	readonly clock: Clock;
	readonly limit: number;
	readonly intervalMs: number;
	/** Processes that share the limit, this one included. */
	processes(): number;
}

/** As the store believes it: see SILENT_MS there, which must be longer. */
const PERMIT_MS = 1000;
const SILENT_MS = 2500;
const LARGEST_BLOCK = 16;
// Of what is free: the rest is left to the other processes.
const BLOCK_SHARE = 1 / 4;
const REPORT_MS = 50;
const KEEP_MS = 500;
const UNUSED_MS = 300;
const ASK_AGAIN_MS = 25;
const RETRY_MS = 250;
// Once the store is back, every process tells it what it spent meanwhile before any of them takes permits.
const SETTLE_MS = 1000;
const LEFT_TO_CALLERS = 0.4;

interface LocalCall extends SentCall {
	/** Where it was sent within this process's own share. */
	readonly share?: { readonly window: Window; readonly call: SentCall };
}

export const createSharedWindow = ({
	permits,
	clock,
	processes,
	...fallback
}: SharedWindowOptions): Window => {
	let reply: PermitReply = {
		given: 0,
		free: fallback.limit,
		waitMs: 0,
		...fallback,
	};
	let repliedAt = Number.NEGATIVE_INFINITY;
	let inHand = 0;
	let validUntil = Number.NEGATIVE_INFINITY;
	let usedAt = Number.NEGATIVE_INFINITY;
	let inFlight = 0;
	let ended = 0;
	let report: BurstReport | undefined;
	let counted: number | undefined;
	let heldUntil = Number.NEGATIVE_INFINITY;
	let holdMs = 0;
	let isAsking = false;
	let askAt = Number.NEGATIVE_INFINITY;
	let lostAt: number | undefined;
	let share: Window | undefined;
	let cancelReport: (() => void) | undefined;

	const blockOf = (): number =>
		Math.max(
			1,
			Math.min(
				LARGEST_BLOCK,
				Math.floor((reply.free * BLOCK_SHARE) / processes()),
			),
		);

	const ask = (want: number): void => {
		if (isAsking) return;
		isAsking = true;
		const now = clock.now();
		const told = { ended, report, counted, holdMs };
		const spent = share
			? share.state(now).limit - share.state(now).remaining
			: 0;
		ended = 0;
		holdMs = 0;
		// True of the moment it was read alone.
		counted = undefined;
		permits
			.take({
				want: share ? 0 : want,
				ended: told.ended,
				out: inHand + inFlight,
				limit: told.report?.limit,
				intervalMs: told.report?.intervalMs,
				counted: told.counted,
				holdMs: told.holdMs,
				fallback,
				spent,
			})
			.then(
				(given) => answered(given, now),
				() => {
					isAsking = false;
					// Counted twice at worst, never not at all.
					ended += told.ended;
					holdMs = Math.max(holdMs, told.holdMs);
					lostAt ??= now;
					askAt = clock.now() + RETRY_MS;
					later();
				},
			);
	};

	const answered = (given: PermitReply, sentAt: number): void => {
		const now = clock.now();
		isAsking = false;
		reply = given;
		repliedAt = now;
		lostAt = undefined;
		if (share) {
			share = undefined;
			heldUntil = Math.max(heldUntil, now + SETTLE_MS);
		}
		askAt = given.given > 0 ? now : now + Math.min(given.waitMs, ASK_AGAIN_MS);
		if (given.given > 0) {
			if (inHand === 0) validUntil = sentAt + PERMIT_MS;
			inHand += given.given;
			usedAt = now;
		}
		later();
	};

	/** Reports what ended, keeps what is out from being taken for a dead process's, and gives back what nobody used. */
	const later = (): void => {
		if (cancelReport) return;
		if (ended === 0 && inFlight === 0 && inHand === 0 && !share && holdMs === 0)
			return;
		const ms =
			lostAt !== undefined
				? RETRY_MS
				: ended > 0
					? REPORT_MS
					: inHand > 0
						? UNUSED_MS
						: KEEP_MS;
		cancelReport = clock.after(ms, () => {
			cancelReport = undefined;
			const now = clock.now();
			if (inHand > 0 && now - usedAt >= UNUSED_MS) inHand = 0;
			ask(0);
		});
	};

	const drop = (now: number): void => {
		if (inHand > 0 && now >= validUntil) inHand = 0;
		if (share || lostAt === undefined) return;
		if (now - lostAt < reply.intervalMs + SILENT_MS) return;
		share = createWindow({
			limit: Math.floor(reply.limit / processes()),
			intervalMs: reply.intervalMs,
		});
	};

	const freeOfAll = (now: number): number =>
		inHand +
		(now - repliedAt < reply.intervalMs
			? reply.free
			: Math.max(0, reply.limit - inFlight - inHand));

	const window = {
		get limit() {
			return reply.limit;
		},
		get intervalMs() {
			return reply.intervalMs;
		},
		free(now: number): number {
			drop(now);
			if (now < heldUntil) return 0;
			if (now >= askAt && (inHand === 0 || share)) ask(blockOf());
			if (share) return reply.limit < processes() ? 0 : share.free(now);
			return inHand;
		},
		spare: (now: number): number =>
			Math.min(window.free(now), window.room(now)),
		/** What could be sent on nobody's behalf, though it is not at hand yet. */
		room: (now: number): number =>
			share
				? share.spare(now)
				: freeOfAll(now) - Math.floor(reply.limit * LEFT_TO_CALLERS),
		nextFreeIn(now: number): number {
			if (now < heldUntil) return heldUntil - now;
			if (share) return share.nextFreeIn(now);
			if (isAsking) return 1;
			return Math.max(1, askAt - now);
		},
		timeOf(calls: number, now: number): number {
			if (share) return share.timeOf(calls, now);
			const start = Math.max(now, heldUntil);
			if (lostAt !== undefined) {
				const begins = Math.max(start, lostAt + reply.intervalMs + SILENT_MS);
				const each = Math.max(1, Math.floor(reply.limit / processes()));
				return begins + Math.floor((calls - 1) / each) * reply.intervalMs;
			}
			const free = freeOfAll(now);
			if (calls <= free) return start;
			const firstMs = Math.max(0, repliedAt + reply.waitMs - now);
			return (
				start + firstMs + ((calls - free) / reply.limit) * reply.intervalMs
			);
		},
		send(now: number): LocalCall {
			if (share)
				return { sentAt: now, share: { window: share, call: share.send(now) } };
			inHand--;
			inFlight++;
			usedAt = now;
			later();
			return { sentAt: now };
		},
		unsent(call: LocalCall): void {
			if (call.share) {
				call.share.window.unsent(call.share.call);
				return;
			}
			inFlight--;
			inHand++;
			later();
		},
		answered(
			call: LocalCall,
			now: number,
			said: BurstReport | undefined,
		): void {
			if (call.share) {
				call.share.window.answered(call.share.call, now, undefined);
				return;
			}
			inFlight--;
			ended++;
			report = said ?? report;
			// With calls in the air nobody knows which of them the API had counted.
			counted =
				said && inFlight === 0 ? said.limit - said.remaining : undefined;
			later();
		},
		lost(call: LocalCall, now: number): void {
			if (call.share) {
				call.share.window.lost(call.share.call, now);
				return;
			}
			inFlight--;
			ended++;
			later();
		},
		hold(now: number, ms: number): void {
			heldUntil = Math.max(heldUntil, now + ms);
			holdMs = Math.max(holdMs, ms);
			later();
		},
		/** The hold that comes with it is all that can be said: which of the processes sent too much is not known. */
		refusedWithoutHeaders(): void {},
		state(now: number) {
			if (share) return share.state(now);
			const remaining =
				now < heldUntil
					? 0
					: Math.max(0, Math.min(reply.limit, freeOfAll(now)));
			return {
				limit: reply.limit,
				remaining,
				resetsInMs: Math.max(
					remaining < reply.limit ? reply.intervalMs : 0,
					heldUntil - now,
				),
			};
		},
	};
	return window;
};
