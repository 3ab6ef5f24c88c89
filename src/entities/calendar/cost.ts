/** What reading calendars may cost; mirrors loader.ts. */
import {
	type Cardinality,
	type CostContext,
	type FieldCost,
	ITEMS_PER_LIST,
	oneForEach,
} from "../../cost/field-cost.ts";
import { calendarsSeen } from "./loader.ts";

const calendarsIn = ({ facts }: CostContext): number =>
	calendarsSeen(facts) || ITEMS_PER_LIST;

/** All of the location, in one call. */
export const calendarsOfLocation: FieldCost = (cost) => {
	cost.once("calendars");
	return { key: "calendars", count: calendarsIn(cost), batches: 1 };
};

/** The calendar each of the things is in, from the same list. */
export const calendarOf: FieldCost = (cost) => {
	cost.once("calendars");
	const each = oneForEach("calendar", cost.parent);
	return { ...each, count: Math.min(each.count, calendarsIn(cost)) };
};

/** One of them, by its id. */
export const calendarNamed = (cost: CostContext, id: string): Cardinality => {
	cost.once("calendars");
	return { key: `calendar ${id}`, count: 1, batches: 1 };
};
