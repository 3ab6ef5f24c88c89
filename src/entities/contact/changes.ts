/** Changes of contacts as clients see them, and the contact that every change is about. */
import type { ObjectFieldBuilder } from "@pothos/core";
import type { ChangeEvent, ChangeKind } from "../../changes/change.ts";
import { type CostContext, oneForEach } from "../../cost/field-cost.ts";
import { builder } from "../../schema-kit/builder.ts";
import {
	Change,
	changeOf,
	changeType,
	resolveType,
	stream,
} from "../change/schema.ts";
import { contactsOf } from "./cost.ts";
import { contactById } from "./loader.ts";
import { Contact } from "./schema.ts";

type Types = (typeof builder)["$inferSchemaTypes"];

builder.interfaceField(Change, "contact", (t) =>
	t.field({
		type: Contact,
		description:
			"The contact it is about, read anew; null when it is deleted. Costs one call for all subscribers of the location.",
		extensions: {
			cost: (cost: CostContext) =>
				contactsOf(cost, oneForEach("contact", cost.parent)),
		},
		resolve: ({ kind, contactId }, _, context) =>
			contactId === null || kind === "CONTACT_DELETED"
				? null
				: contactById.load(context, contactId),
	}),
);

const ContactChange = changeOf("ContactChange");

builder.interfaceType(ContactChange, {
	description: "A change of a contact.",
	interfaces: [Change],
	resolveType,
});

stream("contactChanged", ContactChange, "contacts", "CONTACT_");

const type = (kind: ChangeKind, name: string, description: string) =>
	changeType(kind, name).implement({
		description,
		interfaces: [Change, ContactChange],
		fields: ofContact,
	});

/** Never null: it is what changed. */
const ofContact = (t: ObjectFieldBuilder<Types, ChangeEvent>) => ({
	contactId: t.id({
		nullable: false,
		description: "HighLevel's own id of the contact.",
		resolve: ({ contactId }) => contactId ?? "",
	}),
});

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
	interfaces: [Change, ContactChange],
	fields: (t) => ({
		...ofContact(t),
		tags: t.stringList({
			description:
				"All its tags after the change, as HighLevel sent them: at no cost.",
			resolve: ({ payload }) =>
				Array.isArray(payload.tags) ? payload.tags.map(String) : null,
		}),
	}),
});
