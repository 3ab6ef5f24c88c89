/** What clients see of a contact. Other entities add their own fields to it from their own folders. */
import { fail } from "../../errors.ts";
import type { Context } from "../../loading/context.ts";
import { whenLoaded } from "../../loading/loader.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import { globalId } from "../../schema-kit/global-id.ts";
import { dayOf, timeOf } from "../../schema-kit/instant.ts";
import { Node } from "../../schema-kit/node.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { UNKNOWN_WORD, wordsOf } from "../../schema-kit/words.ts";
import { textOf } from "../../upstream/shapes.ts";
import { searchedContact, wholeContact } from "./cost.ts";
import {
	Attribution,
	attributionsOf,
	ContactCreatedBy,
	DndSetting,
	dndList,
} from "./facets.ts";
import { contactRowById, wholeContactById } from "./loader.ts";
import type { ContactRow, Contact as ContactValue } from "./rest.ts";

export const Contact = builder.objectRef<ContactValue>("Contact");

const types = wordsOf("ContactType", "Kind of contact.", {
	LEAD: { value: "lead", description: "Somebody who may become a customer." },
	CUSTOMER: { value: "customer", description: "A customer." },
});

type Field = keyof ContactRow;

/**
 * A field that GET /contacts/{id} brings: from a search row it costs that call, unless the row says something. Rows have
 * these keys now, mostly null or `{}` whatever the contact has [recorded].
 */
const whole = <V>(
	contact: ContactValue,
	field: Field,
	context: Context,
	read: (row: ContactRow) => V,
): V | null | Promise<V | null> => {
	if (contact.shape === "whole" || !isEmpty(contact.row[field]))
		return read(contact.row);
	return whenLoaded(wholeContactById.load(context, contact.id), (found) =>
		found ? read(found.row) : null,
	);
};

/** A field that only search brings: for a contact read by its id it costs one search, shared by all of the request. */
export const searched = <V>(
	contact: ContactValue,
	field: Field,
	context: Context,
	read: (row: ContactRow) => V,
): V | null | Promise<V | null> => {
	if (contact.shape === "row" || contact.row[field] !== undefined)
		return read(contact.row);
	return whenLoaded(contactRowById.load(context, contact.id), (found) =>
		found ? read(found.row) : null,
	);
};

const isEmpty = (value: unknown): boolean =>
	value === undefined ||
	value === null ||
	value === "" ||
	(typeof value === "object" && Object.keys(value).length === 0);

/** The parts first, since every shape has them: one person has one name, in a list and by id. */
const nameOf = (row: ContactRow): string | null =>
	joined(row.firstName, row.lastName) ??
	textOf(row.name) ??
	textOf(row.contactName) ??
	joined(row.firstNameLowerCase, row.lastNameLowerCase);

const joined = (...parts: unknown[]): string | null =>
	textOf(
		parts
			.map(textOf)
			.filter((part) => part !== null)
			.join(" "),
	);

// Names of search rows may come lower-cased only (contract, section 3).
const firstNameOf = (row: ContactRow) =>
	textOf(row.firstName) ?? textOf(row.firstNameLowerCase);
const lastNameOf = (row: ContactRow) =>
	textOf(row.lastName) ?? textOf(row.lastNameLowerCase);

// Strings in search, objects in GET (contract, section 11).
const addresses = (
	list: ContactRow["additionalEmails"] | ContactRow["additionalPhones"],
	key: "email" | "phone",
): string[] =>
	(list ?? []).flatMap((item) => {
		const value =
			typeof item === "string"
				? item
				: (item as { email?: unknown; phone?: unknown })[key];
		return value ? [String(value)] : [];
	});

export const followerIdsOf = (
	contact: ContactValue,
	context: Context,
): string[] | null | Promise<string[] | null> => {
	const { recentWrites } = context;
	// What a write returned is newer than what search returns.
	const known = recentWrites.followers(contact.id);
	if (known) return [...known];
	return searched(contact, "followers", context, ({ followers }) =>
		typeof followers === "string"
			? [followers].filter(Boolean)
			: (followers ?? []),
	);
};

Contact.implement({
	extensions: READ,
	description: "A person or company in the CRM.",
	interfaces: [Node],
	fields: (t) => {
		const rowText = (field: Field, description: string) =>
			t.string({
				description,
				extensions: PURE,
				resolve: ({ row }) => textOf(row[field]),
			});
		const instant = (field: Field, description: string) =>
			t.field({
				type: "DateTime",
				description,
				extensions: PURE,
				resolve: ({ row }) => timeOf(row[field]),
			});
		return {
			id: t.id({
				nullable: false,
				extensions: PURE,
				description: "Global id: opaque, for `node`, `nodes` and caches.",
				resolve: ({ id }, _, { viewer }) =>
					globalId("Contact", viewer.locationId, id),
			}),
			contactId: t.id({
				nullable: false,
				description: "HighLevel's own id of the contact.",
				extensions: PURE,
				resolve: ({ id }) => id,
			}),
			name: t.string({
				description: "The whole name, put together from its parts if need be.",
				extensions: PURE,
				resolve: ({ row }) => nameOf(row),
			}),
			firstName: t.string({
				description:
					"First name. In lower case where HighLevel's search knows it only so.",
				extensions: PURE,
				resolve: ({ row }) => firstNameOf(row),
			}),
			lastName: t.string({
				description:
					"Last name. In lower case where HighLevel's search knows it only so.",
				extensions: PURE,
				resolve: ({ row }) => lastNameOf(row),
			}),
			email: rowText("email", "Primary e-mail address."),
			additionalEmails: t.stringList({
				nullable: false,
				description: "Further e-mail addresses.",
				extensions: PURE,
				resolve: ({ row }) => addresses(row.additionalEmails, "email"),
			}),
			phone: rowText("phone", "Primary phone number, with country code."),
			additionalPhones: t.stringList({
				description:
					"Further phone numbers. HighLevel returns them in lists only: for a contact read by id this costs one more call.",
				extensions: { cost: searchedContact },
				resolve: (contact, _, context) =>
					searched(contact, "additionalPhones", context, (row) =>
						addresses(row.additionalPhones, "phone"),
					),
			}),
			phoneLabel: t.string({
				description:
					"What kind of number `phone` is, such as Mobile. May cost one more call, like additionalPhones.",
				extensions: { cost: searchedContact },
				resolve: (contact, _, context) =>
					searched(contact, "phoneLabel", context, (row) =>
						textOf(row.phoneLabel),
					),
			}),
			validEmail: t.boolean({
				description:
					"Whether the e-mail address was validated. May cost one more call, like additionalPhones.",
				extensions: { cost: searchedContact },
				resolve: (contact, _, context) =>
					searched(
						contact,
						"validEmail",
						context,
						(row) => row.validEmail ?? null,
					),
			}),
			companyName: rowText("companyName", "Company name as typed in."),
			businessId: t.id({
				description: "HighLevel's id of its business.",
				extensions: PURE,
				resolve: ({ row }) => textOf(row.businessId),
			}),
			type: t.field({
				type: types.type,
				description: `Kind of contact. ${UNKNOWN_WORD} see typeText.`,
				extensions: PURE,
				resolve: ({ row }) => types.read(row.type),
			}),
			typeText: rowText("type", "Kind of contact exactly as HighLevel has it."),
			source: rowText("source", "Where it came from, such as a form's name."),
			assignedUserId: t.id({
				description:
					"HighLevel's id of the user it is assigned to. The user may have been deleted since.",
				extensions: PURE,
				resolve: ({ row }) => textOf(row.assignedTo),
			}),
			followerIds: t.idList({
				description:
					"HighLevel's ids of the users who follow it. May cost one more call, like additionalPhones.",
				extensions: { cost: searchedContact },
				resolve: (contact, _, context) => followerIdsOf(contact, context),
			}),
			address1: t.string({
				description: "Street and number.",
				extensions: PURE,
				resolve: ({ row }) => textOf(row.address1) ?? textOf(row.address),
			}),
			city: rowText("city", "City."),
			state: rowText("state", "State or province."),
			country: rowText("country", "Country code, such as US."),
			postalCode: rowText("postalCode", "Postal code."),
			website: rowText("website", "Website."),
			timezone: t.string({
				description:
					"The contact's own time zone. HighLevel gives it only contact by contact: in a list this costs one call each.",
				extensions: { cost: wholeContact },
				resolve: (contact, _, context) =>
					whole(contact, "timezone", context, (row) => textOf(row.timezone)),
			}),
			tags: t.stringList({
				nullable: { list: false, items: false },
				description: "Names of its tags.",
				extensions: PURE,
				resolve: ({ row }) => row.tags ?? [],
			}),
			dateOfBirth: t.field({
				type: "Date",
				description:
					"Date of birth; null when empty or when what was typed in names no day (see dateOfBirthText).",
				extensions: PURE,
				resolve: ({ row }) => dayOf(row.dateOfBirth),
			}),
			dateOfBirthText: t.string({
				description: "Date of birth exactly as HighLevel holds it.",
				extensions: PURE,
				resolve: ({ row }) => textOf(row.dateOfBirth),
			}),
			dateAdded: instant("dateAdded", "When it was created."),
			dateUpdated: instant("dateUpdated", "When it was last changed."),
			lastActivity: t.field({
				type: "DateTime",
				description:
					"When it last did something. In a list this costs one call each, like timezone.",
				extensions: { cost: wholeContact },
				resolve: (contact, _, context) =>
					whole(contact, "lastActivity", context, (row) =>
						timeOf(row.lastActivity),
					),
			}),
			dnd: t.boolean({
				description: "Whether it must not be disturbed on any channel.",
				extensions: PURE,
				resolve: ({ row }) => row.dnd ?? null,
			}),
			dndSettings: t.field({
				type: [DndSetting],
				nullable: { list: false, items: false },
				description:
					"Do not disturb by channel, as far as HighLevel sent it with this contact.",
				extensions: PURE,
				resolve: ({ row }) => dndList(row.dndSettings),
			}),
			inboundDndSettings: t.field({
				type: [DndSetting],
				nullable: { list: true, items: false },
				description:
					"Do not disturb for messages from the contact. In a list this may cost one call each, like timezone.",
				extensions: { cost: wholeContact },
				resolve: (contact, _, context) =>
					whole(contact, "inboundDndSettings", context, (row) =>
						dndList(row.inboundDndSettings),
					),
			}),
			attributionSource: t.field({
				type: Attribution,
				description:
					"Its first attribution. In a list this may cost one call each, like timezone.",
				extensions: { cost: wholeContact },
				resolve: (contact, _, context) =>
					whole(
						contact,
						"attributionSource",
						context,
						(row) => row.attributionSource ?? null,
					),
			}),
			lastAttributionSource: t.field({
				type: Attribution,
				description:
					"Its latest attribution. In a list this may cost one call each, like timezone.",
				extensions: { cost: wholeContact },
				resolve: (contact, _, context) =>
					whole(
						contact,
						"lastAttributionSource",
						context,
						(row) => row.lastAttributionSource ?? null,
					),
			}),
			attributions: t.field({
				type: [Attribution],
				nullable: { list: true, items: false },
				description:
					"Every attribution that HighLevel tells, none twice: the first and the latest where it gives no list. In a list of contacts this costs one call each, like timezone.",
				extensions: { cost: wholeContact },
				resolve: (contact, _, context) =>
					whole(contact, "attributions", context, attributionsOf),
			}),
			createdBy: t.field({
				type: ContactCreatedBy,
				description:
					"What created it: a user, a form, an integration. In a list this costs one call each, like timezone.",
				extensions: { cost: wholeContact },
				resolve: (contact, _, context) =>
					whole(contact, "createdBy", context, (row) => row.createdBy ?? null),
			}),
			visitorId: t.id({
				description:
					"HighLevel's id of the web visitor it was. In a list this costs one call each, like timezone.",
				extensions: { cost: wholeContact },
				resolve: (contact, _, context) =>
					whole(contact, "visitorId", context, (row) => textOf(row.visitorId)),
			}),
			keyword: t.string({
				description:
					"Keyword it came by. In a list this costs one call each, like timezone.",
				extensions: { cost: wholeContact },
				resolve: (contact, _, context) =>
					whole(contact, "keyword", context, (row) => textOf(row.keyword)),
			}),
			attachments: t.field({
				type: "JSON",
				description:
					"Attachments as HighLevel holds them (a leftover of its first version). In a list this costs one call each, like timezone.",
				extensions: { cost: wholeContact },
				resolve: (contact, _, context) =>
					whole(
						contact,
						"attachments",
						context,
						(row) => row.attachments ?? null,
					),
			}),
			ssn: t.string({
				description:
					"Social security number. Sensitive: the caller's token needs the scope contacts.ssn.readonly, without which this field alone is refused.",
				extensions: { cost: wholeContact },
				resolve: (contact, _, context) => {
					if (!context.viewer.scopes.has("contacts.ssn.readonly"))
						throw fail(
							"FORBIDDEN",
							"ssn needs a token with the scope contacts.ssn.readonly. Leave the field out, or ask the operator for such a token.",
						);
					return whole(contact, "ssn", context, (row) => textOf(row.ssn));
				},
			}),
		};
	},
});
