/** What the Contacts API says about contacts: the shape of its answers and the calls that get them. */
import type { Upstream } from "../../upstream/client.ts";
import { checkMovedOn } from "../../upstream/moved-on.ts";
import { operation } from "../../upstream/operation.ts";
import { saysNotFound } from "../../upstream/refusal.ts";
import {
	Amount,
	Flag,
	Id,
	maybe,
	paged,
	part,
	type Static,
	Text,
	Texts,
	Timestamp,
	Type,
	usable,
} from "../../upstream/shapes.ts";

const DndSetting = maybe(part({ status: Text, message: Text, code: Text }));

const Attribution = maybe(
	part({
		url: Text,
		campaign: Text,
		campaignId: Text,
		utmSource: Text,
		utmMedium: Text,
		utmContent: Text,
		referrer: Text,
		medium: Text,
		mediumId: Text,
		gclid: Text,
		fbclid: Text,
		msclikid: Text,
		dclid: Text,
		fbc: Text,
		fbp: Text,
		fbEventId: Text,
		userAgent: Text,
		ip: Text,
	}),
);

const ContactShape = Type.Object({
	id: Id,
	locationId: Text,
	name: Text,
	contactName: Text,
	firstName: Text,
	lastName: Text,
	firstNameLowerCase: Text,
	lastNameLowerCase: Text,
	email: Text,
	additionalEmails: maybe(
		Type.Array(Type.Union([Type.String(), part({ email: Text })])),
	),
	phone: Text,
	phoneLabel: Text,
	additionalPhones: maybe(
		Type.Array(Type.Union([Type.String(), part({ phone: Text })])),
	),
	validEmail: Flag,
	type: Text,
	source: Text,
	companyName: Text,
	businessName: Text,
	businessId: Text,
	assignedTo: Text,
	followers: Type.Optional(
		Type.Union([Type.Array(Type.String()), Type.String(), Type.Null()]),
	),
	address: Text,
	address1: Text,
	city: Text,
	state: Text,
	country: Text,
	postalCode: Text,
	website: Text,
	timezone: Text,
	tags: Texts,
	dateOfBirth: Timestamp,
	dateAdded: Timestamp,
	dateUpdated: Timestamp,
	lastActivity: Timestamp,
	dnd: Flag,
	dndSettings: maybe(Type.Record(Type.String(), DndSetting)),
	inboundDndSettings: maybe(part({ all: DndSetting })),
	customFields: maybe(
		Type.Array(Type.Object({ id: Id, value: Type.Optional(Type.Unknown()) })),
	),
	attributionSource: Attribution,
	lastAttributionSource: Attribution,
	attributions: maybe(Type.Array(Type.Record(Type.String(), Type.Unknown()))),
	opportunities: maybe(
		Type.Array(
			part({
				id: Text,
				// [recorded] In camel case; [spec, revision de87e88] in snake case.
				pipelineId: Text,
				pipeline_id: Text,
				pipelineStageId: Text,
				pipeline_stage_id: Text,
				monetaryValue: Amount,
				monetary_value: Amount,
				status: Text,
			}),
		),
	),
	createdBy: maybe(
		part({
			source: Text,
			channel: Text,
			sourceId: Text,
			timestamp: Timestamp,
		}),
	),
	attachments: Type.Optional(Type.Unknown()),
	ssn: Text,
	keyword: Text,
	visitorId: Text,
	searchAfter: maybe(Type.Array(Type.Unknown())),
	deleted: Flag,
});

export type ContactRow = Static<typeof ContactShape>;

/**
 * A contact as one read brought it. `whole` is GET /contacts/{id}; `row` comes from search and knows other fields
 * (contract, section 3: followers and opportunities, but time zone and attribution often empty). `found` comes from the
 * duplicate search, and may lack any of either's.
 */
export interface Contact {
	readonly id: string;
	readonly shape: "whole" | "row" | "found";
	readonly row: ContactRow;
}

const getContactOperation = operation(
	"GET",
	"/contacts/{contactId}",
	Type.Object({ contact: ContactShape }),
	{ valueOf: (answer) => contact("whole", answer.contact) },
);

const searchOperation = operation(
	"POST",
	"/contacts/search",
	Type.Object({
		contacts: paged(ContactShape),
		total: Amount,
	}),
	{
		safe: true,
		valueOf: ({ contacts, total = null }): FoundContacts => {
			const good = usable(contacts);
			return {
				contacts: good
					.filter(({ deleted }) => !deleted)
					.map((row) => contact("row", row)),
				total,
				rows: contacts.length,
				end: good.at(-1)?.searchAfter,
			};
		},
	},
);

export interface FoundContacts {
	readonly contacts: readonly Contact[];
	/** Of all pages. */
	readonly total: number | null;
	/** How many rows the page held, with those that cannot be used. */
	readonly rows: number;
	/** Where the last of those rows that can be used stands, to continue from. */
	readonly end: readonly unknown[] | null | undefined;
}

// [recorded] Null where there is none. Without the key nobody knows, and a second contact would be made.
const duplicateOperation = operation(
	"GET",
	"/contacts/search/duplicate",
	Type.Object({ contact: Type.Union([ContactShape, Type.Null()]) }),
);

const byBusinessOperation = operation(
	"GET",
	"/contacts/business/{businessId}",
	Type.Object({
		contacts: paged(Type.Object({ id: Id })),
		count: Amount,
	}),
);

const contact = (shape: Contact["shape"], row: ContactRow): Contact => {
	// Kept by the thousand: these tell nothing that other fields do not, and are a twentieth of the memory. Overwritten,
	// not deleted: V8 would turn each row into a dictionary of twice the size.
	const spare = row as Partial<Record<(typeof SPARE)[number], unknown>>;
	for (const field of SPARE) if (field in row) spare[field] = undefined;
	return { id: row.id, shape, row };
};

const SPARE = ["locationId", "fullNameLowerCase", "emailLowerCase"] as const;

/** One contact, right at once after a write. Null when the API says in words that it does not exist. */
export const getContact = async (
	upstream: Upstream,
	contactId: string,
): Promise<Contact | null> => {
	try {
		const found = await upstream.call(getContactOperation, {
			ids: { contactId },
		});
		return found.row.deleted ? null : found;
	} catch (error) {
		if (saysNotFound(error)) return null;
		throw error;
	}
};

/** A node of the search's filter grammar (contract, section 3). */
export type SearchFilter =
	| { field: string; operator: string; value?: unknown }
	| { group: "AND" | "OR"; filters: SearchFilter[] };

export interface ContactSearch {
	readonly pageLimit: number;
	readonly searchAfter?: readonly unknown[];
	readonly filters?: readonly SearchFilter[];
	readonly sort?: ReadonlyArray<{ field: string; direction: "asc" | "desc" }>;
	readonly query?: string;
}

/** One page of a search; lags writes by seconds. */
export const searchContacts = async (
	upstream: Upstream,
	search: ContactSearch,
): Promise<FoundContacts> => {
	const page = await upstream.call(searchOperation, {
		body: { locationId: upstream.locationId, ...search },
	});
	checkMovedOn(searchOperation, search.searchAfter, page.end);
	return page;
};

// Deprecated [spec], reported gone by one reader and answering to another (contract, section 5).
const listOperation = operation(
	"GET",
	"/contacts/",
	Type.Object({
		contacts: paged(ContactShape),
		count: Amount,
		meta: maybe(part({ total: Amount })),
	}),
);

// The largest page [spec].
const LIST_PAGE = 100;

/** A page of all contacts, newest first, for where there is no search. Its rows continue by when they were added. */
export const listContacts = async (
	upstream: Upstream,
	{ pageLimit, query, searchAfter }: ContactSearch,
): Promise<FoundContacts> => {
	const contacts: Contact[] = [];
	let rows = 0;
	let position = searchAfter;
	for (;;) {
		const limit = Math.min(pageLimit - rows, LIST_PAGE);
		const page = await upstream.call(listOperation, {
			query: {
				locationId: upstream.locationId,
				limit,
				query,
				...(position && {
					startAfter: Number(position[0]),
					startAfterId: String(position[1]),
				}),
			},
		});
		const found = usable(page.contacts);
		checkMovedOn(listOperation, position?.[1], found.at(-1)?.id);
		rows += page.contacts.length;
		for (const row of found) {
			position = [Date.parse(String(row.dateAdded)), row.id];
			contacts.push(contact("row", { ...row, searchAfter: [...position] }));
		}
		const total = page.meta?.total ?? page.count ?? null;
		if (page.contacts.length < limit || rows >= pageLimit)
			return { contacts, total, rows, end: position };
	}
};

/**
 * Contacts changed at or after `since` (epoch milliseconds), oldest change first; `next` continues behind the last row
 * wherever it stands by then, which a page's number would not.
 */
export const contactsChangedSince = async (
	upstream: Upstream,
	since: number,
	after: unknown,
): Promise<{ rows: ContactRow[]; next: unknown }> => {
	const pageLimit = 500;
	const { contacts, rows, end } = await upstream.call(searchOperation, {
		body: {
			locationId: upstream.locationId,
			pageLimit,
			...(after !== undefined && { searchAfter: after }),
			filters: [
				{
					field: "dateUpdated",
					operator: "range",
					value: { gte: new Date(since).toISOString() },
				},
			],
			sort: [{ field: "dateUpdated", direction: "asc" }],
		},
	});
	return {
		rows: contacts.map(({ row }) => row),
		next: rows === pageLimit ? (end ?? undefined) : undefined,
	};
};

/** The contact that creating one with this e-mail or phone would duplicate; null when there is none. */
export const findDuplicate = async (
	upstream: Upstream,
	by: { email?: string | undefined; number?: string | undefined },
): Promise<Contact | null> => {
	try {
		const answer = await upstream.call(duplicateOperation, {
			query: { locationId: upstream.locationId, ...by },
		});
		return answer.contact ? contact("found", answer.contact) : null;
	} catch (error) {
		if (saysNotFound(error)) return null;
		throw error;
	}
};

/** Ids of one page of a business's contacts. Its rows lack names and phones [spec], so they are not used as contacts. */
export const listContactsOfBusiness = async (
	upstream: Upstream,
	businessId: string,
	page: { limit: number; skip: number },
): Promise<{ ids: string[]; rows: number; total: number | null }> => {
	const answer = await upstream.call(byBusinessOperation, {
		ids: { businessId },
		query: { locationId: upstream.locationId, ...page },
	});
	return {
		ids: usable(answer.contacts).map(({ id }) => id),
		rows: answer.contacts.length,
		total: answer.count ?? null,
	};
};
