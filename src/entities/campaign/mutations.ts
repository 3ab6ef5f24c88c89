/** Putting contacts into campaigns and taking them out. HighLevel tells nowhere which campaigns a contact is in. */
import * as check from "../../schema-kit/input-checks.ts";
import { contacts } from "../contact/mutations.ts";
import {
	addToCampaign,
	removeFromAllCampaigns,
	removeFromCampaign,
} from "./writes.ts";

const campaignMutation = (
	name: string,
	description: string,
	write: typeof addToCampaign,
) =>
	contacts.change(name, {
		description: `${description} Costs one call, and one more when the contact is asked for.`,
		input: (t) => ({
			campaignId: t.id({
				required: true,
				description: "The campaign: its global id, or HighLevel's own id.",
			}),
		}),
		body: ({ campaignId }, context, faults) =>
			// A word of the path there: as an id it would take the contact out of every campaign.
			campaignId === "removeAll"
				? faults.add(
						["campaignId"],
						"campaignId must be the id of a campaign. To leave all of them, use removeContactFromAllCampaigns.",
					)
				: check.id(faults, ["campaignId"], "Campaign", campaignId, context),
		async send({ contactId }, campaignId, { upstream }) {
			await write(upstream, { contactId, campaignId });
			return { contactId };
		},
		// No operation reads the campaigns of a contact (contract, section 2).
		readBack: async () => "unknown",
		inputPaths: (campaignId) => ({ ids: { [campaignId]: ["campaignId"] } }),
	});

campaignMutation(
	"addContactToCampaign",
	"Puts a contact into a campaign.",
	addToCampaign,
);

campaignMutation(
	"removeContactFromCampaign",
	"Takes a contact out of a campaign.",
	removeFromCampaign,
);

contacts.change("removeContactFromAllCampaigns", {
	description:
		"Takes a contact out of every campaign. Costs one call, and one more when the contact is asked for.",
	async send({ contactId }, _, { upstream }) {
		await removeFromAllCampaigns(upstream, contactId);
		return { contactId };
	},
	readBack: async () => "unknown",
});
