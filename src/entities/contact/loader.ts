/** How to ask little about contacts: many ids in one search, and pages that fill the loaders they bring contacts for. */
import { NAME } from "../../change.ts";
import type { Context } from "../../graphql/context.ts";
import { byId, loader } from "../../graphql/loader.ts";
import { checkId } from "../../upstream/path.ts";
import { batchRefusal, Refusal } from "../../upstream/refusal.ts";
import { matches } from "./matches.ts";
import {
	type Contact,
	type ContactSearch,
	findDuplicate,
	getContact,
	listContacts,
	searchContacts,
} from "./rest.ts";

/** Any shape of a contact by its id; null when it is gone. */
export const contactById = loader<string, Contact | null>({
	freshness: "webhook",
	spell: byId,
	names: (id) => [NAME.contact(id), NAME.tagged],
	together: ({ upstream }) =>
		Math.min(
			upstream.facts.batchMax.get(ROUTE) ?? RENEWED_AT_ONCE,
			RENEWED_AT_ONCE,
		),
	fetch: (ids, context) =>
		ids.length === 1
			? eachContact(ids, context)
			: contactsInOneSearch(ids, context),
});

/** The shape that knows time zone and attribution. */
export const wholeContactById = loader<string, Contact | null>({
	freshness: "webhook",
	spell: byId,
	names: (id) => [NAME.contact(id), NAME.tagged],
	fetch: (ids, context) => eachContact(ids, context),
});

/** The shape that knows followers and opportunities; null also when search does not know the contact yet. */
export const contactRowById = loader<string, Contact | null>({
	freshness: "search",
	spell: byId,
	names: (id) => [NAME.contact(id), NAME.tagged],
	fetch: async (ids, context) => {
		const found = await searchByIds(ids, context);
		return ids.map((id) => found?.get(id) ?? null);
	},
});

export interface ContactPage {
	readonly contacts: readonly Contact[];
	readonly total: number | null;
	/** How many the search gave: more may follow where it gave as many as were asked for. */
	readonly rows: number;
	/** When it was asked: what was written within its lag before may be missing. Epoch milliseconds. */
	readonly readAt: number;
}

type Found = Omit<ContactPage, "rows" | "readAt">;

/** One page of the contacts that match; the same page asked for twice is read once. */
export const contactsPage = loader<ContactSearch, ContactPage>({
	freshness: "search",
	spell: (search) => JSON.stringify(search),
	names: () => [NAME.contacts],
	namesIn: ({ contacts }) => contacts.map(({ id }) => NAME.contact(id)),
	fetch: (searches, context) =>
		Promise.all(
			searches.map(async (search) => {
				const { readAt } = context.reads.mark();
				try {
					const found = await searchOrList(search, context);
					const rows = found.contacts.length;
					const all = { ...found, rows, readAt };
					const page = await upToDate(all, search, context);
					if (page === all) tellParts(found, page, context);
					for (const contact of page.contacts)
						contactById.prime(context, contact.id, contact);
					return page;
				} catch (error) {
					return error as Error;
				}
			}),
		),
});

/** The page and each of its contacts can be made again of what the search found. */
const tellParts = (
	found: Found,
	page: ContactPage,
	{ upstream }: Context,
): void => {
	const { rows, readAt } = page;
	upstream.isPart(found, page, 1, (whole) => ({ ...whole, rows, readAt }));
	for (const [index, contact] of found.contacts.entries())
		upstream.isPart(found, contact, 1 / rows, (whole) => whole.contacts[index]);
};

export interface Duplicate {
	readonly email?: string | undefined;
	readonly number?: string | undefined;
}

/** The contact that creating one with this e-mail or phone would duplicate. */
export const contactByDuplicate = loader<Duplicate, Contact | null>({
	freshness: "search",
	spell: ({ email, number }) => JSON.stringify([email, number]),
	names: () => [NAME.contacts],
	namesIn: (contact) => (contact ? [NAME.contact(contact.id)] : []),
	fetch: (all, { upstream }) =>
		Promise.all(
			all.map((by) =>
				findDuplicate(upstream, by).catch((error: Error) => error),
			),
		),
});

/**
 * Search lags writes, GET does not: rows of contacts that changed within the lag are read again one by one, and those
 * that are gone or fit no longer leave the page. Costs one call for each such row, none when nothing changed lately.
 */
const upToDate = async (
	page: ContactPage,
	search: ContactSearch,
	context: Context,
): Promise<ContactPage> => {
	const settling = ({ id }: Contact) =>
		context.reads.settling(NAME.contact(id), page.readAt);
	if (!page.contacts.some(settling)) return page;
	const read = await Promise.all(
		page.contacts.map(async (contact) => {
			if (!settling(contact)) return contact;
			const now = await wholeContactById.load(context, contact.id);
			const { searchAfter } = contact.row;
			// Where it stood in the page is still the place to continue from.
			if (!now || matches(now.row, search) === false) return null;
			return { ...now, row: { ...now.row, searchAfter } };
		}),
	);
	const contacts = read.filter((contact) => contact !== null);
	const left = page.rows - contacts.length;
	const total = page.total === null ? null : page.total - left;
	return { ...page, contacts, total };
};

const SEARCH_ROUTE = "search of contacts";

/** Where the search itself is gone, what is left is the deprecated list, which knows neither filter nor order. */
const searchOrList = async (
	search: ContactSearch,
	{ upstream }: Context,
): Promise<Found> => {
	const { batchMax } = upstream.facts;
	const plain = !search.filters?.length && !search.sort?.length;
	if (!plain || batchMax.get(SEARCH_ROUTE) !== 0)
		try {
			return await searchContacts(upstream, search);
		} catch (error) {
			const gone =
				error instanceof Refusal && /^Cannot POST/.test(error.reason);
			if (!gone || !plain) throw error;
			batchMax.set(SEARCH_ROUTE, 0);
		}
	return listContacts(upstream, search);
};

const eachContact = (ids: readonly string[], context: Context) =>
	Promise.all(
		ids.map((id) =>
			getContact(context.upstream, id).catch((error: Error) => error),
		),
	);

/**
 * One search answers for all but those that changed within its lag; what it does not know may only be too new for it.
 * Both are asked for one by one.
 * Ids are matched by name: search may answer in any order, and with fewer.
 */
const contactsInOneSearch = async (
	ids: readonly string[],
	context: Context,
): Promise<ReadonlyArray<Contact | null | Error>> => {
	const { reads } = context;
	const settled = ids.filter((id) => !reads.settling(NAME.contact(id)));
	const found =
		settled.length > 1 ? await searchByIds(settled, context) : undefined;
	const missing = found ? ids.filter((id) => !found.has(id)) : ids;
	const single = await eachContact(missing, context);
	const byMissing = new Map(missing.map((id, index) => [id, single[index]]));
	return ids.map((id) => found?.get(id) ?? byMissing.get(id) ?? null);
};

/** At most so many contacts beside a page's own are read for it; the newest writes count. */
export const MOST_READ = 20;

export const ROUTE = "contacts by id";
// As many as are read anew together: a search that nobody waits for need not be a large one.
const RENEWED_AT_ONCE = 100;
// The most keys worth one search while the upstream's own limit is not known (contract, section 10).
const MOST = 500;

/**
 * The contacts a search by ids knows, or undefined where the API refuses that route. The composition is documented
 * piece by piece and proven nowhere (contract, section 3), so its refusal is expected, and remembered.
 */
const searchByIds = async (
	ids: readonly string[],
	context: Context,
): Promise<Map<string, Contact> | undefined> => {
	const { batchMax } = context.upstream.facts;
	const most = batchMax.get(ROUTE) ?? MOST;
	if (most === 0) return undefined;
	const good = ids.filter(isId);
	const found = new Map<string, Contact>();
	const search = async (some: readonly string[]) => {
		const { contacts } = await searchContacts(context.upstream, {
			pageLimit: some.length,
			filters: [
				{
					group: "OR",
					filters: some.map((id) => ({
						field: "id",
						operator: "eq",
						value: id,
					})),
				},
			],
		});
		for (const contact of contacts) found.set(contact.id, contact);
	};
	try {
		await Promise.all(chunks(good, most).map((some) => search(some)));
		return found;
	} catch (error) {
		const refusal = batchRefusal(error);
		if (!refusal) throw error;
		const fewer = Math.floor(Math.min(most, good.length) / 2);
		batchMax.set(ROUTE, refusal === "too many" && fewer > 1 ? fewer : 0);
		return searchByIds(ids, context);
	}
};

const isId = (id: string): boolean => {
	try {
		checkId(id, "contactId");
		return true;
	} catch {
		return false; // Asked for singly it fails alone, with its own message.
	}
};

const chunks = <T>(items: readonly T[], size: number): T[][] => {
	const parts: T[][] = [];
	for (let start = 0; start < items.length; start += size)
		parts.push(items.slice(start, start + size));
	return parts;
};
