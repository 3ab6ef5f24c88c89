/** Which locations the gateway has tokens for, and where each comes from. */
import type { Config } from "../config/config.ts";
import type { DataFile } from "./data-file.ts";

export interface Target {
	readonly locationId: string;
	readonly token: string;
	/** The setting that holds the token, or the app whose consent gave it. */
	readonly from: "CONTACTS_API_TOKEN" | "CONTACTS_API_TOKENS" | "OAuth";
	/** Those that were consented to; undefined for a private token, which does not say. */
	readonly scopes: readonly string[] | undefined;
}

/** Those of the settings first. @throws SealBroken when TOKEN_KEYS do not open what is stored. */
export const targetsOf = (
	{ upstream }: Config,
	data: DataFile | undefined,
	single: string | undefined,
): Target[] => {
	if (upstream.kind !== "api") return [];
	const own = Object.entries(upstream.tokens).map(
		([locationId, token]): Target => ({
			locationId,
			token,
			from:
				locationId === single ? "CONTACTS_API_TOKEN" : "CONTACTS_API_TOKENS",
			scopes: undefined,
		}),
	);
	const connected = (data?.connections ?? []).flatMap((row): Target[] => {
		if (row.kind !== "location" || row.id in upstream.tokens) return [];
		const secrets = data?.secrets(row);
		return secrets
			? [
					{
						locationId: row.id,
						token: secrets.accessToken,
						from: "OAuth",
						scopes: row.scopes,
					},
				]
			: [];
	});
	return [...own, ...connected].sort(
		(a, b) => Number(b.locationId === single) - Number(a.locationId === single),
	);
};

/** What to do about a token that does not serve. */
export const renewalOf = ({ from, locationId }: Target): string =>
	from === "OAuth"
		? `Connect the location ${locationId} again at /oauth/connect of the gateway.`
		: `Make a Private Integration Token in the location's settings (Private Integrations) and set ${from} to it.`;
