/** Lays the tasks this process wrote lately over a page of the search across the location, which lags them. */
import type { Context } from "../../loading/context.ts";
import { freshened, type TasksPage, tasksByContact } from "./loader.ts";
import { matches } from "./matches.ts";
import type { TaskSearch } from "./rest.ts";

/**
 * Tasks of contacts whose tasks were written lately are shown as those contacts' own lists have them: one call for each
 * such contact. Tasks that are gone or fit no longer leave; new ones, and those that were completed or reopened, come
 * to the front of the first page. Where that is the whole list, so does every task of those contacts that it lacks:
 * search has no row at all for a moment after an edit. Words and businesses only HighLevel can judge, so with those none
 * comes.
 */
export const withRecentTaskWrites = (
	page: TasksPage,
	search: TaskSearch,
	place: { firstPage: boolean },
	context: Context,
): TasksPage | Promise<TasksPage> => {
	const owners = context.recentWrites.taskOwners(page.readAt);
	// At once in the usual case: a promise would cost every list.
	return owners.length === 0
		? page
		: laidOver(page, search, place, new Set(owners), context);
};

const laidOver = async (
	page: TasksPage,
	search: TaskSearch,
	{ firstPage }: { firstPage: boolean },
	written: ReadonlySet<string>,
	context: Context,
): Promise<TasksPage> => {
	const come = firstPage && !search.query && !search.businessId;
	const inPage = new Set(page.tasks.map(({ contactId }) => contactId));
	const owners = [...written].filter((id) => come || inPage.has(id));
	const lists = await Promise.all(
		owners.map(
			async (id) => [id, await tasksByContact.load(context, id)] as const,
		),
	);
	const now = new Map(
		lists.flatMap(([, tasks]) => (tasks ?? []).map((task) => [task.id, task])),
	);
	const known = new Set(page.tasks.map(({ id }) => id));
	const kept = page.tasks.flatMap((task) => {
		if (!written.has(task.contactId)) return [task];
		const fresh = now.get(task.id);
		return fresh && matches(fresh, search) ? [freshened(task, fresh)] : [];
	});
	const complete = page.rows < search.limit;
	const moved = context.recentWrites.tasks(page.readAt);
	const candidates = new Set(complete ? [...moved, ...now.keys()] : moved);
	const newcomers = [...(come ? candidates : [])].flatMap((id) => {
		const task = now.get(id);
		return task && !known.has(id) && matches(task, search) ? [task] : [];
	});
	return {
		...page,
		tasks: [...newcomers, ...kept],
		rows: page.rows + newcomers.length,
		newcomers: newcomers.length,
	};
};
