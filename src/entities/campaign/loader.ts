/** Campaigns are read as one list for the whole location. */
import { NAME } from "../../change.ts";
import type { Context } from "../../graphql/context.ts";
import { byId, loader } from "../../graphql/loader.ts";
import { type CampaignRow, listCampaigns } from "./rest.ts";

const campaignsByLocation = loader<string, CampaignRow[]>({
	freshness: "reference",
	spell: byId,
	names: () => [NAME.campaigns],
	fetch: (ids, { upstream }) =>
		Promise.all(
			ids.map(() => listCampaigns(upstream).catch((error: Error) => error)),
		),
});

export const allCampaigns = (
	context: Context,
): CampaignRow[] | Promise<CampaignRow[]> =>
	campaignsByLocation.load(context, context.viewer.locationId);
