/** Reads tasks in few calls: those of many contacts together. */
import { onceForKey } from "../../cost/field-cost.ts";
import type { Context, FetchContext } from "../../loading/context.ts";
import { byId, loader, whenLoaded } from "../../loading/loader.ts";
import { type Overlaid, overlay } from "../../loading/overlay.ts";
import { checkId } from "../../upstream/operation.ts";
import { matches } from "./matches.ts";
import { inOrder } from "./order.ts";
import {
	type FoundTasks,
	getTask,
	listTasks,
	searchTasks,
	type Task,
	type TaskSearch,
} from "./rest.ts";
import {
	everyPage,
	NO_TASKS,
	ROUTE,
	readsFor,
	tasksInOneSearch,
} from "./search-by-contacts.ts";
import { TASKS, tasksOfContact } from "./tags.ts";

// So many that their tasks fit one page, as tasks usually are.
const RENEWED_AT_ONCE = 60;

/** All tasks of a contact, in their order; null when the contact is gone. */
export const tasksByContact = loader<string, readonly Task[] | null>({
	name: "tasksByContact",
	ttl: "task",
	cost(cost, contacts) {
		if (contacts.by === "id")
			cost.key("tasks of contacts by id", contacts.key, (keys) =>
				readsFor(cost, keys, 1),
			);
		else
			cost.batch("tasks", contacts, (count, batches) =>
				readsFor(cost, count, batches),
			);
	},
	keyOf: byId,
	tags: (contactId) => [tasksOfContact(contactId)],
	batchSize: ({ upstream }) =>
		Math.min(
			upstream.facts.batchMax.get(ROUTE) ?? RENEWED_AT_ONCE,
			RENEWED_AT_ONCE,
		),
	async fetch(contactIds, context) {
		for (const id of contactIds) checkId(id, "contactId");
		// Search may lag the last write of a contact's tasks; the contact's own list does not.
		const settled = contactIds.filter(
			(id) => !context.cache.withinSearchLag(tasksOfContact(id)),
		);
		const found =
			settled.length > 1 ? await tasksInOneSearch(settled, context) : undefined;
		return Promise.all(
			contactIds.map(async (id) => {
				const tasks = found?.get(id);
				if (tasks) return inOrder(tasks);
				try {
					const listed = await listTasks(context.upstream, id);
					return listed && inOrder(listed);
				} catch (error) {
					return error as Error;
				}
			}),
		);
	},
});

export interface TaskKey {
	readonly contactId: string;
	readonly taskId: string;
}

/** One task, right at once after a write; null when it is gone. */
export const taskById = loader<TaskKey, Task | null>({
	name: "taskById",
	ttl: "task",
	cost: onceForKey("task by id"),
	keyOf: ({ contactId, taskId }) => `${contactId}/${taskId}`,
	tags: ({ contactId }) => [tasksOfContact(contactId)],
	fetch: (keys, { upstream }) =>
		Promise.all(
			keys.map(({ contactId, taskId }) =>
				getTask(upstream, contactId, taskId).catch((error: Error) => error),
			),
		),
});

export interface TaskDates {
	readonly dateAdded: TaskTime;
	readonly dateUpdated: TaskTime;
}

type TaskTime = Task["dateAdded"] | null;

/**
 * When each task of a contact was added and changed: only the search tells, and lacks only what is too new for it. For
 * tasks that came by another way, so that they tell the same; those of contacts asked for together cost one search.
 */
export const datesByContact = loader<
	string,
	Readonly<Record<string, TaskDates>>
>({
	name: "taskDatesByContact",
	ttl: "task search",
	cost: (cost, contacts) =>
		cost.batch("dates of tasks", contacts, (count, batches) =>
			readsFor(cost, count, batches),
		),
	keyOf: byId,
	tags: (contactId) => [tasksOfContact(contactId)],
	async fetch(contactIds, context) {
		const found = await tasksInOneSearch(contactIds, context);
		return Promise.all(
			contactIds.map(async (id) => {
				const tasks =
					found?.get(id) ??
					(await everyPage([id], context))?.flatMap((page) => page.tasks) ??
					NO_TASKS;
				return Object.fromEntries(
					tasks.map(({ id, dateAdded = null, dateUpdated = null }) => [
						id,
						{ dateAdded, dateUpdated },
					]),
				);
			}),
		);
	},
});

/** One of a task's dates, whichever way the task came. */
export const dateOf = (
	{ id, contactId, ...task }: Task,
	field: keyof TaskDates,
	context: Context,
): TaskTime | undefined | Promise<TaskTime | undefined> =>
	task[field] !== undefined
		? task[field]
		: whenLoaded(
				datesByContact.load(context, contactId),
				(dates) => dates[id]?.[field],
			);

export interface TasksPage {
	readonly tasks: readonly Task[];
	/** How many the search gave: more may follow where it gave as many as were asked for. */
	readonly rows: number;
	/** Where the last of those rows stands, whether it is still in the page or not. */
	readonly end: FoundTasks["end"];
	/** Those that search does not know yet, to stand in front of the first page. */
	readonly newcomers: readonly Task[];
}

export const tasksPage = loader<TaskSearch, TasksPage>({
	name: "tasksPage",
	ttl: "task search",
	cost(cost, { key }) {
		cost.key("tasks page", key, (pages) => pages);
		// Tasks written recently are shown as their contacts' own lists have them.
		cost.once(`changed ${key}`, cost.recentlyChanged);
	},
	keyOf: (search) => JSON.stringify(search),
	tags: () => [TASKS],
	tagsIn: ({ tasks, newcomers }) => [
		...new Set(
			[...tasks, ...newcomers].map(({ contactId }) =>
				tasksOfContact(contactId),
			),
		),
	],
	fetch: (searches, context) =>
		Promise.all(
			searches.map(async (search) => {
				try {
					const found = await searchTasks(context.upstream, search);
					const { rows, newcomers } = await overlaidTasks(
						found,
						search,
						context,
					);
					return { tasks: rows, newcomers, rows: found.rows, end: found.end };
				} catch (error) {
					return error as Error;
				}
			}),
		),
});

/**
 * Rows of contacts whose tasks changed within search lag are shown as those contacts' own lists have them: one call for
 * each such contact. On the first page tasks come that search does not show yet: new ones and those that were completed
 * or reopened, and where it is the whole list every task of those contacts, since search has no row at all for a moment
 * after an edit. Words and businesses only HighLevel can judge, so with those none comes.
 */
const overlaidTasks = (
	{ tasks, rows }: FoundTasks,
	search: TaskSearch,
	context: FetchContext,
): Promise<Overlaid<Task>> => {
	const { readAt } = context.snapshot;
	const { recentWrites } = context;
	const fits = (task: Task | undefined): task is Task =>
		task !== undefined && matches(task, search);
	return overlay(tasks, {
		isLagging: ({ contactId }) =>
			context.cache.withinSearchLag(tasksOfContact(contactId), readAt),
		async current(task) {
			const list = await tasksByContact.load(context, task.contactId);
			const fresh = list?.find(({ id }) => id === task.id);
			return fits(fresh) ? withFreshFields(task, fresh) : null;
		},
		async newcomers() {
			const { query, businessId, searchAfter, skip } = search;
			if (query || businessId || searchAfter || skip) return [];
			const lists = await Promise.all(
				recentWrites
					.taskOwners(readAt)
					.map((id) => tasksByContact.load(context, id)),
			);
			const now = new Map(
				lists.flatMap((list) => (list ?? []).map((task) => [task.id, task])),
			);
			const moved = recentWrites.tasks(readAt);
			const known = new Set(tasks.map(({ id }) => id));
			const may =
				rows < search.limit ? new Set([...moved, ...now.keys()]) : moved;
			return [...may]
				.filter((id) => !known.has(id))
				.map((id) => now.get(id))
				.filter(fits);
		},
	});
};

/** A row of the search as its contact's list has it, which knows neither its dates nor its place. */
const withFreshFields = (
	{ dateAdded, dateUpdated, searchAfter }: Task,
	fresh: Task,
): Task => ({ dateAdded, dateUpdated, ...fresh, searchAfter });
