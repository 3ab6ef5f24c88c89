/** Whether one search answers for the tasks of many contacts, for how many, and whether it agrees with their own lists. */
import type { Answer } from "../call.ts";
import type { Check, Context, Verdict } from "../check.ts";
import {
	contactIds,
	nobodys,
	rowsOf,
	sampleRequests,
	textOf,
} from "../sample.ts";

const SIZES = [2, 100, 500];
const LIMIT = 500;

export const tasksByContacts: Check = {
	name: "Tasks by contacts",
	calls: SIZES.length,
	async run(context) {
		const known = await contactIds(context);
		if (known.length === 0)
			return [
				{
					level: "unknown",
					saw: "The location has no contact whose tasks to search for.",
				},
			];
		let most = 0;
		let rows = 0;
		for (const size of SIZES) {
			const ids = [...known, ...nobodys(size)].slice(0, size);
			const answer = await context.api.ask({
				...sampleRequests.tasks(context),
				body: { contactId: ids, limit: LIMIT },
			});
			if (!answer.ok) return [refused(answer, size, most)];
			const found = rowsOf(answer, "tasks");
			const foreign = found.filter(
				({ contactId }) => !ids.includes(textOf(contactId) ?? ""),
			).length;
			if (foreign)
				return [
					{
						level: "problem",
						saw: `A search for the tasks of ${size} contacts answered with ${foreign} of others.`,
						means: "The filter by contact is not kept.",
						set: "Send us the file of npm run doctor -- --record FILE before going on.",
					},
				];
			if (size === SIZES[0]) {
				const missing = await left(context, known[0] as string, found);
				if (missing) return [missing];
			}
			most = size;
			rows = Math.max(rows, found.length);
		}
		return [
			{
				level: "good",
				saw: `One search takes up to ${most} contacts, agrees with a contact's own list, and gave ${rows} rows in a page that asked for ${LIMIT}.`,
				means: "Tasks of many contacts cost one call. There is nothing to set.",
			},
		];
	},
};

/** Tasks that the contact's own list has and the search has not; more than a page of them tells nothing. */
const left = async (
	context: Context,
	contactId: string,
	found: readonly { readonly [key: string]: unknown }[],
): Promise<Verdict | undefined> => {
	if (found.length >= LIMIT) return undefined;
	const list = await context.api.ask(
		sampleRequests.ofContact(contactId, "tasks"),
	);
	const got = new Set(found.map(({ id, _id }) => id ?? _id));
	const missing = rowsOf(list, "tasks").filter(
		({ id, deleted }) => deleted !== true && !got.has(id),
	).length;
	return missing
		? {
				level: "warning",
				saw: `The search left out ${missing} tasks that the contact's own list has.`,
				means:
					"It lags behind, or cuts pages: lists of tasks may be incomplete for so long.",
			}
		: undefined;
};

const refused = (
	{ status, reason }: Answer,
	size: number,
	most: number,
): Verdict => ({
	level: "warning",
	saw:
		most === 0
			? `Searching for tasks by contacts is refused (${status}: ${reason}).`
			: `One search takes ${most} contacts, but not ${size} (${status}: ${reason}).`,
	means:
		most === 0
			? "Tasks of each contact cost a call of their own. The gateway finds out and does so by itself."
			: "The gateway finds the largest size by itself; more contacts are asked for in several searches.",
	set:
		most === 0
			? "Add the scope locations/tasks.readonly if it is missing; else lower MAX_PAGE_SIZE if pages with tasks cost too much."
			: undefined,
});
