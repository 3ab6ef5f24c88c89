/**
 * Stops asking what does not answer: one breaker per location and endpoint family, closed, open, or trying one call.
 *
 * Not cockatiel 4: its breaker reads Date.now itself, counts an aborted probe as a success and so closes on it, and can
 * only wrap a whole call, while a call that waited for budget must be asked about twice, before and after the wait.
 */
import type { Clock } from "../clock.ts";
import { type Failure, fail } from "../errors.ts";

export interface BreakerOptions {
	/** Failures within `withinMs` before it opens, if they are at least half of all calls. Default 5. */
	readonly failures?: number;
	/** Default 10,000. */
	readonly withinMs?: number;
	/** How long it stays open the first time; doubled after each failed probe. Default 1,000. */
	readonly openMs?: number;
	/** Default 10,000. */
	readonly longestOpenMs?: number;
}

export interface Breaker {
	/** Why no call should be made now, or undefined when one may. */
	refusal(): Failure | undefined;
	/**
	 * A call goes out now; its result must be reported once. While the breaker tries, only one may.
	 * @throws Failure UPSTREAM_UNAVAILABLE with retryAfterMs.
	 */
	begin(): (outcome: Outcome) => void;
}

/** `unknown`: the call ended for reasons of ours (deadline, caller gone), which says nothing of the upstream. */
export type Outcome = "good" | "bad" | "unknown";

export const createBreaker = (
	what: string,
	clock: Clock,
	{
		failures = 5,
		withinMs = 10_000,
		openMs = 1000,
		longestOpenMs = 10_000,
	}: BreakerOptions = {},
): Breaker => {
	let recent: { at: number; bad: boolean }[] = [];
	let openUntil: number | undefined;
	let opened = 0;
	let probing = false;

	const open = (now: number) => {
		openUntil = now + Math.min(longestOpenMs, openMs * 2 ** opened);
		opened++;
		recent = [];
	};
	const count = (bad: boolean) => {
		const now = clock.now();
		// Good calls alone cost nothing: they matter only beside bad ones.
		if (!bad && recent.length === 0) return;
		recent = recent.filter(({ at }) => now - at < withinMs);
		recent.push({ at: now, bad });
		const wrong = recent.filter((one) => one.bad).length;
		if (wrong === 0) recent = [];
		else if (wrong >= failures && wrong * 2 >= recent.length) open(now);
	};
	const refusal = (): Failure | undefined => {
		if (openUntil === undefined) return undefined;
		const leftMs = openUntil - clock.now();
		if (leftMs <= 0 && !probing) return undefined;
		return fail(
			"UPSTREAM_UNAVAILABLE",
			`The Contacts API has been failing for ${what}, so the gateway makes no calls to it for a moment. Try again after retryAfterMs.`,
			{ extensions: { retryAfterMs: Math.max(100, Math.ceil(leftMs)) } },
		);
	};
	return {
		refusal,
		begin() {
			const no = refusal();
			if (no) throw no;
			const probe = openUntil !== undefined;
			probing ||= probe;
			return (outcome) => {
				if (!probe) {
					// What was sent before it opened says nothing about now.
					if (openUntil === undefined && outcome !== "unknown")
						count(outcome === "bad");
					return;
				}
				probing = false;
				if (outcome === "bad") open(clock.now());
				if (outcome !== "good") return;
				openUntil = undefined;
				opened = 0;
			};
		},
	};
};
