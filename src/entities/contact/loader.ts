/** Reads contacts by id in few calls: many of them in one search. */
import { TAG } from "../../cache/tags.ts";
import { type CostContext, onceForKey } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import { byId, loader } from "../../loading/loader.ts";
import { checkId } from "../../upstream/operation.ts";
import { batchRefusal } from "../../upstream/refusal.ts";
import {
	type Contact,
	findDuplicate,
	getContact,
	searchContacts,
} from "./rest.ts";

/** Any shape of a contact by its id; null when it is gone. */
export const contactById = loader<string, Contact | null>({
	name: "contactById",
	ttl: "webhook",
	cost(cost, contacts) {
		const { key, by } = contacts;
		if (by === "id")
			// Search may not know one that the caller names, so each of several may cost a call of its own.
			cost.key(ROUTE, key, (ids) =>
				ids === 1
					? 1
					: ids + searchesFor(cost, ids, 1) * (isRefused(cost) ? 0 : 1),
			);
		// One search for those that arrive together, and one call for each changed recently.
		else
			cost.batch(
				ROUTE,
				contacts,
				(ids, batches) =>
					searchesFor(cost, ids, batches) + Math.min(ids, cost.recentlyChanged),
			);
	},
	keyOf: byId,
	tags: (id) => [TAG.contact(id), TAG.tagged],
	batchSize: ({ upstream }) =>
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
	name: "wholeContactById",
	ttl: "webhook",
	cost(cost, contacts) {
		// Asked for alone, a contact is read whole.
		if (contacts.by === "id")
			cost.later(`whole ${contacts.key}`, ROUTE, (ids) => (ids === 1 ? 0 : 1));
		else cost.each("whole contact", contacts);
	},
	keyOf: byId,
	tags: (id) => [TAG.contact(id), TAG.tagged],
	fetch: (ids, context) => eachContact(ids, context),
});

/** The shape that knows followers and opportunities; null also when search does not know the contact yet. */
export const contactRowById = loader<string, Contact | null>({
	name: "contactRowById",
	ttl: "search",
	cost(cost, contacts) {
		if (contacts.by === "id")
			cost.key("contact rows", contacts.key, (ids) =>
				searchesFor(cost, ids, 1),
			);
		// Elsewhere a contact may have been read alone, so whole. Rows of a page have it, except those that were read again:
		// if that was not recently, the page is at hand, and its call is counted with it.
		else {
			const isAtHand = contacts.by === "page" && cost.recentlyChanged === 0;
			cost.batch("contact rows", contacts, (ids, batches) =>
				Math.max(0, searchesFor(cost, ids, batches) - (isAtHand ? 1 : 0)),
			);
		}
	},
	keyOf: byId,
	tags: (id) => [TAG.contact(id), TAG.tagged],
	fetch: async (ids, context) => {
		const found = await searchByIds(ids, context);
		return ids.map((id) => found?.get(id) ?? null);
	},
});

export interface Duplicate {
	readonly email?: string | undefined;
	readonly number?: string | undefined;
}

/** The contact that creating one with this e-mail or phone would duplicate. */
export const contactByDuplicate = loader<Duplicate, Contact | null>({
	name: "contactByDuplicate",
	ttl: "search",
	cost: onceForKey("contact found"),
	keyOf: ({ email, number }) => JSON.stringify([email, number]),
	tags: () => [TAG.contacts],
	tagsIn: (contact) => (contact ? [TAG.contact(contact.id)] : []),
	fetch: (all, { upstream }) =>
		Promise.all(
			all.map((by) =>
				findDuplicate(upstream, by).catch((error: Error) => error),
			),
		),
});

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
	const { cache } = context;
	const settled = ids.filter((id) => !cache.withinSearchLag(TAG.contact(id)));
	const found =
		settled.length > 1 ? await searchByIds(settled, context) : undefined;
	const missing = found ? ids.filter((id) => !found.has(id)) : ids;
	const single = await eachContact(missing, context);
	const byMissing = new Map(missing.map((id, index) => [id, single[index]]));
	return ids.map((id) => found?.get(id) ?? byMissing.get(id) ?? null);
};

/** Searches for so many ids that arrive in so many batches; one call each where the route is known to be refused. */
const searchesFor = (
	{ facts }: CostContext,
	ids: number,
	batches: number,
): number => {
	const most = facts.batchMax.get(ROUTE) ?? MOST;
	if (most === 0 || ids <= batches) return ids;
	return Math.max(batches, Math.ceil(ids / most));
};

const isRefused = ({ facts }: CostContext): boolean =>
	facts.batchMax.get(ROUTE) === 0;

const ROUTE = "contacts by id";
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
