/** What clients see of campaigns. */

import { costOfReading } from "../../cost/field-cost.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import { globalId } from "../../schema-kit/global-id.ts";
import { inListOf, Node, nodeReader } from "../../schema-kit/node.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { UNKNOWN_WORD, wordsOf } from "../../schema-kit/words.ts";
import { textOf } from "../../upstream/shapes.ts";
import { Location, listsOf } from "../location/schema.ts";
import { allCampaigns, campaignsByLocation } from "./loader.ts";
import type { CampaignRow } from "./rest.ts";

export const Campaign = builder.objectRef<CampaignRow>("Campaign");

const statuses = wordsOf("CampaignStatus", "Whether a campaign runs.", {
	DRAFT: { value: "draft", description: "Not yet." },
	PUBLISHED: { value: "published", description: "It runs." },
});

Campaign.implement({
	extensions: READ,
	description: "A sequence of messages that contacts can be added to.",
	interfaces: [Node],
	fields: (t) => ({
		id: t.id({
			nullable: false,
			extensions: PURE,
			description: "Global id.",
			resolve: ({ id }, _, { viewer }) =>
				globalId("Campaign", viewer.locationId, id),
		}),
		campaignId: t.id({
			nullable: false,
			description: "HighLevel's own id of the campaign.",
			extensions: PURE,
			resolve: ({ id }) => id,
		}),
		name: t.string({
			description: "Its name.",
			extensions: PURE,
			resolve: ({ name }) => textOf(name),
		}),
		status: t.field({
			type: statuses.type,
			description: `Whether it runs. ${UNKNOWN_WORD} see statusText.`,
			extensions: PURE,
			resolve: ({ status }) => statuses.read(status),
		}),
		statusText: t.string({
			description: "Its status exactly as HighLevel has it.",
			extensions: PURE,
			resolve: ({ status }) => textOf(status),
		}),
	}),
});

nodeReader(
	"Campaign",
	async (context, [id]) =>
		(await allCampaigns(context)).find((campaign) => campaign.id === id) ??
		null,
	1,
	inListOf(campaignsByLocation, "campaign"),
);

builder.objectField(Location, "campaigns", (t) =>
	t.field({
		type: [Campaign],
		nullable: { list: true, items: false },
		description: "Its campaigns, in HighLevel's order. Costs one call.",
		extensions: { cost: costOfReading(campaignsByLocation) },
		resolve: (location, _, context) => allCampaigns(listsOf(location, context)),
	}),
);
