/** Whose task is it, when a webhook does not say: HighLevel has no read of a task by its id alone, only the search. */
import type { DeliveryBody } from "../../changes/change.ts";
import type { Upstream } from "../../upstream/client.ts";
import { searchTasks } from "./rest.ts";

// The newest tasks come first or last, which nobody documents; so as many as one page may hold are looked through.
const PAGE = 500;

/**
 * The id of its contact: at no cost where this process created the task, else for one call; undefined while the search
 * does not know it. The first look is for what is known alone, since the search cannot know a task that is so new.
 */
export const ownerOfTask = async (
	upstream: Upstream,
	{ id, assignedTo }: DeliveryBody,
	look: number,
): Promise<string | undefined> => {
	const known = upstream.facts.taskOwners.get(String(id));
	if (known !== undefined || look === 0) return known;
	const { tasks } = await searchTasks(upstream, {
		completed: false,
		...(typeof assignedTo === "string" &&
			assignedTo !== "" && { assignedTo: [assignedTo] }),
		limit: PAGE,
	});
	// The others of the page may be looked for next.
	for (const task of tasks)
		upstream.facts.taskOwners.set(task.id, task.contactId);
	return upstream.facts.taskOwners.get(String(id));
};
