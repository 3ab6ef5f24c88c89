/** What clients see of a contact. Other entities add their own fields to it from their own folders. */
import { fail } from "../../errors.ts";
import { builder } from "../../graphql/builder.ts";
import {
	connectionType,
	type Page,
	pageSize,
} from "../../graphql/connection.ts";
import type { Context } from "../../graphql/context.ts";
import { eitherId, globalId } from "../../graphql/global-id.ts";
import { dayOf, instantOf } from "../../graphql/instant.ts";
import { Node, nodeReader } from "../../graphql/node.ts";
import { checkId } from "../../upstream/path.ts";
import { textOf } from "../../upstream/shapes.ts";
import { ContactFilter, ContactOrder } from "./filter-inputs.ts";
import {
	contactById,
	contactRowById,
	contactsPage,
	wholeContactById,
} from "./loader.ts";
import {
	type ContactRow,
	type Contact as ContactValue,
	findDuplicate,
} from "./rest.ts";
import { cursorOf, searchOf } from "./search.ts";

export const Contact = builder.objectRef<ContactValue>("Contact");

/** The scope every read of the contact graph needs. */
export const READ = { scopes: ["contacts.readonly"] } as const;

export const ContactConnection = connectionType("Contact", Contact, "contacts");

type Field = keyof ContactRow;

/** A field that only GET /contacts/{id} brings: from a search row it costs that call. */
const whole = async <V>(
	contact: ContactValue,
	field: Field,
	context: Context,
	read: (row: ContactRow) => V,
): Promise<V | null> => {
	if (contact.shape === "whole" || contact.row[field] !== undefined)
		return read(contact.row);
	const found = await wholeContactById.load(context, contact.id);
	return found ? read(found.row) : null;
};

/** A field that only search brings: for a contact read by its id it costs one search, shared by all of the request. */
const searched = async <V>(
	contact: ContactValue,
	field: Field,
	context: Context,
	read: (row: ContactRow) => V,
): Promise<V | null> => {
	if (contact.shape === "row" || contact.row[field] !== undefined)
		return read(contact.row);
	const found = await contactRowById.load(context, contact.id);
	return found ? read(found.row) : null;
};

const nameOf = (row: ContactRow): string | null =>
	textOf(row.name) ??
	textOf(row.contactName) ??
	textOf(
		[firstNameOf(row), lastNameOf(row)]
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
): Promise<string[] | null> =>
	searched(contact, "followers", context, ({ followers }) =>
		typeof followers === "string"
			? [followers].filter(Boolean)
			: (followers ?? []),
	);

const DndStatus = builder.enumType("DndStatus", {
	description: "Whether messages over a channel are held back.",
	values: {
		ACTIVE: { value: "active", description: "Do not disturb is on." },
		INACTIVE: { value: "inactive", description: "Messages may be sent." },
		PERMANENT: {
			value: "permanent",
			description: "On for good; it cannot be switched off.",
		},
	} as const,
});

interface Dnd {
	channel: string;
	setting: { status?: unknown; message?: unknown; code?: unknown };
}

const DndSetting = builder.objectRef<Dnd>("DndSetting").implement({
	description: "Do not disturb on one channel.",
	fields: (t) => ({
		channel: t.exposeString("channel", {
			nullable: false,
			description:
				"Call, Email, SMS, WhatsApp, GMB, FB, or another that HighLevel adds; `all` for inbound messages.",
		}),
		status: t.field({
			type: DndStatus,
			description: "Whether it is on; null for a word this API does not know.",
			resolve: ({ setting: { status } }) =>
				status === "active" || status === "inactive" || status === "permanent"
					? status
					: null,
		}),
		message: t.string({
			description: "Why, as HighLevel noted it.",
			resolve: ({ setting }) => textOf(setting.message),
		}),
		code: t.string({
			description: "HighLevel's code for the reason.",
			resolve: ({ setting }) => textOf(setting.code),
		}),
	}),
});

const dndList = (settings: ContactRow["dndSettings"]): Dnd[] =>
	Object.entries(settings ?? {}).flatMap(([channel, setting]) =>
		setting ? [{ channel, setting }] : [],
	);

const Attribution = builder
	.objectRef<Record<string, unknown>>("Attribution")
	.implement({
		description: "Where a contact came from, as HighLevel tracked it.",
		fields: (t) => {
			const field = (key: string, description: string) =>
				t.string({ description, resolve: (source) => textOf(source[key]) });
			return {
				url: field("url", "Page or link."),
				campaign: field("campaign", "Campaign name."),
				campaignId: field("campaignId", "Campaign id."),
				utmSource: field("utmSource", "utm_source."),
				utmMedium: field("utmMedium", "utm_medium."),
				utmContent: field("utmContent", "utm_content."),
				referrer: field("referrer", "Referring page."),
				medium: field("medium", "Medium, such as survey or form."),
				mediumId: field("mediumId", "Id of that survey or form."),
				gclid: field("gclid", "Google click id."),
				fbclid: field("fbclid", "Facebook click id."),
				msclikid: field(
					"msclikid",
					"Microsoft click id (HighLevel's spelling).",
				),
				dclid: field("dclid", "Display click id."),
				fbc: field("fbc", "Facebook click cookie."),
				fbp: field("fbp", "Facebook browser cookie."),
				fbEventId: field("fbEventId", "Facebook event id."),
				userAgent: field("userAgent", "The browser."),
				ip: field("ip", "IP address of the visit."),
			};
		},
	});

const Opportunity = builder
	.objectRef<NonNullable<ContactRow["opportunities"]>[number]>("Opportunity")
	.implement({
		description: "A deal the contact is part of.",
		fields: (t) => ({
			opportunityId: t.string({
				description: "HighLevel's id.",
				resolve: (o) => textOf(o.id),
			}),
			pipelineId: t.string({
				description: "Its pipeline.",
				resolve: (o) => textOf(o.pipeline_id),
			}),
			pipelineStageId: t.string({
				description: "Its stage in the pipeline.",
				resolve: (o) => textOf(o.pipeline_stage_id),
			}),
			monetaryValue: t.float({
				description: "Its value in the location's currency.",
				resolve: (o) => o.monetary_value ?? null,
			}),
			status: t.string({
				description: "open, won, lost or abandoned.",
				resolve: (o) => textOf(o.status),
			}),
		}),
	});

Contact.implement({
	description: "A person or company in the CRM.",
	interfaces: [Node],
	fields: (t) => {
		const rowText = (field: Field, description: string) =>
			t.string({ description, resolve: ({ row }) => textOf(row[field]) });
		const instant = (field: Field, description: string) =>
			t.field({
				type: "DateTime",
				description,
				resolve: ({ row }) => instantOf(row[field]),
			});
		return {
			id: t.id({
				nullable: false,
				description: "Global id: opaque, for `node`, `nodes` and caches.",
				resolve: ({ id }, _, { viewer }) =>
					globalId("Contact", viewer.locationId, id),
			}),
			contactId: t.id({
				nullable: false,
				description: "HighLevel's own id of the contact.",
				resolve: ({ id }) => id,
			}),
			name: t.string({
				description: "The whole name, put together from its parts if need be.",
				resolve: ({ row }) => nameOf(row),
			}),
			firstName: t.string({
				description:
					"First name. In lower case where HighLevel's search knows it only so.",
				resolve: ({ row }) => firstNameOf(row),
			}),
			lastName: t.string({
				description:
					"Last name. In lower case where HighLevel's search knows it only so.",
				resolve: ({ row }) => lastNameOf(row),
			}),
			email: rowText("email", "Primary e-mail address."),
			additionalEmails: t.stringList({
				nullable: false,
				description: "Further e-mail addresses.",
				resolve: ({ row }) => addresses(row.additionalEmails, "email"),
			}),
			phone: rowText("phone", "Primary phone number, with country code."),
			additionalPhones: t.stringList({
				description:
					"Further phone numbers. HighLevel gives them in lists only: for a contact asked for by id this costs one more call.",
				resolve: (contact, _, context) =>
					searched(contact, "additionalPhones", context, (row) =>
						addresses(row.additionalPhones, "phone"),
					),
			}),
			phoneLabel: t.string({
				description:
					"What kind of number `phone` is, such as Mobile. May cost one more call, like additionalPhones.",
				resolve: (contact, _, context) =>
					searched(contact, "phoneLabel", context, (row) =>
						textOf(row.phoneLabel),
					),
			}),
			validEmail: t.boolean({
				description:
					"Whether the e-mail address was validated. May cost one more call, like additionalPhones.",
				resolve: (contact, _, context) =>
					searched(
						contact,
						"validEmail",
						context,
						(row) => row.validEmail ?? null,
					),
			}),
			companyName: rowText("companyName", "Company name as typed in."),
			businessId: rowText("businessId", "HighLevel's id of its business."),
			type: rowText("type", "Kind of contact, such as lead or customer."),
			source: rowText("source", "Where it came from, such as a form's name."),
			assignedUserId: t.string({
				description:
					"HighLevel's id of the user it is assigned to. The user may have been deleted since.",
				resolve: ({ row }) => textOf(row.assignedTo),
			}),
			followerIds: t.stringList({
				description:
					"HighLevel's ids of the users who follow it. May cost one more call, like additionalPhones.",
				resolve: (contact, _, context) => followerIdsOf(contact, context),
			}),
			address1: t.string({
				description: "Street and number.",
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
				resolve: (contact, _, context) =>
					whole(contact, "timezone", context, (row) => textOf(row.timezone)),
			}),
			tags: t.stringList({
				nullable: { list: false, items: false },
				description: "Names of its tags.",
				resolve: ({ row }) => row.tags ?? [],
			}),
			dateOfBirth: t.field({
				type: "Date",
				description:
					"Date of birth; null when empty or when what was typed in names no day (see dateOfBirthText).",
				resolve: ({ row }) => dayOf(row.dateOfBirth),
			}),
			dateOfBirthText: t.string({
				description: "Date of birth exactly as HighLevel holds it.",
				resolve: ({ row }) => textOf(row.dateOfBirth),
			}),
			dateAdded: instant("dateAdded", "When it was created."),
			dateUpdated: instant("dateUpdated", "When it was last changed."),
			lastActivity: t.field({
				type: "DateTime",
				description:
					"When it last did something. In a list this costs one call each, like timezone.",
				resolve: (contact, _, context) =>
					whole(contact, "lastActivity", context, (row) =>
						instantOf(row.lastActivity),
					),
			}),
			dnd: t.boolean({
				description: "Whether it must not be disturbed on any channel.",
				resolve: ({ row }) => row.dnd ?? null,
			}),
			dndSettings: t.field({
				type: [DndSetting],
				nullable: { list: false, items: false },
				description:
					"Do not disturb by channel, as far as HighLevel sent it with this contact.",
				resolve: ({ row }) => dndList(row.dndSettings),
			}),
			inboundDndSettings: t.field({
				type: [DndSetting],
				nullable: { list: false, items: false },
				description: "Do not disturb for messages from the contact.",
				resolve: ({ row }) => dndList(row.inboundDndSettings),
			}),
			attributionSource: t.field({
				type: Attribution,
				description:
					"Its first attribution. In a list this may cost one call each, like timezone.",
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
				resolve: (contact, _, context) =>
					whole(
						contact,
						"lastAttributionSource",
						context,
						(row) => row.lastAttributionSource ?? null,
					),
			}),
			opportunities: t.field({
				type: [Opportunity],
				nullable: { list: true, items: false },
				description:
					"Deals it is part of. May cost one more call, like additionalPhones.",
				resolve: (contact, _, context) =>
					searched(
						contact,
						"opportunities",
						context,
						(row) => row.opportunities ?? [],
					),
			}),
			visitorId: t.string({
				description:
					"HighLevel's id of the web visitor it was. In a list this costs one call each, like timezone.",
				resolve: (contact, _, context) =>
					whole(contact, "visitorId", context, (row) => textOf(row.visitorId)),
			}),
			keyword: t.string({
				description:
					"Keyword it came by. In a list this costs one call each, like timezone.",
				resolve: (contact, _, context) =>
					whole(contact, "keyword", context, (row) => textOf(row.keyword)),
			}),
			attachments: t.field({
				type: "JSON",
				description:
					"Attachments as HighLevel holds them (a leftover of its first version). In a list this costs one call each, like timezone.",
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

nodeReader("Contact", (context, [contactId]) =>
	contactById.load(context, contactId),
);

builder.queryFields((t) => ({
	contact: t.field({
		type: Contact,
		extensions: READ,
		description:
			"One contact; null when there is none. Several asked for in one request, by aliases too, cost one call together.",
		args: {
			id: t.arg.id({
				required: true,
				description: "Its global id, or HighLevel's own id.",
			}),
		},
		resolve: (_, { id }, context) =>
			contactById.load(
				context,
				checkId(eitherId(id, "Contact", context), "contact(id:)"),
			),
	}),
	findContact: t.field({
		type: Contact,
		extensions: READ,
		description:
			"The contact with this e-mail address or phone number, as HighLevel's own duplicate search finds it; null when there is none. Costs one call.",
		args: {
			email: t.arg.string({ description: "E-mail address." }),
			phone: t.arg.string({
				description: "Phone number with country code, such as +15551234567.",
			}),
		},
		resolve: async (_, { email, phone }, context) => {
			if (!email?.trim() && !phone?.trim())
				throw fail(
					"BAD_USER_INPUT",
					"findContact needs an email or a phone, and neither came.",
				);
			const found = await findDuplicate(context.upstream, {
				email: email?.trim() || undefined,
				number: phone?.trim() || undefined,
			});
			// Its shape is not published: a bare reference is read in full rather than shown half empty.
			return found && found.row.dateAdded === undefined
				? contactById.load(context, found.id)
				: found;
		},
	}),
	contacts: t.field({
		type: ContactConnection,
		extensions: READ,
		description:
			"Contacts that match, a page at a time; one call a page. The list comes from HighLevel's search, which may lag a change by seconds.",
		args: {
			first: t.arg.int({
				description: "How many; 20 when not given, 100 at most by default.",
			}),
			after: t.arg.string({
				description: "Continue behind this cursor: the endCursor of a page.",
			}),
			filter: t.arg({ type: ContactFilter, description: "Which ones." }),
			orderBy: t.arg({
				type: [ContactOrder],
				description: "In which order: up to two keys.",
			}),
			query: t.arg.string({
				description:
					"Words to look for, at most 75 characters, in the fields the location has marked searchable.",
			}),
		},
		resolve: async (_, args, context): Promise<Page<ContactValue>> => {
			const first = pageSize(context, "first", args.first, 20);
			const page = await contactsPage.load(context, {
				...(await searchOf(args, context)),
				// One more than asked for tells whether a next page exists, at no further call.
				pageLimit: Math.min(first + 1, 500),
			});
			const items = page.contacts.slice(0, first);
			return {
				items,
				cursor: (index) => cursorOf(items[index] as ContactValue, context),
				hasNextPage: page.contacts.length > first,
				hasPreviousPage: args.after != null,
				totalCount: page.total,
			};
		},
	}),
}));
