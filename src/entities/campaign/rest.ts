/** What the Contacts API says about the location's campaigns. */
import type { Upstream } from "../../upstream/client.ts";
import { operation } from "../../upstream/operation.ts";
import { Id, type Static, Text, Type } from "../../upstream/shapes.ts";

const CampaignShape = Type.Object({
	id: Id,
	name: Text,
	status: Text,
});

export type CampaignRow = Static<typeof CampaignShape>;

const listOperation = operation(
	"GET",
	"/campaigns/",
	Type.Object({ campaigns: Type.Array(CampaignShape) }),
);

/** Every one of the location, in one call [spec]. */
export const listCampaigns = async (
	upstream: Upstream,
): Promise<CampaignRow[]> =>
	(
		await upstream.call(listOperation, {
			query: { locationId: upstream.locationId },
		})
	).campaigns;
