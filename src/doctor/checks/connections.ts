/** How the connections made by consent stand, as the gateway kept them. */
import type { Check, Verdict } from "../check.ts";
import { counted } from "../sample.ts";

export const connections: Check = {
	name: "Connections",
	calls: 0,
	async run({ config, data, startedAt, targets }) {
		if (config.upstream.kind !== "api" || !config.upstream.oauth) return [];
		const rows = data?.connections ?? [];
		if (rows.length === 0)
			return [
				{
					level: Object.keys(config.upstream.tokens).length
						? "warning"
						: "problem",
					saw: "No location is connected yet, so the app's tokens could not be tried.",
					set: "Start the gateway, connect one location at /oauth/connect, and run the doctor again.",
				},
			];
		const verdicts = rows.flatMap(
			({ kind, id, error, refused, expiresAt }): Verdict[] => {
				const who = `${kind === "company" ? "company" : "location"} ${id}`;
				if (refused)
					return [
						{
							level: "problem",
							saw: `The grant of the ${who} was refused: ${error ?? "no reason kept"}.`,
							set: "Connect it again at /oauth/connect.",
						},
					];
				if (error)
					return [
						{
							level: "warning",
							saw: `The last renewal for the ${who} failed: ${error}.`,
							means: "The gateway tries again by itself.",
						},
					];
				if (expiresAt !== 0 && expiresAt <= startedAt)
					return [
						{
							level: "warning",
							saw: `The token of the ${who} expired, and no gateway has renewed it.`,
							means: "The gateway renews it when it is started.",
						},
					];
				return [];
			},
		);
		const locations = rows.filter(({ kind }) => kind === "location").length;
		if (locations === 0)
			verdicts.push({
				level: "problem",
				saw: "Only a company (agency) is connected, and none of its locations: a company's token serves no contacts.",
				set: "Install the app in a location, or connect one at /oauth/connect; the gateway then mints the location's token.",
			});
		else if (targets.length === 0)
			verdicts.push({
				level: "problem",
				saw: `${counted(locations, "location")} connected, and none has a token yet: they are minted when a location is first asked for.`,
				set: "Start the gateway, send one query for a location, and run the doctor again.",
			});
		return verdicts.length
			? verdicts
			: [
					{
						level: "good",
						saw: `${counted(locations, "location")} connected, none with a fault.`,
					},
				];
	},
};
