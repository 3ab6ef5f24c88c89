/** Contacts this gateway wrote within search lag that a page of search lacks, and where they stand in it. */
import { TAG } from "../../cache/tags.ts";
import type { Context, FetchContext } from "../../loading/context.ts";
import { OperationLoads } from "../../loading/loads.ts";
import { type Overlaid, overlay } from "../../loading/overlay.ts";
import { wholeContactById } from "./loader.ts";
import { matches } from "./matches.ts";
import type { Contact, ContactSearch } from "./rest.ts";

/** At most so many contacts beside a page's own are read for it; the newest writes count. */
export const MOST_SINGLE_READS = 20;

/** What search gave, and when it was asked (epoch milliseconds). */
interface Found {
	readonly contacts: readonly Contact[];
	readonly rows: number;
	readonly readAt: number;
}

/**
 * Rows of contacts that changed within search lag are read again one by one, and those that are gone or fit no longer
 * leave. Costs one call for each such row, and one for each contact that may come.
 */
export const overlaidContacts = (
	{ contacts, rows, readAt }: Found,
	search: ContactSearch,
	context: FetchContext,
): Promise<Overlaid<Contact>> => {
	// What the operation had at hand before it asked for the page may be older than the change.
	const anew = { ...context, loads: new OperationLoads() };
	return overlay(contacts, {
		isLagging: ({ id }) =>
			context.cache.withinSearchLag(TAG.contact(id), readAt),
		async current({ id, row: { searchAfter } }) {
			const now = await wholeContactById.load(anew, id);
			// Where it stood in the page is still the place to continue from.
			return now && matches(now.row, search) !== false
				? { ...now, row: { ...now.row, searchAfter } }
				: null;
		},
		async newcomers() {
			const ids = mayCome({ contacts, rows, readAt }, search, context);
			const read = await Promise.all(
				ids.map((id) => wholeContactById.load(anew, id)),
			);
			return read.filter(
				(contact) => contact !== null && matches(contact.row, search) === true,
			) as Contact[];
		},
	});
};

/**
 * On the first page, contacts that were created; where it is the whole list, also those that were changed so that they may
 * fit now.
 */
const mayCome = (
	{ contacts, rows, readAt }: Found,
	{ searchAfter, pageLimit }: ContactSearch,
	{ recentWrites }: Context,
): readonly string[] => {
	const written = searchAfter ? [] : recentWrites.contacts(readAt);
	if (written.length === 0) return written;
	const isWhole = rows < pageLimit;
	const there = new Set(contacts.map(({ id }) => id));
	const created = new Set(recentWrites.created(readAt));
	return written
		.filter((id) => !there.has(id) && (isWhole || created.has(id)))
		.slice(0, MOST_SINGLE_READS);
};

/** The first page with its newcomers where the order that this process can apply puts them; without an order in front. */
export const withNewcomers = <
	P extends {
		readonly contacts: readonly Contact[];
		readonly newcomers: readonly Contact[];
		readonly rows: number;
		readonly total: number | null;
	},
>(
	page: P,
	search: ContactSearch,
): P => {
	if (page.newcomers.length === 0) return page;
	const contacts = [...page.contacts];
	for (const contact of page.newcomers)
		place(contact, contacts, search, page.rows < search.pageLimit);
	const come = contacts.length - page.contacts.length;
	return {
		...page,
		contacts,
		total: page.total === null ? null : page.total + come,
	};
};

const place = (
	contact: Contact,
	contacts: Contact[],
	{ sort = [] }: ContactSearch,
	isWhole: boolean,
): void => {
	const [order = NEWEST_FIRST] = sort;
	const at = contacts.findIndex((other) => before(contact, other, order));
	// Behind the last row of a page that is not the last lies another page.
	if (at < 0 && !isWhole) return;
	const index = at < 0 ? contacts.length : at;
	// Search has given it no place to continue from: that of the row before it leads to the same rows.
	const searchAfter = index === 0 ? [] : contacts[index - 1]?.row.searchAfter;
	contacts.splice(index, 0, {
		...contact,
		row: { ...contact.row, searchAfter },
	});
};

const NEWEST_FIRST = { field: "dateAdded", direction: "desc" } as const;

const before = (
	one: Contact,
	other: Contact,
	{ field, direction }: { field: string; direction: string },
): boolean => {
	const [a, b] = [keyOf(one, field), keyOf(other, field)];
	return direction === "desc" ? a > b : a < b;
};

const keyOf = ({ row }: Contact, field: string): string => {
	if (field === "firstNameLowerCase")
		return String(row.firstName ?? row.firstNameLowerCase ?? "").toLowerCase();
	if (field === "lastNameLowerCase")
		return String(row.lastName ?? row.lastNameLowerCase ?? "").toLowerCase();
	const value = (row as Record<string, unknown>)[field];
	const instant = /^date/.test(field) ? Date.parse(String(value)) : Number.NaN;
	return Number.isNaN(instant)
		? String(value ?? "").toLowerCase()
		: new Date(instant).toISOString();
};
