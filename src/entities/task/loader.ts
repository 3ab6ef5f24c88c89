/** Reads tasks in few calls: those of many contacts in one search, paged to the end. */
import { ITEMS_PER_LIST } from "../../cost/field-cost.ts";
import type { Context, FetchContext } from "../../loading/context.ts";
import { byId, loader } from "../../loading/loader.ts";
import { type Overlaid, overlay } from "../../loading/overlay.ts";
import type { LocationFacts } from "../../upstream/location-facts.ts";
import { checkId } from "../../upstream/path.ts";
import { batchRefusal } from "../../upstream/refusal.ts";
import { matches } from "./matches.ts";
import {
	type FoundTasks,
	getTask,
	listTasks,
	searchTasks,
	type Task,
	type TaskSearch,
} from "./rest.ts";
import { TASKS, tasksOfContact } from "./tags.ts";

/** All tasks of a contact; null when the contact is gone. */
export const tasksByContact = loader<string, readonly Task[] | null>({
	name: "tasksByContact",
	ttl: "task",
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
			contactIds.map(
				(id) =>
					found?.get(id) ??
					listTasks(context.upstream, id).catch((error: Error) => error),
			),
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
	keyOf: ({ contactId, taskId }) => `${contactId}/${taskId}`,
	tags: ({ contactId }) => [tasksOfContact(contactId)],
	fetch: (keys, { upstream }) =>
		Promise.all(
			keys.map(({ contactId, taskId }) =>
				getTask(upstream, contactId, taskId).catch((error: Error) => error),
			),
		),
});

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

export const ROUTE = "tasks by contact";
const CONTACTS_AT_ONCE = 500;
// So many that their tasks fit one page, as tasks usually are.
const RENEWED_AT_ONCE = 60;
// 500 rows were accepted and returned (contract, section 4); a larger page was never seen.
export const PAGE = 500;
const CAP_ROUTE = "tasks in a page";
// Sizes an API cuts pages to on its own; a page of exactly such a size is not yet proof that it was the last.
const TYPICAL_CAPS = new Set([25, 50, 100, 200, 250]);
const LONGEST_PAGE = "tasks in the longest page";
const BEYOND = "tasks beyond what contacts usually have";

/** What was learnt of how many tasks there are, for the price of reading them. */
export const largestSeen = {
	/** The most rows a page holds, where that is known. */
	inPage: ({ batchMax }: LocationFacts) => batchMax.get(CAP_ROUTE),
	/** The most tasks contacts asked for together ever had beyond the usual number each. */
	beyond: ({ seen }: LocationFacts) => seen.get(BEYOND) ?? 0,
};

/** Whether a page shorter than the limit may have been cut there, so that one more must be asked for. */
export const mayBeCut = (facts: LocationFacts): boolean =>
	largestSeen.inPage(facts) === undefined &&
	(facts.seen.get(LONGEST_PAGE) ?? 0) <= Math.max(...TYPICAL_CAPS);

const learn = ({ seen }: LocationFacts, what: string, size: number): void => {
	if (size > (seen.get(what) ?? 0)) seen.set(what, size);
};

/** The tasks of each contact, or undefined where the API refuses to search for many contacts at once. */
const tasksInOneSearch = async (
	contactIds: readonly string[],
	context: Context,
): Promise<ReadonlyMap<string, readonly Task[]> | undefined> => {
	const { batchMax } = context.upstream.facts;
	const most = batchMax.get(ROUTE) ?? CONTACTS_AT_ONCE;
	if (most === 0) return undefined;
	const found = new Map<string, readonly Task[]>();
	try {
		const parts: (readonly string[])[] = [];
		for (let start = 0; start < contactIds.length; start += most)
			parts.push(contactIds.slice(start, start + most));
		await Promise.all(
			parts.map(async (part) => {
				const pages = await everyPage(part, context);
				if (!pages) return;
				const [page] = pages;
				const tasks = pages.length === 1 ? page?.byContact : merged(pages);
				for (const id of part) found.set(id, tasks?.get(id) ?? NO_TASKS);
			}),
		);
		return batchMax.get(ROUTE) === 0 ? undefined : found;
	} catch (error) {
		const refusal = batchRefusal(error);
		if (!refusal) throw error;
		const fewer = Math.floor(Math.min(most, contactIds.length) / 2);
		batchMax.set(ROUTE, refusal === "too many" && fewer > 1 ? fewer : 0);
		return tasksInOneSearch(contactIds, context);
	}
};

/**
 * Pages on until a page is short. The API may cut pages below the limit we ask for without saying so (its largest is
 * unknown), so a short page of a typical cap's size is followed by one more; a cap found this way is remembered. Undefined
 * where the pages repeat themselves, or hold a row that does not say whose it is.
 */
const everyPage = async (
	contactIds: readonly string[],
	{ upstream }: Context,
): Promise<readonly FoundTasks[] | undefined> => {
	const { facts } = upstream;
	const { batchMax, seen } = facts;
	const pages: FoundTasks[] = [];
	let skip = 0;
	for (;;) {
		const cap = batchMax.get(CAP_ROUTE);
		const page = await searchTasks(upstream, {
			contactId: contactIds,
			limit: PAGE,
			...(skip > 0 && { skip }),
		});
		// Each contact's own list says whose its tasks are.
		if (!page.isWhole) return undefined;
		const { rows } = page;
		const last = page.tasks.at(-1);
		// Where `skip` is not understood, the pages would never end: each contact's own list is asked for.
		if (last && last.id === pages.at(-1)?.tasks.at(-1)?.id) {
			batchMax.set(ROUTE, 0);
			return undefined;
		}
		pages.push(page);
		// A full page shows that nothing is cut below the limit; rows behind a short one, that it was.
		if (cap === undefined && rows === PAGE) batchMax.set(CAP_ROUTE, PAGE);
		if (cap === undefined && skip > 0 && rows > 0)
			batchMax.set(CAP_ROUTE, skip);
		skip += rows;
		// A longer page shows that none is cut at this size.
		const mayBeCut =
			cap === undefined
				? TYPICAL_CAPS.has(rows) && rows >= (seen.get(LONGEST_PAGE) ?? 0)
				: rows >= cap;
		learn(facts, LONGEST_PAGE, rows);
		if (rows > 0 && (rows === PAGE || mayBeCut)) continue;
		learn(facts, BEYOND, skip - contactIds.length * ITEMS_PER_LIST);
		return pages;
	}
};

// The same for all: a list that is read again and still is empty is the same list.
const NO_TASKS: readonly Task[] = [];

/** By id, because a task created between two pages shifts the rest, and would come twice. */
const merged = (
	pages: readonly FoundTasks[],
): ReadonlyMap<string, readonly Task[]> => {
	const tasks = new Map<string, Task>();
	for (const page of pages)
		for (const task of page.tasks) tasks.set(task.id, task);
	return Map.groupBy(tasks.values(), ({ contactId }) => contactId);
};
