/** The calls that put contacts into campaigns and take them out. */
import type { Upstream } from "../../upstream/client.ts";
import { operation } from "../../upstream/operation.ts";
import { Done } from "../../upstream/shapes.ts";

const CAMPAIGN = "/contacts/{contactId}/campaigns/{campaignId}";
const add = operation("POST", CAMPAIGN, Done);
const remove = operation("DELETE", CAMPAIGN, Done);
const removeAll = operation(
	"DELETE",
	"/contacts/{contactId}/campaigns/removeAll",
	Done,
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
