/** How much of a location's budget each caller has used lately. */
import { LRUCache } from "lru-cache";

export interface Callers {
	/** The caller wants something. */
	seen(subject: string, now: number): void;
	/** It made one call more, or gave one back. */
	add(subject: string, now: number, calls: number): void;
	/**
	 * Calls it made lately: each fades within some windows, so that nobody saves up while idle or pays for long. Whoever
	 * steadily makes a third of all calls has used a third of the limit.
	 */
	used(subject: string, now: number): number;
	/** How many callers share the budget now; at least 1. */
	sharing(now: number): number;
	/** Whether nobody else has asked for anything within the last minute. */
	isAlone(subject: string, now: number): boolean;
}

interface Use {
	used: number;
	/** When `used` was so much. */
	at: number;
	seenAt: number;
}

const REMEMBERED = 10_000;
const COMPANY_MS = 60_000;
const COUNTED_EVERY_MS = 1000;

export const createCallers = (intervalMs: number): Callers => {
	// In the order in which they were last seen.
	const all = new LRUCache<string, Use>({ max: REMEMBERED });
	let counted = { at: Number.NEGATIVE_INFINITY, sharing: 1 };
	const usedBy = (use: Use, now: number) =>
		use.used * Math.exp((use.at - now) / intervalMs);
	return {
		seen(subject, now) {
			const use = all.get(subject);
			if (use) use.seenAt = now;
			else all.set(subject, { used: 0, at: now, seenAt: now });
		},
		add(subject, now, calls) {
			const use = all.peek(subject);
			if (!use) return;
			use.used = Math.max(0, usedBy(use, now) + calls);
			use.at = now;
		},
		used(subject, now) {
			const use = all.peek(subject);
			return use ? usedBy(use, now) : 0;
		},
		sharing(now) {
			if (now - counted.at >= COUNTED_EVERY_MS) {
				let sharing = 0;
				for (const { seenAt } of all.values()) {
					if (now - seenAt > intervalMs) break;
					sharing++;
				}
				counted = { at: now, sharing: Math.max(1, sharing) };
			}
			return counted.sharing;
		},
		isAlone(subject, now) {
			for (const [other, { seenAt }] of all.entries()) {
				if (now - seenAt > COMPANY_MS) return true;
				if (other !== subject) return false;
			}
			return true;
		},
	};
};
