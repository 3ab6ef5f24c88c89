/** Tasks of many contacts in one search, paged to the end, and what is learned of the pages for the cost of it. */
import { type CostContext, ITEMS_PER_LIST } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import type { LocationFacts } from "../../upstream/location-facts.ts";
import { batchRefusal } from "../../upstream/refusal.ts";
import { type FoundTasks, searchTasks, type Task } from "./rest.ts";

export const ROUTE = "tasks by contact";
const CONTACTS_AT_ONCE = 500;
// 500 rows were accepted and returned (contract, section 4); a larger page was never seen.
const PAGE = 500;
const CAP_ROUTE = "tasks in a page";
// Sizes an API cuts pages to on its own; a page of exactly such a size is not yet proof that it was the last.
const TYPICAL_CAPS = new Set([25, 50, 100, 200, 250]);
const LONGEST_PAGE = "tasks in the longest page";
const BEYOND = "tasks beyond what contacts usually have";

/** Whether a page shorter than the limit may have been cut there, so that one more must be asked for. */
const mayBeCut = (facts: LocationFacts): boolean =>
	facts.batchMax.get(CAP_ROUTE) === undefined &&
	(facts.seen.get(LONGEST_PAGE) ?? 0) <= Math.max(...TYPICAL_CAPS);

const learn = ({ seen }: LocationFacts, what: string, size: number): void => {
	if (size > (seen.get(what) ?? 0)) seen.set(what, size);
};

/** Calls for the tasks of so many contacts that arrive in so many batches. */
export const readsFor = (
	{ facts, recentlyChanged }: CostContext,
	contacts: number,
	batches: number,
): number => {
	const most = facts.batchMax.get(ROUTE) ?? CONTACTS_AT_ONCE;
	if (most === 0 || contacts <= batches) return contacts;
	const searches = Math.max(batches, Math.ceil(contacts / most));
	const rows = contacts * ITEMS_PER_LIST + (facts.seen.get(BEYOND) ?? 0);
	return (
		searches +
		Math.floor(rows / (facts.batchMax.get(CAP_ROUTE) ?? PAGE)) +
		// A page as long as the API may cut it is followed by one more.
		(mayBeCut(facts) ? searches : 0) +
		Math.min(contacts, recentlyChanged)
	);
};

/** The tasks of each contact, or undefined where the API refuses to search for many contacts at once. */
export const tasksInOneSearch = async (
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
export const everyPage = async (
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
export const NO_TASKS: readonly Task[] = [];

/** By id, because a task created between two pages shifts the rest, and would come twice. */
const merged = (
	pages: readonly FoundTasks[],
): ReadonlyMap<string, readonly Task[]> => {
	const tasks = new Map<string, Task>();
	for (const page of pages)
		for (const task of page.tasks) tasks.set(task.id, task);
	return Map.groupBy(tasks.values(), ({ contactId }) => contactId);
};
