/** What the headers of an answer say of the location's limits (contract, section 7). */
import type { IncomingHttpHeaders } from "undici/types/header.js";
import type { RateLimitReport } from "./budget/budget.ts";

/** Parts that are missing or not numbers are left out: half a report corrects nothing. */
export const reportOf = (headers: IncomingHttpHeaders): RateLimitReport => {
	const limit = count(headers["x-ratelimit-max"]);
	const remaining = count(headers["x-ratelimit-remaining"]);
	const intervalMs = count(headers["x-ratelimit-interval-milliseconds"]);
	const daily = count(headers["x-ratelimit-limit-daily"]);
	const dailyRemaining = count(headers["x-ratelimit-daily-remaining"]);
	return {
		burst:
			limit && intervalMs && remaining !== undefined
				? { limit, remaining, intervalMs }
				: undefined,
		day:
			daily && dailyRemaining !== undefined
				? {
						limit: daily,
						remaining: dailyRemaining,
						// Milliseconds, as the official SDK reads it; the header is undocumented.
						resetsInMs: count(headers["x-ratelimit-daily-reset"]),
					}
				: undefined,
	};
};

/** How long to wait after a 429: the interval, or the rest of the day when that is used up. */
export const waitAfter429 = ({ burst, day }: RateLimitReport): number => {
	if (day?.remaining === 0 && day.resetsInMs !== undefined)
		return day.resetsInMs;
	return burst?.intervalMs ?? 10_000;
};

const count = (header: string | string[] | undefined): number | undefined => {
	return typeof header === "string" && DIGITS.test(header)
		? Number(header)
		: undefined;
};

const DIGITS = /^\d{1,12}$/;
