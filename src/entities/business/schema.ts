/** What clients see of businesses, their contacts, and where contacts point at them. */

import type { CostContext } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import { overlay } from "../../loading/overlay.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import type { Page } from "../../schema-kit/connection.ts";
import { cursorsOf, isOffset } from "../../schema-kit/cursor.ts";
import { eitherId, globalId, idIn } from "../../schema-kit/global-id.ts";
import { timeOf } from "../../schema-kit/instant.ts";
import { Node, nodeReader } from "../../schema-kit/node.ts";
import { offsetArgs, stretchOf } from "../../schema-kit/offset-list.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { checkId } from "../../upstream/operation.ts";
import { textOf } from "../../upstream/shapes.ts";
import { contactById } from "../contact/loader.ts";
import { MOST_SINGLE_READS } from "../contact/newcomers.ts";
import { ContactConnection } from "../contact/queries.ts";
import type { Contact as ContactValue } from "../contact/rest.ts";
import { Contact } from "../contact/schema.ts";
import { Location, listsOf } from "../location/schema.ts";
import {
	businessesOfLocation,
	businessNamed,
	businessOfContact,
	contactsOfBusinesses,
} from "./cost.ts";
import { allBusinesses, businessById, contactIdsOfBusiness } from "./loader.ts";
import { type BusinessRow, LARGEST_PAGE } from "./rest.ts";

export const Business = builder.objectRef<BusinessRow>("Business");

Business.implement({
	extensions: READ,
	description: "A company that contacts belong to.",
	interfaces: [Node],
	fields: (t) => {
		const text = (field: keyof BusinessRow, description: string) =>
			t.string({
				description,
				extensions: PURE,
				resolve: (business) => textOf(business[field]),
			});
		return {
			id: t.id({
				nullable: false,
				extensions: PURE,
				description: "Global id.",
				resolve: ({ id }, _, { viewer }) =>
					globalId("Business", viewer.locationId, id),
			}),
			businessId: t.id({
				nullable: false,
				description: "HighLevel's own id of the business.",
				extensions: PURE,
				resolve: ({ id }) => id,
			}),
			name: text("name", "Its name."),
			phone: text("phone", "Phone number."),
			email: text("email", "E-mail address."),
			website: text("website", "Website."),
			address: text("address", "Street and number."),
			city: text("city", "City."),
			state: text("state", "State or province."),
			postalCode: text("postalCode", "Postal code."),
			country: text("country", "Country."),
			description: text("description", "What people noted about it."),
			dateAdded: t.field({
				type: "DateTime",
				description: "When it was created.",
				extensions: PURE,
				resolve: ({ createdAt }) => timeOf(createdAt),
			}),
			dateUpdated: t.field({
				type: "DateTime",
				description: "When it was last changed.",
				extensions: PURE,
				resolve: ({ updatedAt }) => timeOf(updatedAt),
			}),
			contacts: t.field({
				type: ContactConnection,
				extensions: { cost: contactsOfBusinesses },
				description:
					"Its contacts, a page of at most 100 at a time. Costs one call for the page and one for the contacts in it.",
				args: offsetArgs(t.arg),
				resolve: async ({ id }, args, context): Promise<Page<ContactValue>> => {
					const {
						skip,
						size: limit,
						isFollowed,
					} = stretchOf(args, contactCursors, id, context, LARGEST_PAGE);
					const { ids, rows, total, readAt } = await contactIdsOfBusiness.load(
						context,
						{
							businessId: id,
							limit: Math.max(limit, 1),
							skip,
						},
					);
					const items = await withRecentMoves(
						ids.slice(0, limit),
						id,
						{ firstPage: skip === 0, readAt },
						context,
					);
					// Rows that cannot be used are counted where the list goes on.
					const leftOut = rows - ids.length;
					return {
						size: items.length,
						get items() {
							return Promise.all(
								items.map((contactId) => contactById.load(context, contactId)),
							);
						},
						cursor: (index) =>
							contactCursors.write(
								skip + index + 1 + (index === items.length - 1 ? leftOut : 0),
								context,
								id,
							),
						hasNextPage:
							isFollowed ||
							(total === null
								? rows >= limit
								: skip + items.length + leftOut < total),
						hasPreviousPage: skip > 0,
						totalCount: total,
					};
				},
			}),
		};
	},
});

/** The listing lags as search does: contacts that this process wrote recently are read by id. */
const withRecentMoves = async (
	ids: readonly string[],
	businessId: string,
	{ firstPage, readAt }: { firstPage: boolean; readAt: number },
	context: Context,
): Promise<readonly string[]> => {
	const written = context.recentWrites
		.contacts(readAt)
		.filter((id) => firstPage || ids.includes(id))
		.slice(0, MOST_SINGLE_READS);
	if (written.length === 0) return ids;
	const here = async (id: string): Promise<string | null> => {
		const contact = await contactById.load(context, id);
		return contact?.row.businessId === businessId ? id : null;
	};
	const { rows, newcomers } = await overlay(ids, {
		isLagging: (id) => written.includes(id),
		current: here,
		async newcomers() {
			const others = written.filter((id) => !ids.includes(id));
			const found = await Promise.all(others.map(here));
			return found.filter((id) => id !== null);
		},
	});
	return [...newcomers, ...rows];
};

const contactCursors = cursorsOf("contacts of a business", isOffset);

nodeReader(
	"Business",
	(context, [id]) => businessById.load(context, id),
	1,
	(cost, [id]) => businessNamed(cost, id),
);

builder.queryField("business", (t) =>
	t.field({
		type: Business,
		extensions: {
			...READ,
			cost: (cost: CostContext) => businessNamed(cost, idIn(cost, "Business")),
		},
		description: "One business; null when there is none. Costs one call.",
		args: {
			id: t.arg.id({
				required: true,
				description: "Its global id, or HighLevel's own id.",
			}),
		},
		resolve: (_, { id }, context) =>
			businessById.load(
				context,
				checkId(eitherId(id, "Business", context), "business(id:)"),
			),
	}),
);

builder.objectField(Contact, "business", (t) =>
	t.field({
		type: Business,
		description:
			"The business it belongs to. Businesses of many contacts are read together.",
		extensions: { cost: businessOfContact },
		resolve: ({ row }, _, context) =>
			row.businessId
				? businessById.load(context, String(row.businessId))
				: null,
	}),
);

builder.objectField(Location, "businesses", (t) =>
	t.field({
		type: [Business],
		nullable: { list: true, items: false },
		description:
			"Its businesses, in HighLevel's order. Costs one call for every hundred.",
		extensions: { cost: businessesOfLocation },
		resolve: (location, _, context) =>
			allBusinesses.load(listsOf(location, context), location.locationId),
	}),
);
