/** From the arguments of `contacts` to one search, and from a row to the cursor that continues behind it. */
import { fail } from "../../errors.ts";
import type { Context } from "../../loading/context.ts";
import { whenLoaded } from "../../loading/loader.ts";
import { cursorsOf, isSearchAfter, listKey } from "../../schema-kit/cursor.ts";
import { eitherId } from "../../schema-kit/global-id.ts";
import { customFieldIds } from "./custom-fields.ts";
import { customFieldKeys, searchFilters } from "./filter.ts";
import type { ContactFilterInput } from "./filter-inputs.ts";
import type { Contact, ContactSearch } from "./rest.ts";

export interface ContactsArgs {
	readonly after?: string | null | undefined;
	readonly filter?: ContactFilterInput | null | undefined;
	readonly orderBy?:
		| ReadonlyArray<{ field: string; direction: "asc" | "desc" }>
		| null
		| undefined;
	readonly query?: string | null | undefined;
}

// Limits of the search page (contract, search-filters.json).
const MOST_SORTS = 2;
const LONGEST_QUERY = 75;

/** @throws Failure BAD_USER_INPUT for what the search would refuse, before any call is made for it. */
export const searchOf = (
	{ after, filter, orderBy, query }: ContactsArgs,
	context: Context,
): WithoutLimit | Promise<WithoutLimit> => {
	if (orderBy && orderBy.length > MOST_SORTS)
		throw fail(
			"BAD_USER_INPUT",
			`orderBy takes at most ${MOST_SORTS} keys, but got ${orderBy.length}. Keep the first ${MOST_SORTS}.`,
		);
	if (query && query.length > LONGEST_QUERY)
		throw fail(
			"BAD_USER_INPUT",
			`query takes at most ${LONGEST_QUERY} characters, but got ${query.length}. Shorten the text.`,
		);
	const searchAfter =
		after == null
			? undefined
			: positionAfter(after, listOf({ filter, orderBy, query }), context);
	// Custom fields are filtered by id, so their definitions are read, but only when a filter names one.
	const keys = filter ? customFieldKeys(filter) : [];
	const ownId = (id: string, type: string) => eitherId(id, type, context);
	const search = (idOf: (key: string) => string): WithoutLimit => {
		const filters = filter ? searchFilters(filter, idOf, ownId) : [];
		return {
			...(filters.length && { filters }),
			...(orderBy?.length && {
				sort: orderBy.map(({ field, direction }) => ({ field, direction })),
			}),
			...(query?.trim() && { query: query.trim() }),
			...(searchAfter?.length && { searchAfter: [...searchAfter] }),
		};
	};
	return keys.length
		? whenLoaded(customFieldIds(context), search)
		: search(
				() => fail("BAD_USER_INPUT", "No custom field was requested.").message,
			);
};

type WithoutLimit = Omit<ContactSearch, "pageLimit">;

// The row's own searchAfter; empty behind a contact that came before every row of the search, null where the API gave none.
const cursors = cursorsOf(
	"contacts",
	(value): value is readonly unknown[] | null =>
		value === null || isSearchAfter(value),
);

/** @throws Failure UPSTREAM_INVALID_RESPONSE for a cursor that leads nowhere, where it would lead to the start again. */
const positionAfter = (cursor: string, list: string, context: Context) => {
	const position = cursors.read("after", cursor, context, list);
	if (position !== null) return position;
	throw fail(
		"UPSTREAM_INVALID_RESPONSE",
		"The Contacts API gave no position for the contact of this cursor (its row has no searchAfter), so the list cannot be continued after it. Request a larger first page, or narrow the filter.",
	);
};

/** Which list of contacts the arguments mean, wherever in it they point. */
export const listOf = ({ filter, orderBy, query }: ContactsArgs): string =>
	listKey("", { filter, orderBy, query: query?.trim() || null });

export const cursorOf = (
	{ row }: Contact,
	list: string,
	context: Context,
): string => cursorAt(row.searchAfter, list, context);

export const cursorAt = (
	searchAfter: readonly unknown[] | null | undefined,
	list: string,
	context: Context,
): string => cursors.write(searchAfter ?? null, context, list);
