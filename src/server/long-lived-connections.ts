/** What every connection that outlives a request is subject to: a place among a limited number, a token, and a drain. */

import type { Viewer } from "../auth/viewer.ts";
import { type Failure, fail } from "../errors.ts";
import type { Subscription } from "./subscribe.ts";

/** One socket or event stream. */
export interface LongLivedConnection {
	/** Streams that run on it. */
	readonly subscriptions: Iterable<Subscription>;
	/** Resolves when nothing runs on it any more. */
	idle(): Promise<void>;
	/** Says goodbye with a WebSocket close code, or as the transport can. */
	close(code: number, reason: string): void;
	/** Cuts it off. */
	destroy(): void;
}

export interface LongLivedOptions {
	/** The most there may be, sockets and event streams together. */
	readonly most: number;
	/** How often the token of an open connection is looked at again: a withdrawn one stops working within it. */
	readonly recheckMs: number;
}

export interface LongLivedRegistry {
	readonly size: number;
	readonly subscriptions: number;
	/** @throws Failure SHUTTING_DOWN, or RATE_LIMITED when there are as many as may be. */
	admit(): void;
	/** Returns the way to take it off again, which ends all watching. */
	add(one: LongLivedConnection): () => void;
	/** Ends it when the token expires, or when `recheck` rejects. */
	watch(
		one: LongLivedConnection,
		viewer: Viewer,
		recheck: () => Promise<Viewer>,
	): void;
	/** Refuses new ones and ends the open ones, spread over half of `withinMs`; cuts off what is left after it. */
	drain(withinMs: number): Promise<void>;
}

// graphql-transport-ws: clients take 4403 as "come back with another token"; 1001 is "going away".
const FORBIDDEN = 4403;
const GOING_AWAY = 1001;
// A client that was told to go gets this long to take its last messages.
const GOODBYE_MS = 2000;
// One after the other at this distance, so that they do not all knock on the next door at once.
const APART_MS = 5;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const createLongLived = ({
	most,
	recheckMs,
}: LongLivedOptions): LongLivedRegistry => {
	const open = new Map<LongLivedConnection, { timers: Set<NodeJS.Timeout> }>();
	let draining = false;
	let emptied: (() => void) | undefined;

	const end = async (
		one: LongLivedConnection,
		reason: (cursor: string) => Failure,
		code: number,
		text: string,
	) => {
		for (const subscription of one.subscriptions) subscription.end(reason);
		await within(GOODBYE_MS, one.idle());
		if (!open.has(one)) return;
		one.close(code, text);
	};

	const expired = (one: LongLivedConnection, why: string) =>
		void end(
			one,
			(cursor) =>
				fail(
					"UNAUTHENTICATED",
					`${why} Subscribe again with a new one, after: "${cursor}".`,
					{ extensions: { cursor } },
				),
			FORBIDDEN,
			why,
		);

	return {
		get size() {
			return open.size;
		},
		get subscriptions() {
			let count = 0;
			for (const { subscriptions } of open.keys())
				for (const _ of subscriptions) count++;
			return count;
		},
		admit() {
			if (draining) throw goingAway();
			if (open.size >= most)
				throw fail(
					"RATE_LIMITED",
					`This gateway keeps at most ${most} sockets and event streams, and has as many. Try again later.`,
					{ extensions: { limit: most, retryAfterMs: 10_000 } },
				);
		},
		add(one) {
			const timers = new Set<NodeJS.Timeout>();
			open.set(one, { timers });
			return () => {
				for (const timer of timers) clearTimeout(timer);
				open.delete(one);
				if (open.size === 0) emptied?.();
			};
		},
		watch(one, viewer, recheck) {
			const timers = open.get(one)?.timers;
			if (!timers) return;
			const leftMs = viewer.expiresAtMs - Date.now();
			// What is further away than a timer can hold is seen by the recheck.
			if (leftMs <= LONGEST_TIMER_MS)
				timers.add(
					setTimeout(
						() => expired(one, "The token has expired."),
						Math.max(leftMs, 0),
					).unref(),
				);
			timers.add(
				setInterval(() => {
					recheck().catch((error: Failure) => {
						// That it cannot be checked now does not make a token bad.
						if (error.code === "UNAUTHENTICATED" || error.code === "FORBIDDEN")
							expired(one, "The token is no longer good.");
					});
				}, recheckMs).unref(),
			);
		},
		async drain(withinMs) {
			draining = true;
			const all = [...open.keys()];
			const apart = Math.min(APART_MS, withinMs / 2 / Math.max(1, all.length));
			const gone = new Promise<void>((resolve) => {
				emptied = resolve;
				if (open.size === 0) resolve();
			});
			// In the order of arrival, which is nobody's order in particular.
			const timers = all.map((one, index) =>
				setTimeout(
					() =>
						void end(
							one,
							goingAway,
							GOING_AWAY,
							"Going away: resume at your last cursor",
						),
					index * apart,
				),
			);
			await within(withinMs, gone);
			for (const timer of timers) clearTimeout(timer);
			for (const one of open.keys()) one.destroy();
		},
	};
};

const goingAway = (cursor?: string) =>
	fail(
		"SHUTTING_DOWN",
		cursor === undefined
			? "The gateway is going away. Connect again."
			: `The gateway is going away. Subscribe again with after: "${cursor}".`,
		{ extensions: { retryAfterMs: 1000, ...(cursor && { cursor }) } },
	);

const within = async (ms: number, work: Promise<unknown>): Promise<void> => {
	const { promise, resolve } = Promise.withResolvers<void>();
	const timer = setTimeout(resolve, ms);
	await Promise.race([work, promise]);
	clearTimeout(timer);
};
