/** Finds out by reading whether a contact was written, when the answer that would have said so is lost. */
import { dayOf, latestOf } from "../../schema-kit/instant.ts";
import type { Upstream } from "../../upstream/client.ts";
import {
	type Contact,
	type ContactRow,
	findDuplicate,
	getContact,
	type SearchFilter,
	searchContacts,
} from "./rest.ts";
import type { ContactBody } from "./writes.ts";

// Newest contacts looked through for one without e-mail address and phone number, which nothing else finds.
const LOOKED_THROUGH = 500;
const MOST_SINGLE_READS = 20;

interface FoundContact {
	readonly id: string;
	/** See PossibleOutcome. */
	readonly madeAt: number | null;
}

/**
 * Contacts with this content that are not older than `since`. Right after the write it may be missing still. "unknown"
 * where more contacts were added since than are looked through.
 */
export const contactsMadeSince = async (
	upstream: Upstream,
	body: ContactBody,
	since: number,
): Promise<readonly FoundContact[] | "unknown"> => {
	const all = new Map<string, FoundContact>();
	const add = (contact: Contact | null): void => {
		if (!contact || !holds(contact.row, body)) return;
		const { id, row } = contact;
		all.set(id, { id, madeAt: latestOf(row.dateAdded) });
	};
	// At once where search lags; but where duplicates are allowed only search knows them all.
	add(await contactWith(upstream, body));
	const email = textIn(body, "email");
	const range: SearchFilter = {
		field: "dateAdded",
		operator: "range",
		value: { gte: new Date(since).toISOString() },
	};
	const { contacts, rows } = await searchContacts(upstream, {
		pageLimit: LOOKED_THROUGH,
		filters: email
			? [{ field: "email", operator: "eq", value: email }, range]
			: [range],
		sort: [{ field: "dateAdded", direction: "desc" }],
	});
	const like = contacts.filter(
		({ id, row }) => !all.has(id) && mayHold(row, body),
	);
	// A search row knows less than a contact, and may lag it.
	for (const { id } of like.slice(0, MOST_SINGLE_READS))
		add(await getContact(upstream, id));
	const isComplete = rows < LOOKED_THROUGH && like.length <= MOST_SINGLE_READS;
	return all.size > 0 || isComplete ? [...all.values()] : "unknown";
};

/** The contact that has the e-mail address or phone number of this content; null when there is none. */
export const contactWith = async (
	upstream: Upstream,
	body: ContactBody,
): Promise<Contact | null> => {
	const email = textIn(body, "email");
	const number = textIn(body, "phone");
	if (!email && !number) return null;
	const found = await findDuplicate(upstream, { email, number });
	// Of that answer's shape only the id is known (contract, section 2).
	return found && getContact(upstream, found.id);
};

/** Whether the contact says everything the body says. What a body leaves out does not matter. */
export const holds = (row: ContactRow, body: ContactBody): boolean =>
	Object.entries(body).every(([key, value]) => {
		const has = (row as Record<string, unknown>)[key];
		switch (key) {
			case "gender": // Written, and never read.
				return true;
			case "email":
				return lower(has) === lower(value);
			case "name":
				return (
					lower(has ?? row.contactName) === lower(value) ||
					lower([row.firstName, row.lastName].filter(Boolean).join(" ")) ===
						lower(value)
				);
			case "dateOfBirth":
				return (dayOf(has) ?? "") === (value ?? "");
			case "tags":
				return sameSet(row.tags ?? [], value as string[]);
			case "customFields":
				return (value as { id: string; field_value: unknown }[]).every(
					({ id, field_value }) =>
						sameValue(
							row.customFields?.find((one) => one.id === id)?.value,
							field_value,
						),
				);
			case "dndSettings":
				return Object.entries(
					value as Record<string, { status: string }>,
				).every(
					([channel, { status }]) =>
						// Not every read brings the channels (contract, section 3).
						!row.dndSettings || row.dndSettings[channel]?.status === status,
				);
			case "inboundDndSettings":
				return true;
			default:
				return String(has ?? "") === String(value ?? "");
		}
	});

/** Names that a search row has are those of the contact; those that it lacks say nothing. */
const mayHold = (row: ContactRow, body: ContactBody): boolean => {
	const { email, phone } = body;
	return (
		(email == null || lower(row.email) === lower(email)) &&
		(phone == null || row.phone === phone) &&
		NAMES.every(
			(name) =>
				!body[name] || !row[name] || lower(row[name]) === lower(body[name]),
		)
	);
};

const NAMES = ["firstName", "lastName", "companyName"] as const;

const textIn = (body: ContactBody, key: string): string | undefined => {
	const value = body[key];
	return typeof value === "string" && value !== "" ? value : undefined;
};

const lower = (value: unknown): string =>
	String(value ?? "")
		.trim()
		.toLowerCase();

/** Tags in any order; whether their case is kept is not known (contract, section 11). */
export const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
	a.length === b.length && hasAll(a, b);

export const hasAll = (
	a: readonly string[],
	wanted: readonly string[],
): boolean => {
	const there = new Set(a.map(lower));
	return wanted.every((one) => there.has(lower(one)));
};

export const hasNone = (
	a: readonly string[],
	unwanted: readonly string[],
): boolean => {
	const there = new Set(a.map(lower));
	return unwanted.every((one) => !there.has(lower(one)));
};

// Numbers come back as text now and then, days as timestamps, and what is empty not at all.
const sameValue = (has: unknown, wanted: unknown): boolean => {
	if (isEmpty(has) && isEmpty(wanted)) return true;
	if (Array.isArray(has) && Array.isArray(wanted))
		return sameSet(has.map(String), wanted.map(String));
	if (typeof wanted === "object" && wanted !== null)
		return JSON.stringify(has) === JSON.stringify(wanted);
	const day = typeof wanted === "string" ? dayOf(wanted) : null;
	return String(has) === String(wanted) || (day !== null && dayOf(has) === day);
};

/** Nothing, in any of the ways HighLevel spells it for a custom field. */
export const isEmpty = (value: unknown): boolean =>
	value === undefined ||
	value === null ||
	value === "" ||
	(Array.isArray(value) && value.length === 0) ||
	(typeof value === "object" &&
		Object.values(value).every((one) => one === ""));
