/** What reading businesses and their contacts may cost, made of what their loaders say. */
import {
	type Cardinality,
	type CostContext,
	costOfNamed,
	type FieldCost,
	inTwoBatches,
	named,
	oneForEach,
} from "../../cost/field-cost.ts";
import { stretchSizeIn } from "../../schema-kit/offset-list.ts";
import { contactsOf } from "../contact/cost.ts";
import {
	allBusinesses,
	businessById,
	businessesSeen,
	contactIdsOfBusiness,
} from "./loader.ts";
import { BUSINESS_PAGE, LARGEST_PAGE } from "./rest.ts";

export const businessNamed = (cost: CostContext, id: string): Cardinality =>
	costOfNamed(businessById, cost, { ...named("business", id), by: "id" });

export const businessOfContact: FieldCost = (cost) => {
	const businesses = oneForEach("business", cost.parent);
	businessById.cost(cost, businesses);
	return { ...businesses, batches: inTwoBatches(businesses) };
};

/** Every page of the location's businesses. */
export const businessesOfLocation: FieldCost = (cost) => {
	allBusinesses.cost(cost, cost.parent);
	return {
		key: "businesses",
		count: businessesSeen(cost.facts) || BUSINESS_PAGE,
		batches: 1,
	};
};

/** One call for the page of each, and one for the contacts in it. */
export const contactsOfBusinesses: FieldCost = (cost) => {
	const { parent } = cost;
	const { first, after, last, before } = cost.args;
	const page = JSON.stringify([first, after, last, before]);
	contactIdsOfBusiness.cost(cost, {
		...parent,
		key: `${page} of ${parent.key}`,
	});
	// The listing lags: contacts written recently are read by id, and may belong to any of them.
	const shown =
		Math.min(stretchSizeIn(cost), LARGEST_PAGE) + cost.recentlyChanged;
	cost.once("contacts written recently", cost.recentlyChanged);
	return contactsOf(cost, {
		key: `contacts ${page} of ${parent.key}`,
		count: parent.count * shown,
		batches: parent.count,
	});
};
