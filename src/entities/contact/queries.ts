/** The root fields that find contacts: by id, by e-mail or phone, by filter. */

import type { CostContext } from "../../cost/field-cost.ts";
import { fail } from "../../errors.ts";
import { whenLoaded } from "../../loading/loader.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import {
	connectionType,
	forwardArgs,
	type Page,
	pageSize,
} from "../../schema-kit/connection.ts";
import { eitherId, idIn } from "../../schema-kit/global-id.ts";
import { nodeReader } from "../../schema-kit/node.ts";
import { checkId } from "../../upstream/operation.ts";
import { contactNamed, contactsPageOf, duplicateOf } from "./cost.ts";
import { ContactFilter, ContactOrder } from "./filter-inputs.ts";
import { contactByDuplicate, contactById } from "./loader.ts";
import { withNewcomers } from "./newcomers.ts";
import { contactsPage } from "./page.ts";
import type { Contact as ContactValue } from "./rest.ts";
import { Contact } from "./schema.ts";
import { cursorAt, cursorOf, listOf, searchOf } from "./search.ts";

export const ContactConnection = connectionType("Contact", Contact, "contacts");

nodeReader(
	"Contact",
	(context, [contactId]) => contactById.load(context, contactId),
	1,
	(cost, [contactId]) => contactNamed(cost, contactId),
);

builder.queryFields((t) => ({
	contact: t.field({
		type: Contact,
		extensions: {
			...READ,
			cost: (cost: CostContext) => contactNamed(cost, idIn(cost, "Contact")),
		},
		description:
			"One contact; null when there is none. Several contacts in one request, also by aliases, cost one call together.",
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
		extensions: { ...READ, cost: duplicateOf },
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
					"findContact needs an email or a phone, but got neither. Pass one of them.",
				);
			const found = await contactByDuplicate.load(context, {
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
		extensions: { ...READ, cost: contactsPageOf },
		description:
			"Contacts that match, a page at a time, in the order of `orderBy`, else of HighLevel's search (newest first, as far as was seen); one call a page. The list comes from HighLevel's search, which may lag a change by seconds.",
		args: {
			...forwardArgs(t.arg),
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
		resolve: (_, args, context) => {
			const first = pageSize(context, "first", args.first);
			const page = whenLoaded(searchOf(args, context), (filtered) => {
				// One more row than requested tells whether a next page exists, at no further call.
				const search = { ...filtered, pageLimit: Math.min(first + 1, 500) };
				return whenLoaded(contactsPage.load(context, search), (found) =>
					args.after == null ? withNewcomers(found, search) : found,
				);
			});
			return whenLoaded(
				page,
				({ contacts, total, rows, end }): Page<ContactValue> => {
					const items = contacts.slice(0, first);
					const isLost = contacts.length === 0 && !!end?.length;
					let list: string | undefined;
					const listed = () => (list ??= listOf(args));
					return {
						items,
						cursor: (index) =>
							cursorOf(items[index] as ContactValue, listed(), context),
						...(isLost && {
							emptyCursor: () => cursorAt(end, listed(), context),
						}),
						// Rows that left the page leave those behind it where they were.
						hasNextPage:
							contacts.length > first ||
							(rows > first && (items.length > 0 || isLost)),
						hasPreviousPage: args.after != null,
						totalCount: total,
					};
				},
			);
		},
	}),
}));
