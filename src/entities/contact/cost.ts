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
import { MOST_SINGLE_READS } from "./newcomers.ts";

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
export const contactNamed = (cost: CostContext, id: string): Cardinality => {
	cost.key("contacts by id", id, (ids) =>
		ids === 1 ? 1 : ids + searches(cost, ids, 1) * (refused(cost) ? 0 : 1),
	);
	return { key: `contact ${id}`, count: 1, batches: 1, by: "id" };
};

const refused = ({ facts }: CostContext) => facts.batchMax.get(ROUTE) === 0;

/** Contacts whose ids an answer names: one search for those that arrive together, and one call for each changed recently. */
export const contactsOf = (
	cost: CostContext,
	things: Cardinality,
): Cardinality => {
	cost.batch(
		"contacts by id",
		things,
		(ids, batches) =>
			searches(cost, ids, batches) + Math.min(ids, cost.recentlyChanged),
	);
	return { ...things, batches: inTwoBatches(things), by: "batch" };
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
	cost.key("contacts", key, (pages) => pages);
	// Rows that changed recently are read again, and so are contacts written recently that the page lacks; one row more than asked for is read to know whether a next page exists.
	cost.once(
		`contacts changed ${key}`,
		Math.min(cost.recentlyChanged, first + 1 + MOST_SINGLE_READS),
	);
	if (args.filter && customFieldKeys(args.filter as ContactFilterInput).length)
		cost.once("custom fields");
	return { key: `contacts ${key}`, count: first, batches: 1, by: "page" };
};

export const duplicateOf: FieldCost = (cost) => {
	const key = JSON.stringify(cost.args);
	// A bare reference is read in full.
	cost.key("contact found", key, (keys) => 2 * keys);
	return { key: `found ${key}`, count: 1, batches: 1, by: "found" };
};

/** A field that only GET /contacts/{id} brings. */
export const wholeContact: FieldCost = (cost) => {
	const { parent } = cost;
	if (parent.by === "id")
		// Asked for alone, a contact is read whole.
		cost.later(`whole ${parent.key}`, "contacts by id", (ids) =>
			ids === 1 ? 0 : 1,
		);
	else cost.each("whole contact", parent);
	return undefined;
};

/** A field that only search brings. */
export const searchedContact: FieldCost = (cost) => {
	const { parent } = cost;
	if (parent.by === "id")
		cost.key("contact rows", parent.key, (ids) => searches(cost, ids, 1));
	// Elsewhere a contact may have been read alone, so whole. Rows of a page have it, except those that were read again: if
	// that was not recently, the page is at hand, and its call is counted with it.
	else {
		const isAtHand = parent.by === "page" && cost.recentlyChanged === 0;
		cost.batch("contact rows", parent, (ids, batches) =>
			Math.max(0, searches(cost, ids, batches) - (isAtHand ? 1 : 0)),
		);
	}
	return undefined;
};
