/** The calls that put contacts into campaigns and take them out. */
import type { Upstream } from "../../upstream/client.ts";
import { operation } from "../../upstream/operation.ts";
import { Succeeded } from "../contact/rest.ts";

const CAMPAIGN = "/contacts/{contactId}/campaigns/{campaignId}";
const add = operation("POST", CAMPAIGN, Succeeded);
const remove = operation("DELETE", CAMPAIGN, Succeeded);
const removeAll = operation(
	"DELETE",
	"/contacts/{contactId}/campaigns/removeAll",
	Succeeded,
);

export interface InCampaign {
	readonly contactId: string;
	readonly campaignId: string;
}

export const addToCampaign = async (
	upstream: Upstream,
	{ contactId, campaignId }: InCampaign,
): Promise<void> => {
	await upstream.call(add, { ids: { contactId, campaignId }, body: {} });
};

export const removeFromCampaign = async (
	upstream: Upstream,
	{ contactId, campaignId }: InCampaign,
): Promise<void> => {
	await upstream.call(remove, { ids: { contactId, campaignId } });
};

export const removeFromAllCampaigns = async (
	upstream: Upstream,
	contactId: string,
): Promise<void> => {
	await upstream.call(removeAll, { ids: { contactId } });
};
