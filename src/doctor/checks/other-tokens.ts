/** Whether the other locations' tokens serve: one call each, for as many as there are calls for. */
import type { Check, Verdict } from "../check.ts";
import { counted } from "../sample.ts";
import { refused, scopeAdvice } from "./token.ts";

const MOST = 4;

export const otherTokens: Check = {
	name: "Other locations",
	calls: MOST,
	async run({ api, target, targets }) {
		const others = targets.filter((one) => one !== target);
		const verdicts: Verdict[] = [];
		for (const other of others.slice(0, MOST)) {
			const answer = await api.ask({
				method: "GET",
				path: "/locations/{locationId}",
				ids: { locationId: other.locationId },
				token: other.token,
			});
			if (answer.ok)
				verdicts.push({
					level: "good",
					saw: `The token of ${other.from} serves the location ${other.locationId}.`,
				});
			else {
				const verdict = refused(answer, other);
				verdicts.push(
					verdict === "scope"
						? {
								level: "problem",
								saw: `The token for ${other.locationId} lacks the scope locations.readonly.`,
								set: scopeAdvice(other, "locations.readonly"),
							}
						: verdict === "another's"
							? {
									level: "problem",
									saw: `The token set for ${other.locationId} is of another location or of a company.`,
									set: `Correct ${other.from}.`,
								}
							: { ...verdict, stop: undefined },
				);
			}
		}
		const left = others.length - MOST;
		if (left > 0)
			verdicts.push({
				level: "unknown",
				saw: `${counted(left, "further location")} ${left === 1 ? "was" : "were"} not asked about: one run makes few calls.`,
				set: "Run the doctor for each: npm run doctor -- --location ID",
			});
		return verdicts;
	},
};
