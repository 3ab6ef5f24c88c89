/** How far this machine's clock is from the API's: webhooks are refused by their time, tokens renewed by theirs. */
import type { Check } from "../check.ts";

/** The header tells whole seconds, and the answer was under way. */
const UNSURE_MS = 2000;

export const clock: Check = {
	name: "Clock",
	calls: 0,
	async run({ api, config }) {
		const ahead = api.answers
			.flatMap(({ headers, sentAt, answeredAt }) => {
				const at = Date.parse(String(headers.date ?? ""));
				return Number.isNaN(at) ? [] : at + 500 - (sentAt + answeredAt) / 2;
			})
			.sort((a, b) => a - b);
		const median = ahead[Math.floor(ahead.length / 2)];
		if (median === undefined)
			return [{ level: "unknown", saw: "No answer said what time it is." }];
		const off = Math.abs(median);
		if (off <= UNSURE_MS)
			return [
				{
					level: "good",
					saw: "This machine's clock agrees with the API's to the second.",
				},
			];
		const seconds = Math.round(off / 1000);
		const saw = `This machine's clock is ${seconds} s ${median > 0 ? "behind" : "ahead of"} the API's.`;
		const { aheadMs, pastMs } = config.webhooks.window;
		const refused = median > 0 ? off > aheadMs : off > pastMs;
		return [
			{
				level: refused ? "problem" : "warning",
				saw,
				means: refused
					? `Every webhook would be refused as ${median > 0 ? "from the future (WEBHOOK_AHEAD_MS)" : "too old (WEBHOOK_PAST_MS)"}.`
					: "Tokens are renewed early or late by as much, and webhooks look younger or older.",
				set: "Set the clock by NTP.",
			},
		];
	},
};
