/** What reading businesses and their contacts may cost, in the words of src/graphql/calls.ts; mirrors loader.ts. */
import {
	type Cardinality,
	type CostContext,
	type FieldCost,
	inTwoBatches,
	oneForEach,
	pageSizeIn,
} from "../../cost/field-cost.ts";
import { contactsOf } from "../contact/cost.ts";
import { businessesSeen } from "./loader.ts";
import { BUSINESS_PAGE, LARGEST_PAGE } from "./rest.ts";

/** One by its id, several by the location's first page; what a full page lacks one by one. */
const reads = (
	{ facts }: CostContext,
	ids: number,
	batches: number,
): number => {
	if (ids <= batches) return ids;
	return batches + (businessesSeen(facts) < BUSINESS_PAGE ? 0 : ids);
};

export const businessNamed = (ask: CostContext, id: string): Cardinality => {
	ask.key("businesses by id", id, (ids) => reads(ask, ids, 1));
	return { key: `business ${id}`, count: 1, batches: 1 };
};

export const businessOfContact: FieldCost = (ask) => {
	const businesses = oneForEach("business", ask.parent);
	ask.batch("businesses by id", businesses, (ids, batches) =>
		reads(ask, ids, batches),
	);
	return { ...businesses, batches: inTwoBatches(businesses) };
};

/** Every page of the location's businesses. */
export const businessesOfLocation: FieldCost = (ask) => {
	const seen = businessesSeen(ask.facts);
	ask.once("businesses", Math.floor(seen / BUSINESS_PAGE) + 1);
	return {
		key: "businesses",
		count: seen || BUSINESS_PAGE,
		batches: 1,
	};
};

/** One call for the page of each, and one for the contacts in it. */
export const contactsOfBusinesses: FieldCost = (ask) => {
	const { parent } = ask;
	const { first, after } = ask.args;
	const page = JSON.stringify([first, after]);
	ask.each(`contacts of businesses ${page}`, parent);
	// The listing lags: contacts written lately are looked at themselves, and may belong to any of them.
	const shown = Math.min(pageSizeIn(ask), LARGEST_PAGE) + ask.changedLately;
	ask.once("contacts written lately", ask.changedLately);
	return contactsOf(ask, {
		key: `contacts ${page} of ${parent.key}`,
		count: parent.count * shown,
		batches: parent.count,
	});
};
