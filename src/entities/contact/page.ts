/** Pages of contacts: read in one search, brought up to date where search lags, and kept for as long as no change concerns them. */
import { TAG } from "../../cache/tags.ts";
import type { FetchContext } from "../../loading/context.ts";
import { loader } from "../../loading/loader.ts";
import { OperationLoads } from "../../loading/loads.ts";
import { Refusal } from "../../upstream/refusal.ts";
import { contactById, wholeContactById } from "./loader.ts";
import { matches } from "./matches.ts";
import { mayHaveSpan, spanOf } from "./page-span.ts";
import {
	type Contact,
	type ContactSearch,
	type FoundContacts,
	listContacts,
	searchContacts,
} from "./rest.ts";
import { blocksCovering, type Span } from "./time-blocks.ts";

export interface ContactPage {
	readonly contacts: readonly Contact[];
	readonly total: number | null;
	/** How many the search gave: more may follow where it gave as many as were asked for. */
	readonly rows: number;
	/** Where the last of those rows stands, whether it is still in the page or not. */
	readonly end: FoundContacts["end"];
	/** When it was asked: what was written within its lag before may be missing. Epoch milliseconds. */
	readonly readAt: number;
	/** Rows were replaced by what was read of their contacts within search's lag before. */
	readonly isPatched: boolean;
	/** Where it is a stretch of all contacts in the order they came: only who was added within it concerns it. */
	readonly span: Span | undefined;
}

/** One page of the contacts that match; the same page asked for twice is read once. */
export const contactsPage = loader<ContactSearch, ContactPage>({
	name: "contactsPage",
	ttl: "search",
	keyOf: (search) => JSON.stringify(search),
	// What else it hangs on its rows must tell.
	tags: (search) =>
		mayHaveSpan(search) ? [TAG.members, TAG.tagged] : [TAG.contacts],
	tagsIn: ({ contacts, span }) => [
		...contacts.map(({ id }) => TAG.contact(id)),
		...(span ? blocksCovering(span).map(TAG.contactsAdded) : [TAG.contacts]),
	],
	// Of others that belong to the page search may have no row for a moment.
	currentTags: ({ contacts, span }) =>
		span ? contacts.map(({ id }) => TAG.contact(id)) : [],
	isPatched: (page) => page.isPatched,
	fetch: (searches, context) =>
		Promise.all(
			searches.map(async (search) => {
				try {
					const found = await searchOrList(search, context);
					const span = spanOf(search, found);
					const all = {
						...found,
						readAt: context.snapshot.readAt,
						isPatched: false,
						span,
					};
					const page = await upToDate(all, search, context);
					for (const contact of page.contacts)
						contactById.prime(
							context,
							contact.id,
							contact,
							contact.shape === "whole",
						);
					return page;
				} catch (error) {
					return error as Error;
				}
			}),
		),
});

/**
 * Search lags writes, GET does not: rows of contacts that changed within the lag are read again one by one, and those
 * that are gone or fit no longer leave the page. Costs one call for each such row, none when nothing changed lately.
 */
const upToDate = async (
	page: ContactPage,
	search: ContactSearch,
	context: FetchContext,
): Promise<ContactPage> => {
	const settling = ({ id }: Contact) =>
		context.cache.withinSearchLag(TAG.contact(id), page.readAt);
	if (!page.contacts.some(settling)) return page;
	// What the operation had at hand before it asked for the page may be older than the change.
	const anew = { ...context, loads: new OperationLoads() };
	const read = await Promise.all(
		page.contacts.map(async (contact) => {
			if (!settling(contact)) return contact;
			const now = await wholeContactById.load(anew, contact.id);
			const { searchAfter } = contact.row;
			// Where it stood in the page is still the place to continue from.
			if (!now || matches(now.row, search) === false) return null;
			return { ...now, row: { ...now.row, searchAfter } };
		}),
	);
	const contacts = read.filter((contact) => contact !== null);
	const left = page.contacts.length - contacts.length;
	const total = page.total === null ? null : page.total - left;
	return { ...page, contacts, total, isPatched: true };
};

const SEARCH_ROUTE = "search of contacts";

/** Where the search itself is gone, what is left is the deprecated list, which knows neither filter nor order. */
const searchOrList = async (
	search: ContactSearch,
	{ upstream }: FetchContext,
): Promise<FoundContacts> => {
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

/** At most so many contacts beside a page's own are read for it; the newest writes count. */
export const MOST_READ = 20;
