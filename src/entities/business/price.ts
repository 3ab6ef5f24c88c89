/** What reading businesses and their contacts may cost, in the words of src/graphql/calls.ts; mirrors loader.ts. */
import {
	type Ask,
	type Calls,
	inTwoWaves,
	oneForEach,
	pageOf,
	type Things,
} from "../../graphql/calls.ts";
import { contactsOf } from "../contact/price.ts";
import { businessesSeen } from "./loader.ts";
import { BUSINESS_PAGE, LARGEST_PAGE } from "./rest.ts";

/** One by its id, several by the location's first page; what a full page lacks one by one. */
const reads = ({ facts }: Ask, ids: number, batches: number): number => {
	if (ids <= batches) return ids;
	return batches + (businessesSeen(facts) < BUSINESS_PAGE ? 0 : ids);
};

export const businessNamed = (ask: Ask, id: string): Things => {
	ask.key("businesses by id", id, (ids) => reads(ask, ids, 1));
	return { key: `business ${id}`, count: 1, waves: 1 };
};

export const businessOfContact: Calls = (ask) => {
	const businesses = oneForEach("business", ask.parent);
	ask.batch("businesses by id", businesses, (ids, batches) =>
		reads(ask, ids, batches),
	);
	return { ...businesses, waves: inTwoWaves(businesses) };
};

/** Every page of the location's businesses. */
export const businessesOfLocation: Calls = (ask) => {
	const seen = businessesSeen(ask.facts);
	ask.once("businesses", Math.floor(seen / BUSINESS_PAGE) + 1);
	return {
		key: "businesses",
		count: seen || BUSINESS_PAGE,
		waves: 1,
	};
};

/** One call for the page of each, and one for the contacts in it. */
export const contactsOfBusinesses: Calls = (ask) => {
	const { parent } = ask;
	const { first, after } = ask.args;
	const page = JSON.stringify([first, after]);
	ask.each(`contacts of businesses ${page}`, parent);
	// The listing lags: contacts written lately are looked at themselves, and may belong to any of them.
	const shown = Math.min(pageOf(ask), LARGEST_PAGE) + ask.changedLately;
	ask.once("contacts written lately", ask.changedLately);
	return contactsOf(ask, {
		key: `contacts ${page} of ${parent.key}`,
		count: parent.count * shown,
		waves: parent.count,
	});
};
