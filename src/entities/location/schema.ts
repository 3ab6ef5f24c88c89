/** What clients see of their location; reference data adds itself to it from its own folders. */

import { type Cardinality, costOfReading } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import { whenLoaded } from "../../loading/loader.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import { globalId } from "../../schema-kit/global-id.ts";
import { Node, nodeReader } from "../../schema-kit/node.ts";
import { textOf } from "../../upstream/shapes.ts";
import { locationById } from "./loader.ts";
import type { LocationRow } from "./rest.ts";

interface LocationValue {
	readonly locationId: string;
}

export const Location = builder.objectRef<LocationValue>("Location");

const locationOf = (context: Context): LocationValue => ({
	locationId: context.viewer.locationId,
});

Location.implement({
	extensions: READ,
	description:
		"A location (HighLevel's sub-account) and its reference data. Its own fields cost one call together, each list one more.",
	interfaces: [Node],
	fields: (t) => {
		const text = (field: keyof LocationRow, description: string) =>
			t.string({
				description,
				extensions: { cost: costOfReading(locationById) },
				resolve: ({ locationId }, _, context) =>
					whenLoaded(locationById.load(context, locationId), (location) =>
						textOf(location[field]),
					),
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
			companyId: text(
				"companyId",
				"HighLevel's id of the agency it belongs to.",
			),
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
				extensions: { cost: costOfReading(locationById) },
				resolve: ({ locationId }, _, context) =>
					whenLoaded(
						locationById.load(context, locationId),
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
