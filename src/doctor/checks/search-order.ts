/** Whether a search keeps its order and its cursors: without them no list can be paged. */
import type { Answer } from "../call.ts";
import type { Check, Context, Verdict } from "../check.ts";
import { rowsOf, sampleRequests } from "../sample.ts";

const SIZE = 2;

export const searchOrder: Check = {
	name: "Order and cursors of search",
	calls: 3,
	async run(context) {
		const { api } = context;
		const all = await api.ask(sampleRequests.contacts(context));
		const rows = rowsOf(all, "contacts");
		if (rows.length <= SIZE)
			return [
				{
					level: "unknown",
					saw: `Fewer than ${SIZE + 1} contacts do not make two pages.`,
				},
			];
		if (
			rows.some(
				({ searchAfter }) =>
					!Array.isArray(searchAfter) || searchAfter.length === 0,
			)
		)
			return [
				{
					level: "problem",
					saw: "Rows of the search have no `searchAfter`.",
					means: "Lists of contacts end after their first page.",
					set: "Send us the file of npm run doctor -- --record FILE.",
				},
			];
		const unsorted = await page(context, {
			searchAfter: rows[SIZE - 1]?.searchAfter,
		});
		const sort = [{ field: "dateAdded", direction: "desc" }];
		const first = await page(context, { sort });
		const second = await page(context, {
			sort,
			searchAfter: rowsOf(first, "contacts").at(-1)?.searchAfter,
		});
		const verdicts = [usual(all, unsorted), sorted(first, second)].filter(
			(verdict) => verdict !== undefined,
		);
		return verdicts.length
			? verdicts
			: [
					{
						level: "good",
						saw: `Two pages follow each other without gap or repetition, with and without order; ${totalOf(all)} contacts in all.`,
					},
				];
	},
};

const page = ({ api, target }: Context, more: object): Promise<Answer> =>
	api.ask({
		method: "POST",
		path: "/contacts/search",
		body: { locationId: target.locationId, pageLimit: SIZE, ...more },
	});

const idsOf = (answer: Answer) =>
	rowsOf(answer, "contacts").map(({ id }) => id);
const totalOf = ({ json }: Answer): unknown =>
	(json as { total?: unknown } | null)?.total ?? "an unknown number of";

const usual = (all: Answer, next: Answer): Verdict | undefined => {
	if (!next.ok) return refusedPage(next);
	const wanted = idsOf(all).slice(SIZE, 2 * SIZE);
	const got = idsOf(next);
	if (got.some((id) => idsOf(all).slice(0, SIZE).includes(id))) return repeated;
	return wanted.every((id, index) => id === got[index])
		? undefined
		: {
				level: "warning",
				saw: "Without an order, a second page did not go on where the first one ended.",
				means:
					"Contacts may have changed meanwhile; if it stays, lists without `orderBy` may skip contacts.",
				set: "Run the doctor again; if it stays, have clients pass orderBy.",
			};
};

const sorted = (first: Answer, second: Answer): Verdict | undefined => {
	if (!first.ok) return refusedPage(first);
	if (!second.ok) return refusedPage(second);
	if (idsOf(second).some((id) => idsOf(first).includes(id))) return repeated;
	const times = [
		...rowsOf(first, "contacts"),
		...rowsOf(second, "contacts"),
	].map(({ dateAdded }) => Date.parse(String(dateAdded)));
	return times.every(
		(time, index) => index === 0 || !(time > (times[index - 1] as number)),
	)
		? undefined
		: {
				level: "problem",
				saw: "Rows sorted by dateAdded came out of order.",
				means: "Lists with `orderBy` are not in that order.",
			};
};

const repeated: Verdict = {
	level: "problem",
	saw: "A page behind a cursor repeated contacts of the page before.",
	means: "The cursor is not kept: lists would repeat themselves.",
	set: "Send us the file of npm run doctor -- --record FILE before going on.",
};

const refusedPage = ({ status, reason }: Answer): Verdict => ({
	level: "problem",
	saw: `A page behind a cursor, or in an order, was refused (${status}: ${reason}).`,
	means: "Lists of contacts cannot be paged or sorted.",
});
