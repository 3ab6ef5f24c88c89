/** What clients see of opportunities: deals, which HighLevel's search shows with their contact and nothing else does here. */
import type { CostContext } from "../../cost/field-cost.ts";
import { whenLoaded } from "../../loading/loader.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import { globalId } from "../../schema-kit/global-id.ts";
import { Node, nodeReader } from "../../schema-kit/node.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { UNKNOWN_WORD, wordsOf } from "../../schema-kit/words.ts";
import { textOf } from "../../upstream/shapes.ts";
import {
	contactOf,
	contactRowNamed,
	searchedContact,
} from "../contact/cost.ts";
import { contactById, contactRowById } from "../contact/loader.ts";
import type { ContactRow } from "../contact/rest.ts";
import { Contact, searched } from "../contact/schema.ts";

interface OpportunityValue {
	readonly contactId: string;
	readonly id: string;
	readonly row: NonNullable<ContactRow["opportunities"]>[number];
}

const Opportunity = builder.objectRef<OpportunityValue>("Opportunity");

const statuses = wordsOf("OpportunityStatus", "How far a deal is.", {
	OPEN: { value: "open", description: "Under way." },
	WON: { value: "won", description: "Won." },
	LOST: { value: "lost", description: "Lost." },
	ABANDONED: { value: "abandoned", description: "Given up." },
});

Opportunity.implement({
	extensions: READ,
	description: "A deal that a contact is part of.",
	interfaces: [Node],
	fields: (t) => ({
		id: t.id({
			nullable: false,
			extensions: PURE,
			description: "Global id.",
			resolve: ({ contactId, id }, _, { viewer }) =>
				globalId("Opportunity", viewer.locationId, contactId, id),
		}),
		opportunityId: t.id({
			nullable: false,
			description: "HighLevel's own id of the opportunity.",
			extensions: PURE,
			resolve: ({ id }) => id,
		}),
		pipelineId: t.id({
			description: "HighLevel's id of its pipeline.",
			extensions: PURE,
			resolve: ({ row }) => textOf(row.pipelineId) ?? textOf(row.pipeline_id),
		}),
		pipelineStageId: t.id({
			description: "HighLevel's id of its stage in the pipeline.",
			extensions: PURE,
			resolve: ({ row }) =>
				textOf(row.pipelineStageId) ?? textOf(row.pipeline_stage_id),
		}),
		monetaryValue: t.float({
			description: "Its value in the location's currency.",
			extensions: PURE,
			resolve: ({ row }) => row.monetaryValue ?? row.monetary_value ?? null,
		}),
		status: t.field({
			type: statuses.type,
			description: `How far it is. ${UNKNOWN_WORD} see statusText.`,
			extensions: PURE,
			resolve: ({ row }) => statuses.read(row.status),
		}),
		statusText: t.string({
			description: "Its status exactly as HighLevel has it.",
			extensions: PURE,
			resolve: ({ row }) => textOf(row.status),
		}),
		contactId: t.exposeID("contactId", {
			nullable: false,
			description: "HighLevel's own id of its contact.",
		}),
		contact: t.field({
			type: Contact,
			description: "The contact it is with.",
			extensions: { cost: contactOf },
			resolve: ({ contactId }, _, context) =>
				contactById.load(context, contactId),
		}),
	}),
});

// [recorded] Each has an id; without one it could not be told from another.
const opportunitiesOf = (
	contactId: string,
	{ opportunities }: ContactRow,
): OpportunityValue[] =>
	(opportunities ?? []).flatMap((row) => {
		const id = textOf(row.id);
		return id === null ? [] : [{ contactId, id, row }];
	});

nodeReader(
	"Opportunity",
	(context, [contactId, opportunityId]) =>
		whenLoaded(
			contactRowById.load(context, contactId),
			(found) =>
				(found &&
					opportunitiesOf(contactId, found.row).find(
						({ id }) => id === opportunityId,
					)) ??
				null,
		),
	2,
	(cost, [contactId, opportunityId]) => {
		const owner = contactRowNamed(cost, contactId);
		return { key: `opportunity ${opportunityId}`, count: 1, batches: 1, owner };
	},
);

builder.objectField(Contact, "opportunities", (t) =>
	t.field({
		type: [Opportunity],
		nullable: { list: true, items: false },
		description:
			"Deals it is part of, in HighLevel's order. May cost one more call, like additionalPhones.",
		extensions: {
			cost(cost: CostContext) {
				searchedContact(cost);
				return {
					...cost.parent,
					key: `opportunities of ${cost.parent.key}`,
					owner: cost.parent,
				};
			},
		},
		resolve: (contact, _, context) =>
			searched(contact, "opportunities", context, (row) =>
				opportunitiesOf(contact.id, row),
			),
	}),
);
