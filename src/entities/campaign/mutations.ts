/** Putting contacts into campaigns and taking them out. HighLevel tells nowhere which campaigns a contact is in. */

import type { Context } from "../../loading/context.ts";
import * as check from "../../schema-kit/input-checks.ts";
import { mutation } from "../../schema-kit/mutation.ts";
import type { Faults } from "../../schema-kit/user-errors.ts";
import type { Upstream } from "../../upstream/client.ts";
import { tagsOfWritten } from "../contact/invalidation.ts";
import { CONTACT_ID, contactPayload, WRITE } from "../contact/mutations.ts";
import {
	addToCampaign,
	type InCampaign,
	removeFromAllCampaigns,
	removeFromCampaign,
} from "./writes.ts";

const campaignMutation = (
	name: string,
	description: string,
	write: (upstream: Upstream, plan: InCampaign) => Promise<void>,
) =>
	mutation(name, {
		description: `${description} Costs one call, and one more when the contact is asked for.`,
		scopes: WRITE,
		input: (t) => ({
			contactId: t.id({ required: true, description: CONTACT_ID }),
			campaignId: t.id({
				required: true,
				description: "The campaign: its global id, or HighLevel's own id.",
			}),
		}),
		plan(input, context, faults): InCampaign | undefined {
			const contactId = contactOf(input.contactId, context, faults);
			const campaignId = campaignOf(input.campaignId, context, faults);
			return contactId === undefined || campaignId === undefined
				? undefined
				: { contactId, campaignId };
		},
		async send(plan, { upstream }) {
			await write(upstream, plan);
			return { contactId: plan.contactId };
		},
		payload: (t) => contactPayload(t),
		// No operation reads the campaigns of a contact (contract, section 2).
		readBack: async () => "unknown",
		inputPaths: ({ contactId, campaignId }) => ({
			ids: { [contactId]: ["contactId"], [campaignId]: ["campaignId"] },
		}),
		effects: ({ contactId }, _, context) => ({
			tags: tagsOfWritten(contactId, context),
		}),
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

mutation("removeContactFromAllCampaigns", {
	description:
		"Takes a contact out of every campaign. Costs one call, and one more when the contact is asked for.",
	scopes: WRITE,
	input: (t) => ({
		contactId: t.id({ required: true, description: CONTACT_ID }),
	}),
	plan(input, context, faults) {
		const contactId = contactOf(input.contactId, context, faults);
		return contactId === undefined ? undefined : { contactId };
	},
	async send({ contactId }, { upstream }) {
		await removeFromAllCampaigns(upstream, contactId);
		return { contactId };
	},
	payload: (t) => contactPayload(t),
	readBack: async () => "unknown",
	inputPaths: ({ contactId }) => ({ ids: { [contactId]: ["contactId"] } }),
	effects: ({ contactId }, _, context) => ({
		tags: tagsOfWritten(contactId, context),
	}),
});

const contactOf = (text: string, context: Context, faults: Faults) =>
	check.id(faults, ["contactId"], "Contact", text, context);

/** `removeAll` is a word of the path there: as an id it would take the contact out of every campaign. */
const campaignOf = (text: string, context: Context, faults: Faults) =>
	text === "removeAll"
		? faults.add(
				["campaignId"],
				"campaignId must be the id of a campaign. To leave all of them, use removeContactFromAllCampaigns.",
			)
		: check.id(faults, ["campaignId"], "Campaign", text, context);
