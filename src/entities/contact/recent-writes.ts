/** Lays what this process wrote lately over a page of a search that lags it: what no longer fits goes, what is new comes. */
import type { Context } from "../../loading/context.ts";
import { wholeContactById } from "./loader.ts";
import { matches } from "./matches.ts";
import { type ContactPage, MOST_READ } from "./page.ts";
import type { Contact, ContactSearch } from "./rest.ts";

/**
 * The rows of the page that changed lately were read again already (see page.ts). Here those leave that fit no longer,
 * and those come that search cannot show yet: contacts that were created, and, where the page is the whole list,
 * contacts that were changed so that they fit now. Costs one call for each contact that is not in the page.
 */
export const withRecentWrites = (
	page: ContactPage,
	search: ContactSearch,
	place: { firstPage: boolean },
	context: Context,
): ContactPage | Promise<ContactPage> => {
	const written = context.recentWrites.contacts(page.readAt);
	// At once in the usual case: a promise would cost every list.
	return written.length === 0
		? page
		: laidOver(page, search, place, written, context);
};

const laidOver = async (
	page: ContactPage,
	search: ContactSearch,
	{ firstPage }: { firstPage: boolean },
	written: readonly string[],
	context: Context,
): Promise<ContactPage> => {
	const lately = new Set(written);
	const kept = page.contacts.filter(
		({ id, row }) => !lately.has(id) || matches(row, search) !== false,
	);
	const gone = page.contacts.length - kept.length;
	const there = new Set(page.contacts.map(({ id }) => id));
	const complete = page.rows < search.pageLimit;
	const created = new Set(context.recentWrites.created(page.readAt));
	const wanted = firstPage
		? written
				.filter((id) => !there.has(id) && (complete || created.has(id)))
				.slice(0, MOST_READ)
		: [];
	const read = await Promise.all(
		wanted.map((id) => wholeContactById.load(context, id)),
	);
	const come = read.filter(
		(contact) => contact !== null && matches(contact.row, search) === true,
	) as Contact[];
	if (come.length === 0 && gone === 0) return page;
	const contacts = [...kept];
	for (const contact of come) place(contact, contacts, search, complete);
	return {
		...page,
		contacts,
		total:
			page.total === null
				? null
				: page.total - gone + contacts.length - kept.length,
	};
};

/** Where the order is one this process can tell it is kept; without an order the newest come first. */
const place = (
	contact: Contact,
	contacts: Contact[],
	{ sort = [] }: ContactSearch,
	complete: boolean,
): void => {
	const [order = NEWEST_FIRST] = sort;
	const at = contacts.findIndex((other) => before(contact, other, order));
	// Behind the last row of a page that is not the last lies another page.
	if (at < 0 && !complete) return;
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
