/** What reading contacts may cost, made of what their loaders say. */
import {
	type Cardinality,
	type CostContext,
	costOfNamed,
	costOfReading,
	type FieldCost,
	inTwoBatches,
	named,
	oneForEach,
	ownerOf,
	pageSizeIn,
} from "../../cost/field-cost.ts";
import { customFieldDefinitions } from "./custom-fields.ts";
import { customFieldKeys } from "./filter.ts";
import type { ContactFilterInput } from "./filter-inputs.ts";
import {
	contactByDuplicate,
	contactById,
	contactRowById,
	wholeContactById,
} from "./loader.ts";
import { contactsPage } from "./page.ts";

/** A contact whose id the caller names. */
export const contactNamed = (cost: CostContext, id: string): Cardinality =>
	costOfNamed(contactById, cost, { ...named("contact", id), by: "id" });

/** Contacts whose ids an answer names. */
export const contactsOf = (
	cost: CostContext,
	contacts: Cardinality,
): Cardinality => {
	contactById.cost(cost, contacts);
	return { ...contacts, batches: inTwoBatches(contacts), by: "batch" };
};

/** The contact of what belongs to one: at hand where it was read through the contact. */
export const contactOf: FieldCost = (cost) => {
	const { parent } = cost;
	const { owner } = parent;
	if (!owner) return contactsOf(cost, oneForEach("contact", parent));
	const back = ownerOf(owner, parent);
	if (owner.by === "found" || (owner.by === "page" && cost.recentlyChanged > 0))
		contactsOf(cost, back);
	return back;
};

/** One page of the contacts that match. */
export const contactsPageOf: FieldCost = (cost) => {
	const { args } = cost;
	const key = JSON.stringify(args);
	const first = pageSizeIn(cost);
	const page = {
		key: `contacts ${key}`,
		count: first,
		batches: 1,
		by: "page",
	} as const;
	contactsPage.cost(cost, page);
	if (args.filter && customFieldKeys(args.filter as ContactFilterInput).length)
		customFieldDefinitions.cost(cost, page);
	return page;
};

export const duplicateOf: FieldCost = (cost) => {
	const found = {
		...named("found", JSON.stringify(cost.args)),
		by: "found",
	} as const;
	contactByDuplicate.cost(cost, found);
	// A bare reference is read in full.
	cost.each("contact found in full", found);
	return found;
};

/** A field that only GET /contacts/{id} brings. */
export const wholeContact = costOfReading(wholeContactById);

/** What search knows of a contact whose id the caller names. */
export const contactRowNamed = (
	cost: CostContext,
	contactId: string,
): Cardinality => {
	const contact = named("contact", contactId);
	contactRowById.cost(cost, { ...contact, by: "id" });
	return { ...contact, by: "found" };
};

/** A field that only search brings. */
export const searchedContact = costOfReading(contactRowById);
