/** What the Contacts API says about a location (sub-account). */
import type { Upstream } from "../../upstream/client.ts";
import { operation } from "../../upstream/operation.ts";
import {
	Flag,
	Id,
	maybe,
	part,
	type Static,
	Text,
	Type,
} from "../../upstream/shapes.ts";

const LocationShape = Type.Object({
	id: Id,
	companyId: Text,
	name: Text,
	domain: Text,
	email: Text,
	phone: Text,
	firstName: Text,
	lastName: Text,
	address: Text,
	city: Text,
	state: Text,
	country: Text,
	postalCode: Text,
	website: Text,
	timezone: Text,
	logoUrl: Text,
	settings: maybe(part({ allowDuplicateContact: Flag })),
});

export type LocationRow = Static<typeof LocationShape>;

const getLocationOperation = operation(
	"GET",
	"/locations/{locationId}",
	Type.Object({ location: LocationShape }),
);

export const getLocation = async (upstream: Upstream): Promise<LocationRow> =>
	(
		await upstream.call(getLocationOperation, {
			ids: { locationId: upstream.locationId },
		})
	).location;
