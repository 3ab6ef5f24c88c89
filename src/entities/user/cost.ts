/** What reading users may cost. */
import { costOfReading } from "../../cost/field-cost.ts";
import { usersByLocation } from "./loader.ts";

/** One list for all users of an operation. */
export const usersOf = costOfReading(usersByLocation);
