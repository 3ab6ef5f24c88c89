/** What reading contacts may cost, in the words of src/graphql/calls.ts; mirrors loader.ts and page.ts. */
import {
	type Cardinality,
	type CostContext,
	type FieldCost,
	inTwoBatches,
	oneForEach,
	ownerOf,
	pageSizeIn,
} from "../../cost/field-cost.ts";
import { customFieldKeys } from "./filter.ts";
import type { ContactFilterInput } from "./filter-inputs.ts";
import { ROUTE } from "./loader.ts";
import { MOST_READ } from "./page.ts";

/** Searches for so many ids that arrive in so many batches; one call each where the route is known to be refused. */
const searches = (
	{ facts }: CostContext,
	ids: number,
	batches: number,
): number => {
	const most = facts.batchMax.get(ROUTE) ?? 500;
	if (most === 0 || ids <= batches) return ids;
	return Math.max(batches, Math.ceil(ids / most));
};

/** A contact whose id the caller names: search may not know it, so each of several may cost a call of its own. */
export const contactNamed = (ask: CostContext, id: string): Cardinality => {
	ask.key("contacts by id", id, (ids) =>
		ids === 1 ? 1 : ids + searches(ask, ids, 1) * (refused(ask) ? 0 : 1),
	);
	return { key: `contact ${id}`, count: 1, batches: 1, by: "id" };
};

const refused = ({ facts }: CostContext) => facts.batchMax.get(ROUTE) === 0;

/** Contacts whose ids an answer names: one search for those that arrive together, and one call for each changed lately. */
export const contactsOf = (
	ask: CostContext,
	things: Cardinality,
): Cardinality => {
	ask.batch(
		"contacts by id",
		things,
		(ids, batches) =>
			searches(ask, ids, batches) + Math.min(ids, ask.changedLately),
	);
	return { ...things, batches: inTwoBatches(things), by: "batch" };
};

/** The contact of what belongs to one: at hand where it was read through the contact. */
export const contactOf: FieldCost = (ask) => {
	const { parent } = ask;
	const { owner } = parent;
	if (!owner) return contactsOf(ask, oneForEach("contact", parent));
	const back = ownerOf(owner, parent);
	if (owner.by === "found" || (owner.by === "page" && ask.changedLately > 0))
		contactsOf(ask, back);
	return back;
};

/** One page of the contacts that match. */
export const contactsPageOf: FieldCost = (ask) => {
	const { args } = ask;
	const key = JSON.stringify(args);
	const first = pageSizeIn(ask);
	ask.key("contacts", key, (pages) => pages);
	// Rows that changed lately are read again, and so are contacts written lately that the page lacks; one row more than asked for is read to know whether a next page exists.
	ask.once(
		`contacts changed ${key}`,
		Math.min(ask.changedLately, first + 1 + MOST_READ),
	);
	if (args.filter && customFieldKeys(args.filter as ContactFilterInput).length)
		ask.once("custom fields");
	return { key: `contacts ${key}`, count: first, batches: 1, by: "page" };
};

export const duplicateOf: FieldCost = (ask) => {
	const key = JSON.stringify(ask.args);
	// A bare reference is read in full.
	ask.key("contact found", key, (keys) => 2 * keys);
	return { key: `found ${key}`, count: 1, batches: 1, by: "found" };
};

/** A field that only GET /contacts/{id} brings. */
export const wholeContact: FieldCost = (ask) => {
	const { parent } = ask;
	if (parent.by === "id")
		// Asked for alone, a contact is read whole.
		ask.later(`whole ${parent.key}`, "contacts by id", (ids) =>
			ids === 1 ? 0 : 1,
		);
	else ask.each("whole contact", parent);
	return undefined;
};

/** A field that only search brings. */
export const searchedContact: FieldCost = (ask) => {
	const { parent } = ask;
	if (parent.by === "id")
		ask.key("contact rows", parent.key, (ids) => searches(ask, ids, 1));
	// Elsewhere a contact may have been read alone, so whole. Rows of a page have it, except those that were read again: if
	// that was not lately, the page is at hand, and its call is one of those it takes.
	else {
		const isAtHand = parent.by === "page" && ask.changedLately === 0;
		ask.batch("contact rows", parent, (ids, batches) =>
			Math.max(0, searches(ask, ids, batches) - (isAtHand ? 1 : 0)),
		);
	}
	return undefined;
};
