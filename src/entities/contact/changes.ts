/** Changes of contacts as clients see them, and the contact that every change is about. */
import type { ChangeKind } from "../../changes/change.ts";
import { type CostContext, oneForEach } from "../../cost/field-cost.ts";
import { builder } from "../../schema-kit/builder.ts";
import { Change, changeType } from "../change/schema.ts";
import { contactsOf } from "./cost.ts";
import { contactById } from "./loader.ts";
import { Contact } from "./schema.ts";

builder.interfaceField(Change, "contact", (t) =>
	t.field({
		type: Contact,
		description:
			"The contact it is about, read anew; null when it is deleted. Costs one call for all subscribers of the location.",
		extensions: {
			cost: (ask: CostContext) =>
				contactsOf(ask, oneForEach("contact", ask.parent)),
		},
		resolve: ({ kind, contactId }, _, context) =>
			contactId === null || kind === "CONTACT_DELETED"
				? null
				: contactById.load(context, contactId),
	}),
);

const type = (kind: ChangeKind, name: string, description: string) =>
	changeType(kind, name).implement({ description, interfaces: [Change] });

type("CONTACT_CREATED", "ContactCreated", "A contact was created.");
type(
	"CONTACT_UPDATED",
	"ContactUpdated",
	"Fields of a contact changed. HighLevel sends this for some fields only.",
);
type("CONTACT_DELETED", "ContactDeleted", "A contact was deleted.");
type(
	"CONTACT_DND_CHANGED",
	"ContactDndChanged",
	"Do not disturb was switched for a contact. HighLevel sends nothing about inbound settings.",
);

changeType("CONTACT_TAGS_CHANGED", "ContactTagsChanged").implement({
	description: "A contact gained or lost tags.",
	interfaces: [Change],
	fields: (t) => ({
		tags: t.stringList({
			description:
				"All its tags after the change, as HighLevel sent them: at no cost.",
			resolve: ({ payload }) =>
				Array.isArray(payload.tags) ? payload.tags.map(String) : null,
		}),
	}),
});
