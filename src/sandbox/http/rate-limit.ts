// The upstream's budget: an exact sliding window for bursts and a count per day, each per location (contract, section 7).
import type { RateLimit } from "../options.ts";

const DAY = 86_400_000;

interface Budget {
	/** Times of the calls in the window, as a ring: the oldest is at `head`. */
	times: Float64Array;
	head: number;
	used: number;
	/** When the day began: with its first call, not at midnight [recorded]. */
	dayBegan: number;
	usedToday: number;
}

export class RateLimiter {
	#limit: RateLimit | "off";
	readonly #now: () => number;
	#budgets = new Map<string, Budget>();

	constructor(limit: RateLimit | "off", now: () => number) {
		this.#limit = limit;
		this.#now = now;
	}

	get isOff(): boolean {
		return this.#limit === "off";
	}

	/** Holds from the next call on, with nothing used of it yet. */
	change(limit: RateLimit | "off"): void {
		this.#limit = limit;
		this.#budgets.clear();
	}

	/** Takes `count` calls; false when they would not fit. Refused calls cost nothing (unknown upstream). */
	take(locationId: string, count = 1): boolean {
		if (this.#limit === "off") return true;
		const budget = this.#budget(locationId, this.#limit);
		if (
			budget.used + count > this.#limit.burst ||
			budget.usedToday + count > this.#limit.daily
		)
			return false;
		const now = this.#now();
		for (let i = 0; i < count; i++) {
			budget.times[(budget.head + budget.used) % this.#limit.burst] = now;
			budget.used++;
		}
		budget.usedToday += count;
		return true;
	}

	/** As recorded: `alone` says nothing of the first bucket, and its `Remaining` is not the first's. */
	recordedHeaders(locationId: string, alone: boolean): Record<string, string> {
		const second = secondBucket(this.#now());
		return alone ? second : { ...second, ...this.headers(locationId) };
	}

	/** The six headers that are documented. The daily reset is in milliseconds, as the official SDK reads it. */
	headers(locationId: string): Record<string, string> {
		const now = this.#now();
		if (this.#limit === "off")
			return headersOf(UNLIMITED, UNLIMITED.burst, UNLIMITED.daily, now);
		if (this.#limit.silent) return {};
		const budget = this.#budget(locationId, this.#limit);
		return headersOf(
			this.#limit,
			this.#limit.burst - budget.used,
			this.#limit.daily - budget.usedToday,
			now,
		);
	}

	#budget(locationId: string, limit: RateLimit): Budget {
		const now = this.#now();
		let budget = this.#budgets.get(locationId);
		if (budget === undefined) {
			budget = {
				times: new Float64Array(limit.burst),
				head: 0,
				used: 0,
				dayBegan: now,
				usedToday: 0,
			};
			this.#budgets.set(locationId, budget);
		}
		while (
			budget.used > 0 &&
			(budget.times[budget.head] ?? 0) <= now - limit.intervalMs
		) {
			budget.head = (budget.head + 1) % limit.burst;
			budget.used--;
		}
		if (now >= budget.dayBegan + DAY) {
			budget.dayBegan = now;
			budget.usedToday = 0;
		}
		return budget;
	}
}

// A second bucket, told of alone by POSTs that write and named by the others as well [recorded].
const SECOND = 5000;
const MINUTE = 60_000;

const secondBucket = (now: number): Record<string, string> => ({
	"X-RateLimit-Limit": String(SECOND),
	"X-RateLimit-Remaining": String(SECOND - 17),
	"X-RateLimit-Reset": String(Math.ceil((now + MINUTE / 2) / 1000)),
});

const UNLIMITED: RateLimit = {
	burst: 1_000_000,
	intervalMs: 10_000,
	daily: 1_000_000_000,
};

const headersOf = (
	limit: RateLimit,
	remaining: number,
	dailyRemaining: number,
	now: number,
): Record<string, string> => ({
	"X-RateLimit-Max": String(limit.burst),
	"X-RateLimit-Remaining": String(remaining),
	"X-RateLimit-Interval-Milliseconds": String(limit.intervalMs),
	"X-RateLimit-Limit-Daily": String(limit.daily),
	"X-RateLimit-Daily-Remaining": String(dailyRemaining),
	"X-RateLimit-Daily-Reset": String(DAY - (now % DAY)),
});
