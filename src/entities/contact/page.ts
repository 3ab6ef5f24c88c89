/** Pages of contacts: read in one search, brought up to date where search lags, and kept for as long as no change concerns them. */
import { TAG } from "../../cache/tags.ts";
import type { FetchContext } from "../../loading/context.ts";
import { loader } from "../../loading/loader.ts";
import { Refusal } from "../../upstream/refusal.ts";
import { contactById } from "./loader.ts";
import { MOST_SINGLE_READS, overlaidContacts } from "./newcomers.ts";
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
	/** Those that search does not show yet and that belong to it where it is the first; `total` leaves them out. */
	readonly newcomers: readonly Contact[];
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
	cost(cost, { key, count }) {
		cost.key("contacts", key, (pages) => pages);
		// Rows that changed recently are read again, and so are contacts written recently that the page lacks; one row more
		// than asked for is read to know whether a next page exists.
		cost.once(
			`changed ${key}`,
			Math.min(cost.recentlyChanged, count + 1 + MOST_SINGLE_READS),
		);
	},
	keyOf: (search) => JSON.stringify(search),
	// What else it hangs on its rows must tell.
	tags: (search) =>
		mayHaveSpan(search) ? [TAG.members, TAG.tagged] : [TAG.contacts],
	tagsIn: ({ contacts, newcomers, span }) => [
		...[...contacts, ...newcomers].map(({ id }) => TAG.contact(id)),
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
					const { readAt } = context.snapshot;
					const { rows, gone, newcomers, isPatched } = await overlaidContacts(
						{ ...found, readAt },
						search,
						context,
					);
					const page: ContactPage = {
						...found,
						contacts: rows,
						newcomers,
						total: found.total === null ? null : found.total - gone,
						readAt,
						isPatched,
						span: spanOf(search, found),
					};
					for (const contact of rows)
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
