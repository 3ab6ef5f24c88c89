/** Campaigns are read as one list for the whole location. */
import { TAG } from "../../cache/tags.ts";
import { onceForLocation } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import { byId, loader } from "../../loading/loader.ts";
import { type CampaignRow, listCampaigns } from "./rest.ts";

export const campaignsByLocation = loader<string, CampaignRow[]>({
	name: "campaignsByLocation",
	ttl: "reference",
	cost: onceForLocation("campaigns"),
	keyOf: byId,
	tags: () => [TAG.campaigns],
	fetch: (ids, { upstream }) =>
		Promise.all(
			ids.map(() => listCampaigns(upstream).catch((error: Error) => error)),
		),
});

export const allCampaigns = (
	context: Context,
): CampaignRow[] | Promise<CampaignRow[]> =>
	campaignsByLocation.load(context, context.viewer.locationId);
