/** The limits that the answers told of, and whether they tell them in the headers that the gateway reads. */
import { reportOf } from "../../upstream/rate-limit-headers.ts";
import type { Answer } from "../call.ts";
import type { Check, Verdict } from "../check.ts";

const USUAL = { burst: 100, intervalMs: 10_000, day: 200_000 };
const DAY_SECONDS = 86_400;

export const limits: Check = {
	name: "Limits",
	calls: 0,
	async run({ api, config }) {
		const reports = api.answers.map(({ headers }) => reportOf(headers));
		const burst = reports.findLast((report) => report.burst)?.burst;
		const day = reports.findLast((report) => report.day)?.day;
		const verdicts: Verdict[] = [];
		if (!burst)
			verdicts.push({
				level: "warning",
				saw: "No answer carried the limit (X-RateLimit-Max, -Remaining, -Interval-Milliseconds).",
				means: `The gateway takes ${USUAL.burst} calls in ${USUAL.intervalMs / 1000} s for it, and learns of a smaller one only by being refused.`,
			});
		else
			verdicts.push({
				level: burst.limit < USUAL.burst ? "warning" : "good",
				saw: `The limit is ${burst.limit} calls in ${burst.intervalMs / 1000} s.`,
				means: "The gateway reads it from the headers and stays below it.",
				set:
					burst.limit < config.connections
						? `UPSTREAM_CONNECTIONS is ${config.connections}; ${burst.limit} are enough.`
						: undefined,
			});
		if (!day)
			verdicts.push({
				level: "warning",
				saw: "No answer carried the day's limit.",
				means: `The gateway takes ${USUAL.day} calls a day for it.`,
			});
		else verdicts.push(ofDay(day, config.reconcile));
		const second = secondBucket(api.answers);
		if (second !== undefined)
			verdicts.push({
				level: "good",
				saw: `There is a second limit of ${second} (X-RateLimit-Limit), told alone by POSTs that write.`,
				means: "The gateway does not take it for the first.",
			});
		return verdicts;
	},
};

const ofDay = (
	{
		limit,
		remaining,
		resetsInMs,
	}: { limit: number; remaining: number; resetsInMs: number | undefined },
	{ contactsMs, calendarsMs }: { contactsMs: number; calendarsMs: number },
): Verdict => {
	const saw = `The day's limit is ${limit} calls, of which ${remaining} are left${resetsInMs === undefined ? "" : ` for ${(resetsInMs / 3_600_000).toFixed(1)} h`}.`;
	const share =
		[contactsMs, calendarsMs].reduce(
			(sum, ms) => sum + (ms ? (DAY_SECONDS * 1000) / ms : 0),
			0,
		) / limit;
	// What reconciliation takes of the usual limit is 2 %.
	if (share <= 0.05) return { level: "good", saw };
	const seconds = Math.ceil(DAY_SECONDS / (limit / 100));
	return {
		level: "warning",
		saw,
		means: `Looking for changes without a webhook would take ${Math.round(share * 100)} % of it.`,
		set: `RECONCILE_SECONDS=${seconds} and RECONCILE_CALENDAR_SECONDS=${seconds} take 2 %.`,
	};
};

const secondBucket = (answers: readonly Answer[]): string | undefined => {
	const told = answers.findLast(
		({ headers }) => headers["x-ratelimit-limit"] !== undefined,
	)?.headers["x-ratelimit-limit"];
	return told === undefined ? undefined : String(told);
};
