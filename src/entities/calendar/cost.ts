/** What reading calendars may cost; mirrors loader.ts. */
import {
	type Cardinality,
	type CostContext,
	costOfNamed,
	type FieldCost,
	ITEMS_PER_LIST,
	named,
	oneForEach,
} from "../../cost/field-cost.ts";
import { calendarsByLocation, calendarsSeen } from "./loader.ts";

const calendarsIn = ({ facts }: CostContext): number =>
	calendarsSeen(facts) || ITEMS_PER_LIST;

/** All of the location, in one call. */
export const calendarsOfLocation: FieldCost = (cost) => {
	calendarsByLocation.cost(cost, cost.parent);
	return { key: "calendars", count: calendarsIn(cost), batches: 1 };
};

/** The calendar each of the things is in, from the same list. */
export const calendarOf: FieldCost = (cost) => {
	calendarsByLocation.cost(cost, cost.parent);
	const each = oneForEach("calendar", cost.parent);
	return { ...each, count: Math.min(each.count, calendarsIn(cost)) };
};

/** One of them, by its id. */
export const calendarNamed = (cost: CostContext, id: string): Cardinality => {
	return costOfNamed(calendarsByLocation, cost, named("calendar", id));
};
