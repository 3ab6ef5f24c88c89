/** What reading tasks may cost, in the words of src/graphql/calls.ts; mirrors loader.ts. */
import {
	type Cardinality,
	type CostContext,
	childrenOf,
	type FieldCost,
	ITEMS_PER_LIST,
	pageSizeIn,
} from "../../cost/field-cost.ts";
import { largestSeen, mayBeCut, PAGE, ROUTE } from "./loader.ts";

/** All tasks of contacts: alone one list, together one search for those that arrive together, paged to the end. */
export const tasksOf = (
	cost: CostContext,
	contacts: Cardinality,
): Cardinality => {
	cost.batch("tasks", contacts, (count, batches) =>
		reads(cost, count, batches),
	);
	return childrenOf("tasks", contacts);
};

const reads = (
	{ facts, recentlyChanged }: CostContext,
	contacts: number,
	batches: number,
): number => {
	const most = facts.batchMax.get(ROUTE) ?? 500;
	if (most === 0 || contacts <= batches) return contacts;
	const searches = Math.max(batches, Math.ceil(contacts / most));
	const rows = contacts * ITEMS_PER_LIST + largestSeen.beyond(facts);
	return (
		searches +
		Math.floor(rows / (largestSeen.inPage(facts) ?? PAGE)) +
		// A page as long as the API may cut it is followed by one more.
		(mayBeCut(facts) ? searches : 0) +
		Math.min(contacts, recentlyChanged)
	);
};

/** A task by its id is looked for among those of its contact, then asked for itself. */
export const taskNamed = (
	cost: CostContext,
	contactId: string,
	taskId: string,
): Cardinality => {
	cost.key("tasks of contacts by id", contactId, (contacts) =>
		reads(cost, contacts, 1),
	);
	cost.key("task by id", `${contactId} ${taskId}`, (tasks) => tasks);
	const owner = { key: `contact ${contactId}`, count: 1, batches: 1 };
	return {
		key: `task ${taskId}`,
		count: 1,
		batches: 1,
		owner: { ...owner, by: "found" },
	};
};

/** One page of the tasks of the location. */
export const tasksPageOf: FieldCost = (cost) => {
	const key = JSON.stringify(cost.args);
	cost.key("tasks page", key, (pages) => pages);
	// Tasks written recently are shown as their contacts' own lists have them.
	cost.once(`tasks changed ${key}`, cost.recentlyChanged);
	return { key: `tasks ${key}`, count: pageSizeIn(cost), batches: 1 };
};
