/** What reading users may cost, in the words of src/graphql/calls.ts; mirrors rest.ts. */
import type { FieldCost } from "../../cost/field-cost.ts";
import { ROUTE } from "./rest.ts";

/** One list for all users of an operation; where the deprecated list is gone, the company's id and pages of its search. */
export const usersOf: FieldCost = (ask) => {
	ask.once("users", ask.facts.batchMax.get(ROUTE) === 0 ? 3 : 1);
	return undefined;
};
