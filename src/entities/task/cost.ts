/** What reading tasks may cost, in the words of src/graphql/calls.ts; mirrors loader.ts. */
import {
	type Cardinality,
	type CostContext,
	childrenOf,
	type FieldCost,
	ITEMS_PER_LIST,
	pageSizeIn,
} from "../../cost/field-cost.ts";
import { mayHoldMore, mostRows, PAGE, ROUTE } from "./loader.ts";

/** All tasks of contacts: alone one list, together one search for those that arrive together, paged to the end. */
export const tasksOf = (
	ask: CostContext,
	contacts: Cardinality,
): Cardinality => {
	ask.batch("tasks", contacts, (count, batches) => reads(ask, count, batches));
	return childrenOf("tasks", contacts);
};

const reads = (
	{ facts, changedLately }: CostContext,
	contacts: number,
	batches: number,
): number => {
	const most = facts.batchMax.get(ROUTE) ?? 500;
	if (most === 0 || contacts <= batches) return contacts;
	const searches = Math.max(batches, Math.ceil(contacts / most));
	const rows = contacts * ITEMS_PER_LIST + mostRows.beyond(facts);
	return (
		searches +
		Math.floor(rows / (mostRows.inPage(facts) ?? PAGE)) +
		// A page as long as the API may cut it is followed by one more.
		(mayHoldMore(facts) ? searches : 0) +
		Math.min(contacts, changedLately)
	);
};

/** A task by its id is looked for among those of its contact, then asked for itself. */
export const taskNamed = (
	ask: CostContext,
	contactId: string,
	taskId: string,
): Cardinality => {
	ask.key("tasks of contacts by id", contactId, (contacts) =>
		reads(ask, contacts, 1),
	);
	ask.key("task by id", `${contactId} ${taskId}`, (tasks) => tasks);
	const owner = { key: `contact ${contactId}`, count: 1, batches: 1 };
	return {
		key: `task ${taskId}`,
		count: 1,
		batches: 1,
		owner: { ...owner, by: "found" },
	};
};

/** One page of the tasks of the location. */
export const tasksPageOf: FieldCost = (ask) => {
	const key = JSON.stringify(ask.args);
	ask.key("tasks page", key, (pages) => pages);
	// Tasks written lately are shown as their contacts' own lists have them.
	ask.once(`tasks changed ${key}`, ask.changedLately);
	return { key: `tasks ${key}`, count: pageSizeIn(ask), batches: 1 };
};
