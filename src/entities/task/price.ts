/** What reading tasks may cost, in the words of src/graphql/calls.ts; mirrors loader.ts. */
import {
	type Ask,
	belongingTo,
	type Calls,
	EACH_HAS,
	pageOf,
	type Things,
} from "../../graphql/calls.ts";
import { mayHoldMore, mostRows, PAGE, ROUTE } from "./loader.ts";

/** All tasks of contacts: alone one list, together one search for those that arrive together, paged to the end. */
export const tasksOf = (ask: Ask, contacts: Things): Things => {
	ask.batch("tasks", contacts, (count, batches) => reads(ask, count, batches));
	return belongingTo("tasks", contacts);
};

const reads = (
	{ facts, changedLately }: Ask,
	contacts: number,
	batches: number,
): number => {
	const most = facts.batchMax.get(ROUTE) ?? 500;
	if (most === 0 || contacts <= batches) return contacts;
	const searches = Math.max(batches, Math.ceil(contacts / most));
	const rows = contacts * EACH_HAS + mostRows.beyond(facts);
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
	ask: Ask,
	contactId: string,
	taskId: string,
): Things => {
	ask.key("tasks of contacts by id", contactId, (contacts) =>
		reads(ask, contacts, 1),
	);
	ask.key("task by id", `${contactId} ${taskId}`, (tasks) => tasks);
	const owner = { key: `contact ${contactId}`, count: 1, waves: 1 };
	return {
		key: `task ${taskId}`,
		count: 1,
		waves: 1,
		owner: { ...owner, by: "found" },
	};
};

/** One page of the tasks of the location. */
export const tasksPageOf: Calls = (ask) => {
	const key = JSON.stringify(ask.args);
	ask.key("tasks page", key, (pages) => pages);
	// Tasks written lately are shown as their contacts' own lists have them.
	ask.once(`tasks changed ${key}`, ask.changedLately);
	return { key: `tasks ${key}`, count: pageOf(ask), waves: 1 };
};
