/** Whose task is it, when a webhook does not say: HighLevel has no read of a task by its id alone, only the search. */
import type { DeliveryBody } from "../../change.ts";
import type { Upstream } from "../../upstream/client.ts";
import { searchTasks } from "./rest.ts";

// The newest tasks come first or last, which nobody documents; so as many as one page may hold are looked through.
const PAGE = 500;

/** The id of its contact, for one call; undefined while the search does not know the task. */
export const ownerOfTask = async (
	upstream: Upstream,
	{ id, assignedTo }: DeliveryBody,
): Promise<string | undefined> => {
	const { tasks } = await searchTasks(upstream, {
		completed: false,
		...(typeof assignedTo === "string" &&
			assignedTo !== "" && { assignedTo: [assignedTo] }),
		limit: PAGE,
	});
	return tasks.find((task) => task.id === id)?.contactId;
};
