/** What clients see of their location; reference data adds itself to it from its own folders. */

import type {
	Cardinality,
	CostContext,
	FieldCost,
} from "../../cost/field-cost.ts";
import { fail } from "../../errors.ts";
import type { Context } from "../../loading/context.ts";
import { whenLoaded } from "../../loading/loader.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import { globalId } from "../../schema-kit/global-id.ts";
import { Node, nodeReader } from "../../schema-kit/node.ts";
import { textOf } from "../../upstream/shapes.ts";
import { locationById, otherLocation } from "./loader.ts";
import type { LocationRow } from "./rest.ts";

export interface LocationValue {
	readonly locationId: string;
}

/** One call for all of its own fields. */
const ownFields: FieldCost = (cost: CostContext) => {
	if (cost.parent.count === 1) locationById.cost(cost, cost.parent);
	else cost.each("locations of the viewer", cost.parent);
	return undefined;
};

export const Location = builder.objectRef<LocationValue>("Location");

const locationOf = (context: Context): LocationValue => ({
	locationId: context.viewer.locationId,
});

/** Its own fields; those of another of the viewer's locations from there. */
const rowOf = (
	{ locationId }: LocationValue,
	context: Context,
): LocationRow | Promise<LocationRow> =>
	locationId === context.viewer.locationId
		? locationById.load(context, locationId)
		: otherLocation(locationId, context);

/** @throws Failure BAD_USER_INPUT for another location than the request is for: its lists are not read from here. */
export const listsOf = (
	{ locationId }: LocationValue,
	context: Context,
): Context => {
	if (locationId === context.viewer.locationId) return context;
	throw fail(
		"BAD_USER_INPUT",
		"The lists of a location are read by a request for it. Send the header X-Location-Id with its locationId.",
	);
};

Location.implement({
	extensions: READ,
	description:
		"A location (HighLevel's sub-account) and its reference data. Its own fields cost one call together, each list one more.",
	interfaces: [Node],
	fields: (t) => {
		const text = (field: keyof LocationRow, description: string) =>
			t.string({
				description,
				extensions: { cost: ownFields },
				resolve: (location, _, context) =>
					whenLoaded(rowOf(location, context), (row) => textOf(row[field])),
			});
		return {
			id: t.id({
				nullable: false,
				description: "Global id.",
				resolve: ({ locationId }) =>
					globalId("Location", locationId, locationId),
			}),
			locationId: t.exposeID("locationId", {
				nullable: false,
				description: "HighLevel's own id of the location.",
			}),
			companyId: t.id({
				description: "HighLevel's id of the agency it belongs to.",
				extensions: { cost: ownFields },
				resolve: (location, _, context) =>
					whenLoaded(rowOf(location, context), ({ companyId }) =>
						textOf(companyId),
					),
			}),
			name: text("name", "Its name."),
			timezone: text(
				"timezone",
				"Its IANA time zone, in which HighLevel means times that come without an offset.",
			),
			email: text("email", "Its e-mail address."),
			phone: text("phone", "Its phone number."),
			address: text("address", "Street and number."),
			city: text("city", "City."),
			state: text("state", "State or province."),
			country: text("country", "Country code."),
			postalCode: text("postalCode", "Postal code."),
			website: text("website", "Website."),
			domain: text("domain", "Domain of its funnels."),
			logoUrl: text("logoUrl", "Address of its logo."),
			allowsDuplicateContacts: t.boolean({
				description:
					"Whether two contacts may share an e-mail address or phone number.",
				extensions: { cost: ownFields },
				resolve: (location, _, context) =>
					whenLoaded(
						rowOf(location, context),
						({ settings }) => settings?.allowDuplicateContact ?? null,
					),
			}),
		};
	},
});

nodeReader(
	"Location",
	(context) => locationOf(context),
	1,
	() => HERE,
);

const HERE: Cardinality = { key: "location", count: 1, batches: 1 };

builder.queryField("location", (t) =>
	t.field({
		type: Location,
		nullable: false,
		extensions: { scopes: ["contacts.readonly"], cost: () => HERE },
		description: "The location this request is for, with its reference data.",
		resolve: (_, __, context) => locationOf(context),
	}),
);
