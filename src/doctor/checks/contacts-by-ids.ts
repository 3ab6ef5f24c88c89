/** Whether one search answers for many contacts by their ids, and for how many: documented in parts, proven nowhere. */
import type { Answer } from "../call.ts";
import type { Check, Context, Verdict } from "../check.ts";
import { contactIds, counted, nobodys, rowsOf, textOf } from "../sample.ts";

const SIZES = [2, 50, 200, 500];

export const contactsByIds: Check = {
	name: "Contacts by ids",
	calls: SIZES.length + 1,
	async run(context) {
		// The last of the page: an API that ignored the filter would answer with the first.
		const known = (await contactIds(context)).toReversed();
		if (known.length === 0)
			return [
				{ level: "unknown", saw: "The location has no contact to search for." },
			];
		let most = 0;
		for (const size of SIZES) {
			const ids = [...known, ...nobodys(size)].slice(0, size);
			const answer = await search(
				context,
				ids.map((id) => ({ field: "id", operator: "eq", value: id })),
				size,
			);
			if (!answer.ok)
				return [
					refused(answer, size, most),
					...(await asArray(context, known)),
				];
			const wrong = differs(
				answer,
				ids.filter((id) => known.includes(id)),
			);
			if (wrong)
				return [
					{
						level: "problem",
						saw: `A search for ${size} ids ${wrong}.`,
						means: "The gateway would take wrong contacts for those asked for.",
						set: "Send us the file of npm run doctor -- --record FILE before going on.",
					},
				];
			most = size;
		}
		return [
			{
				level: "good",
				saw: `One search takes up to ${most} ids (OR of \`id eq\`), and answers with exactly those contacts.`,
				means: "Many contacts cost one call. There is nothing to set.",
			},
			...(await asArray(context, known)),
		];
	},
};

const search = (
	{ api, target }: Context,
	filters: object[],
	pageLimit: number,
): Promise<Answer> =>
	api.ask({
		method: "POST",
		path: "/contacts/search",
		body: {
			locationId: target.locationId,
			pageLimit,
			filters: [{ group: "OR", filters }],
		},
	});

const differs = (
	answer: Answer,
	wanted: readonly string[],
): string | undefined => {
	const got = new Set(
		rowsOf(answer, "contacts").flatMap(({ id }) => textOf(id) ?? []),
	);
	const foreign = [...got].filter((id) => !wanted.includes(id)).length;
	const missing = wanted.filter((id) => !got.has(id)).length;
	if (foreign)
		return `answered with ${counted(foreign, "contact")} not asked for`;
	// Found a moment ago by another search; some may have been deleted since.
	return missing > wanted.length / 10
		? `left out ${missing} of ${wanted.length} contacts that there are`
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
			? `Searching for contacts by their ids is refused (${status}: ${reason}).`
			: `One search takes ${most} ids, but not ${size} (${status}: ${reason}).`,
	means:
		most === 0
			? "Each contact of a list of ids costs a call of its own. The gateway finds out and does so by itself."
			: `The gateway finds the largest size by itself; more ids are asked for in several searches.`,
	set:
		most === 0
			? "Lower MAX_PAGE_SIZE if `nodes` of many ids must not cost as many calls; MAX_PRICE bounds what one query may cost."
			: undefined,
});

/** Not used by the gateway; told so that it may be, where it is taken. */
const asArray = async (
	context: Context,
	known: readonly string[],
): Promise<Verdict[]> => {
	const ids = known.slice(0, 2);
	const answer = await search(
		context,
		[{ field: "id", operator: "eq", value: ids }],
		ids.length,
	);
	const taken = answer.ok && differs(answer, ids) === undefined;
	return [
		{
			level: "good",
			saw: `A list of ids as one filter's value is ${taken ? "taken as well" : "not taken"}.`,
			means: "The gateway does not send such lists.",
		},
	];
};
