/** Whether a task fits a search, judged here: for tasks that HighLevel's search does not show yet as they are. */
import type { Task, TaskSearch } from "./rest.ts";

/** Words and businesses only HighLevel can judge: they are taken to fit. */
export const matches = (
	{ completed, contactId, assignedTo }: Task,
	search: TaskSearch,
): boolean =>
	(search.completed === undefined ||
		(completed === true) === search.completed) &&
	(!search.contactId || search.contactId.includes(contactId)) &&
	(!search.assignedTo || search.assignedTo.includes(String(assignedTo ?? "")));
