/**
 * Which stretch of all contacts, in the order they came, a page of search shows: whoever was added within it belongs to
 * the page, whether search had a row for him at that moment or not.
 */
import { instantOf } from "../../schema-kit/instant.ts";
import type { Contact, ContactSearch, FoundContacts } from "./rest.ts";
import type { Span } from "./time-blocks.ts";

/** No filter picks its rows, and nothing that is edited orders them. */
export const mayHaveSpan = ({ filters, query, sort = [] }: ContactSearch) =>
	!filters?.length &&
	!query &&
	sort.every(({ field }) => field === "dateAdded");

/**
 * Undefined where it cannot be told, and so any change of any contact may concern the page: with a filter, words or
 * another order, and where the rows do not prove their order. Nobody documents in which order search gives rows that no
 * order was asked for, nor what a cursor holds (contract, section 3).
 */
export const spanOf = (
	search: ContactSearch,
	{ contacts, rows }: Pick<FoundContacts, "contacts" | "rows">,
): Span | undefined => {
	const { sort = [], searchAfter, pageLimit } = search;
	if (!mayHaveSpan(search) || !contacts.every(standsByDateAdded))
		return undefined;
	if (!sort.length && contacts.every(mayStandByDateUpdated)) return undefined;
	const [cursor] = searchAfter ?? [];
	if (searchAfter && typeof cursor !== "number") return undefined;
	const places = [
		...(searchAfter ? [cursor as number] : []),
		...contacts.map(({ row }) => instantOf(row.dateAdded) as number),
	];
	// The rest of the list, or its start, may stand behind a row that cannot be used.
	if (rows > contacts.length) return undefined;
	const goesOn = rows < pageLimit;
	// The whole list.
	if (!searchAfter && goesOn) return undefined;
	const direction = directionOf(places);
	const wanted = sort[0]?.direction ?? direction;
	if (!wanted || (direction && direction !== wanted) || wanted === "none")
		return undefined;
	const first = places[0] as number;
	const last = places.at(-1) as number;
	return wanted === "asc"
		? {
				from: first,
				to: last,
				isOpenBefore: !searchAfter,
				isOpenAfter: goesOn,
			}
		: {
				from: last,
				to: first,
				isOpenBefore: goesOn,
				isOpenAfter: !searchAfter,
			};
};

/** Its place to continue from is the moment it was added. */
const standsByDateAdded = ({ row }: Contact): boolean => {
	const added = instantOf(row.dateAdded);
	return added !== null && row.searchAfter?.[0] === added;
};

const mayStandByDateUpdated = ({ row }: Contact): boolean =>
	instantOf(row.dateUpdated) === instantOf(row.dateAdded);

/** Undefined where all are the same, "none" where they go both ways. */
const directionOf = (
	places: readonly number[],
): "asc" | "desc" | "none" | undefined => {
	let rises = false;
	let falls = false;
	for (let index = 1; index < places.length; index++) {
		const step = (places[index] as number) - (places[index - 1] as number);
		rises ||= step > 0;
		falls ||= step < 0;
	}
	if (rises && falls) return "none";
	if (rises) return "asc";
	return falls ? "desc" : undefined;
};
