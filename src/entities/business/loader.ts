/** Reads businesses in few calls: one by its id, several by the location's first page, the rest one by one. */
import { TAG } from "../../cache/tags.ts";
import { type CostContext, onceForEach } from "../../cost/field-cost.ts";
import { byId, loader } from "../../loading/loader.ts";
import type { LocationFacts } from "../../upstream/location-facts.ts";
import { checkMovedOn } from "../../upstream/moved-on.ts";
import { usable } from "../../upstream/shapes.ts";
import { listContactsOfBusiness } from "../contact/rest.ts";
import {
	BUSINESS_PAGE,
	type BusinessRow,
	getBusiness,
	listBusinesses,
} from "./rest.ts";

/** Null for a business that is gone. */
export const businessById = loader<string, BusinessRow | null>({
	name: "businessById",
	ttl: "reference",
	cost(cost, businesses) {
		if (businesses.by === "id")
			cost.key("businesses by id", businesses.key, (ids) =>
				readsFor(cost, ids, 1),
			);
		else
			cost.batch("businesses by id", businesses, (ids, batches) =>
				readsFor(cost, ids, batches),
			);
	},
	keyOf: byId,
	tags: (id) => [TAG.business(id), TAG.businesses],
	async fetch(ids, { upstream }) {
		const found = new Map<string, BusinessRow>();
		let complete = false;
		if (ids.length > 1) {
			const page = await listBusinesses(upstream, {
				limit: BUSINESS_PAGE,
				skip: 0,
			});
			for (const business of usable(page)) found.set(business.id, business);
			learn(upstream.facts, page.length);
			complete = page.length < BUSINESS_PAGE && !page.includes(null);
		}
		return Promise.all(
			ids.map(
				(id) =>
					found.get(id) ??
					(complete
						? null
						: getBusiness(upstream, id).catch((error: Error) => error)),
			),
		);
	},
});

/** Every page of the location's businesses. */
export const allBusinesses = loader<string, BusinessRow[]>({
	name: "allBusinesses",
	ttl: "reference",
	cost: (cost) =>
		cost.once(
			"businesses",
			Math.floor(businessesSeen(cost.facts) / BUSINESS_PAGE) + 1,
		),
	keyOf: byId,
	tags: () => [TAG.businesses],
	fetch: (ids, { upstream }) =>
		Promise.all(
			ids.map(async () => {
				const all: (BusinessRow | null)[] = [];
				for (;;) {
					const page = await listBusinesses(upstream, {
						limit: BUSINESS_PAGE,
						skip: all.length,
					});
					checkMovedOn(LIST, usable(all).at(-1)?.id, usable(page).at(-1)?.id);
					all.push(...page);
					learn(upstream.facts, all.length);
					if (page.length < BUSINESS_PAGE) return usable(all);
				}
			}),
		),
});

/** One by its id, several by the location's first page; what a full page lacks one by one. */
const readsFor = (
	{ facts }: CostContext,
	ids: number,
	batches: number,
): number => {
	if (ids <= batches) return ids;
	return batches + (businessesSeen(facts) < BUSINESS_PAGE ? 0 : ids);
};

const LIST = { name: "GET /businesses/" };
const SEEN = "businesses of the location";

/** The most businesses the location was seen to have; 0 before any were read. */
export const businessesSeen = ({ seen }: LocationFacts): number =>
	seen.get(SEEN) ?? 0;

const learn = ({ seen }: LocationFacts, count: number): void => {
	if (count > (seen.get(SEEN) ?? 0)) seen.set(SEEN, count);
};

export interface BusinessContactsPage {
	readonly businessId: string;
	readonly limit: number;
	readonly skip: number;
}

export const contactIdsOfBusiness = loader<
	BusinessContactsPage,
	{ ids: string[]; rows: number; total: number | null; readAt: number }
>({
	name: "contactIdsOfBusiness",
	ttl: "search",
	cost: onceForEach("contacts of businesses"),
	keyOf: ({ businessId, limit, skip }) => `${businessId} ${limit} ${skip}`,
	tags: () => [TAG.contacts],
	fetch: (pages, { upstream, snapshot: { readAt } }) => {
		return Promise.all(
			pages.map(({ businessId, ...page }) =>
				listContactsOfBusiness(upstream, businessId, page).then(
					(found) => ({ ...found, readAt }),
					(error: Error) => error,
				),
			),
		);
	},
});
