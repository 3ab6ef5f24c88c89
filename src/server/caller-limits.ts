/** What one caller may hold of the process at once, so that no caller leaves nothing to the others. */
import { LRUCache } from "lru-cache";
import type { Clock } from "../clock.ts";
import { fail } from "../errors.ts";

/** What operators may set. A caller is a token subject. */
export interface CallerSettings {
	/** HTTP requests in flight. Default 1,000. */
	readonly requests?: number;
	/** Sockets and event streams. Default 5,000. */
	readonly sockets?: number;
	/** Operations that run on all of its sockets. Default 20,000. */
	readonly operations?: number;
	/** Percent of the CPU time of a core, while others ask as well. Default 50; 100 is no limit. */
	readonly cpuPercent?: number;
	/** CPU time it may use at once before its share counts, in milliseconds. Default 1,000. */
	readonly cpuAtOnceMs?: number;
}

/** What is held; each is counted by itself. */
export type Held = "requests" | "sockets" | "operations";

export interface CallerLimits {
	/** Returns the way to give it back, which may be called again. @throws Failure CALLER_LIMIT_EXCEEDED */
	hold(what: Held, subject: string): () => void;
	/** Before any work is done. @throws Failure CALLER_LIMIT_EXCEEDED where it has had its share of the CPU. */
	checkCpu(subject: string): void;
	/** So much of the CPU was used for it, in milliseconds. */
	spent(subject: string, ms: number): void;
}

const NAMES: Readonly<Record<Held, string>> = {
	requests: "requests in flight",
	sockets: "open sockets and event streams",
	operations: "operations running on its sockets",
};

// What is held is given back by the caller's own doing, so no time is better than another.
const RETRY_HELD_MS = 1000;
// Whoever has not asked for so long shares nothing.
const COMPANY_MS = 10_000;
const REMEMBERED = 10_000;

export const createCallerLimits = (
	{
		requests = 1000,
		sockets = 5000,
		operations = 20_000,
		cpuPercent = 50,
		cpuAtOnceMs = 1000,
	}: CallerSettings,
	clock: Pick<Clock, "now">,
): CallerLimits => {
	const most = { requests, sockets, operations };
	const held = {
		requests: new Map<string, number>(),
		sockets: new Map<string, number>(),
		operations: new Map<string, number>(),
	};
	const share = cpuPercent / 100;
	/** What each has used of the CPU beyond its share, in milliseconds as of `at`; who asked last stands first. */
	const used = new LRUCache<string, { ms: number; at: number }>({
		max: REMEMBERED,
	});
	const usedBy = (subject: string, now: number) => {
		const one = used.peek(subject);
		return one ? Math.max(0, one.ms - (now - one.at) * share) : 0;
	};
	const isAlone = (subject: string, now: number): boolean => {
		for (const [other, { at }] of used.entries()) {
			if (now - at > COMPANY_MS) return true;
			if (other !== subject) return false;
		}
		return true;
	};
	return {
		hold(what, subject) {
			const counts = held[what];
			const count = counts.get(subject) ?? 0;
			const limit = most[what];
			if (count >= limit)
				throw fail(
					"CALLER_LIMIT_EXCEEDED",
					`One caller may have at most ${limit} ${NAMES[what]}, and this one has as many. End some, or try again later.`,
					{ extensions: { limit, of: what, retryAfterMs: RETRY_HELD_MS } },
				);
			counts.set(subject, count + 1);
			let isHeld = true;
			return () => {
				if (!isHeld) return;
				isHeld = false;
				const left = (counts.get(subject) ?? 1) - 1;
				if (left > 0) counts.set(subject, left);
				else counts.delete(subject);
			};
		},
		checkCpu(subject) {
			if (share >= 1) return;
			const now = clock.now();
			const over = usedBy(subject, now) - cpuAtOnceMs;
			if (over <= 0 || isAlone(subject, now)) return;
			throw fail(
				"CALLER_LIMIT_EXCEEDED",
				`While others ask, one caller may use ${cpuPercent} % of the gateway's CPU time, and this one has used more. Try again after retryAfterMs, or with smaller or fewer requests.`,
				{
					extensions: {
						limit: cpuPercent,
						of: "cpu",
						retryAfterMs: Math.ceil(over / share),
					},
				},
			);
		},
		spent(subject, ms) {
			const now = clock.now();
			used.set(subject, { ms: usedBy(subject, now) + ms, at: now });
		},
	};
};
