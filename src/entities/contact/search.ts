/** From the arguments of `contacts` to one search, and from a row to the cursor that continues behind it. */
import { fail } from "../../errors.ts";
import type { Context } from "../../loading/context.ts";
import { whenLoaded } from "../../loading/loader.ts";
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
			`orderBy takes at most ${MOST_SORTS} keys, but came with ${orderBy.length}.`,
		);
	if (query && query.length > LONGEST_QUERY)
		throw fail(
			"BAD_USER_INPUT",
			`query takes at most ${LONGEST_QUERY} characters, but came with ${query.length}.`,
		);
	const searchAfter = after == null ? undefined : readCursor(after, context);
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
			...(searchAfter && { searchAfter }),
		};
	};
	return keys.length
		? whenLoaded(customFieldIds(context), search)
		: search(
				() => fail("BAD_USER_INPUT", "No custom field was asked for.").message,
			);
};

type WithoutLimit = Omit<ContactSearch, "pageLimit">;

/** A cursor is the row's own `searchAfter`, bound to its location so that one from elsewhere is refused here. */
export const cursorOf = ({ row }: Contact, context: Context): string =>
	cursorAt(row.searchAfter, context);

export const cursorAt = (
	searchAfter: readonly unknown[] | null | undefined,
	{ viewer }: Context,
): string =>
	Buffer.from(JSON.stringify([viewer.locationId, searchAfter ?? []])).toString(
		"base64url",
	);

const readCursor = (
	cursor: string,
	context: Context,
): unknown[] | undefined => {
	let value: unknown;
	try {
		value = JSON.parse(Buffer.from(cursor, "base64url").toString());
	} catch {
		value = undefined;
	}
	if (
		!Array.isArray(value) ||
		value.length !== 2 ||
		!Array.isArray(value[1]) ||
		value[1].length > 5 ||
		!value[1].every((part) => part === null || typeof part !== "object")
	)
		throw fail(
			"BAD_USER_INPUT",
			"after must be a cursor as an earlier page of this list gave it (pageInfo.endCursor), but came as something else.",
		);
	if (value[0] !== context.viewer.locationId)
		throw fail(
			"FORBIDDEN",
			"This cursor belongs to another location than the one this request is for.",
		);
	// Empty behind a contact that came before every row of the search: what follows is the search from its start.
	return value[1].length ? value[1] : undefined;
};
