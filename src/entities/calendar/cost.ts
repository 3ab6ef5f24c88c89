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
export const calendarsOfLocation: FieldCost = (ask) => {
	ask.once("calendars");
	return { key: "calendars", count: calendarsIn(ask), batches: 1 };
};

/** The calendar each of the things is in, from the same list. */
export const calendarOf: FieldCost = (ask) => {
	ask.once("calendars");
	const each = oneForEach("calendar", ask.parent);
	return { ...each, count: Math.min(each.count, calendarsIn(ask)) };
};

/** One of them, by its id. */
export const calendarNamed = (ask: CostContext, id: string): Cardinality => {
	ask.once("calendars");
	return { key: `calendar ${id}`, count: 1, batches: 1 };
};
