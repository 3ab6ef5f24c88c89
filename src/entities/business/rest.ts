/** What the Contacts API says about businesses: the companies contacts belong to. */
import type { Upstream } from "../../upstream/client.ts";
import { operation } from "../../upstream/operation.ts";
import { saysNotFound } from "../../upstream/refusal.ts";
import {
	Id,
	paged,
	type Static,
	Text,
	Timestamp,
	Type,
} from "../../upstream/shapes.ts";

const BusinessShape = Type.Object({
	id: Id,
	name: Text,
	phone: Text,
	email: Text,
	website: Text,
	address: Text,
	city: Text,
	description: Text,
	state: Text,
	postalCode: Text,
	country: Text,
	createdAt: Timestamp,
	updatedAt: Timestamp,
});

export type BusinessRow = Static<typeof BusinessShape>;

const getOperation = operation(
	"GET",
	"/businesses/{businessId}",
	Type.Object({ business: BusinessShape }),
);

const listOperation = operation(
	"GET",
	"/businesses/",
	Type.Object({ businesses: paged(BusinessShape) }),
);

/** The default and largest documented page of GET /businesses/ [spec]. */
/** GET /contacts/business/{id} takes at most 100 a page; only the v3 spec says so (contract, section 5). */
export const LARGEST_PAGE = 100;

export const BUSINESS_PAGE = 100;

export const getBusiness = async (
	upstream: Upstream,
	businessId: string,
): Promise<BusinessRow | null> => {
	try {
		return (await upstream.call(getOperation, { ids: { businessId } }))
			.business;
	} catch (error) {
		if (saysNotFound(error)) return null;
		throw error;
	}
};

/** One page; a business that cannot be used is null. */
export const listBusinesses = async (
	upstream: Upstream,
	page: { limit: number; skip: number },
): Promise<(BusinessRow | null)[]> =>
	(
		await upstream.call(listOperation, {
			query: { locationId: upstream.locationId, ...page },
		})
	).businesses;
