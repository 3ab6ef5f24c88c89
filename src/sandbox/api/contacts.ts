// Reading contacts: by id, search, duplicates, the deprecated list and the list of a business.
import { Hono } from "hono";
import { answer } from "../http/answers.ts";
import type { Api, Env, Parts } from "../http/env.ts";
import { notFound, Refusal, unprocessable } from "../http/errors.ts";
import {
	bodyObject,
	numberQuery,
	pathContact,
	sameLocation,
} from "../http/input.ts";
import { searchContacts, textMatcher } from "../search/search.ts";
import type { LocationData } from "../store/location-data.ts";
import type { ContactRecord } from "../store/records.ts";
import { contactById, listRow, searchRow } from "./contact-shapes.ts";

export function contactReads({ settings }: Parts): Api {
	const app: Api = new Hono<Env>({ strict: false });

	app.post("/contacts/search", (call) => {
		const body = bodyObject(call);
		if (typeof body.locationId !== "string" || body.locationId === "")
			throw unprocessable(
				"locationId should not be empty",
				"locationId must be a string",
			);
		const location = sameLocation(call, body.locationId);
		const { rows, total } = searchContacts(body, location, settings);
		return answer(call, {
			contacts: rows.map((row) =>
				searchRow(row.contact, row.searchAfter, settings),
			),
			total,
		});
	});

	app.get("/contacts/search/duplicate", (call) => {
		const location = sameLocation(call);
		const email = call.req.query("email");
		const number = call.req.query("number");
		if (!email && !number)
			throw new Refusal(400, "Either email or number should be passed");
		const contact = duplicateOf(location, {
			email: email ?? null,
			phone: number ?? null,
		});
		return answer(call, {
			contact: contact === undefined ? null : contactById(contact, settings),
			...(contact === undefined || settings.specified
				? {}
				: {
						matchingField:
							email && contact.email?.toLowerCase() === email.toLowerCase()
								? "email"
								: "phone",
					}),
		});
	});

	app.get("/contacts/business/:businessId", (call) => {
		const location = sameLocation(call);
		const businessId = call.req.param("businessId");
		if (location.businesses.get(businessId) === undefined)
			throw notFound("Business", businessId);
		const limit = numberQuery(call, "limit", {
			fallback: 25,
			min: 1,
			max: 100,
		});
		const skip = numberQuery(call, "skip", { fallback: 0, min: 0 });
		const matches = textMatcher(call.req.query("query") ?? "");
		const { rows } = location.contacts.visible(settings.now());
		const found = [...rows.values()].filter(
			(one) => one.businessId === businessId && matches(one),
		);
		return answer(call, {
			contacts: found.slice(skip, skip + limit).map(listRow),
			count: found.length,
		});
	});

	app.get("/contacts", (call) => {
		const location = sameLocation(call);
		const limit = numberQuery(call, "limit", {
			fallback: 20,
			min: 1,
			max: 100,
		});
		const matches = textMatcher(call.req.query("query") ?? "");
		const { rows } = location.contacts.visible(settings.now());
		const found = [...rows.values()].filter(matches).sort(newestFirst);
		const start = startOf(found, {
			startAfter: Number(call.req.query("startAfter") ?? Number.NaN),
			startAfterId: call.req.query("startAfterId"),
		});
		const page = found.slice(start, start + limit);
		const url = new URL(call.req.url);
		return answer(call, {
			contacts: page.map(listRow),
			count: found.length,
			meta: listMeta(url, found, page, start, limit),
		});
	});

	app.get("/contacts/:contactId", (call) =>
		answer(call, { contact: contactById(pathContact(call), settings) }),
	);

	return app;
}

/** The contact that e-mail or phone already belongs to, in the order the location is set to; case does not matter. */
export function duplicateOf(
	location: LocationData,
	by: { email: string | null; phone: string | null },
	except?: string,
): ContactRecord | undefined {
	for (const key of location.record.duplicateOrder) {
		const wanted = by[key]?.toLowerCase();
		if (!wanted) continue;
		for (const contact of location.contacts.values())
			if (contact.id !== except && contact[key]?.toLowerCase() === wanted)
				return contact;
	}
	return undefined;
}

const newestFirst = (a: ContactRecord, b: ContactRecord): number =>
	Date.parse(b.dateAdded) - Date.parse(a.dateAdded) || (a.id < b.id ? -1 : 1);

function startOf(
	found: readonly ContactRecord[],
	after: { startAfter: number; startAfterId: string | undefined },
): number {
	if (Number.isNaN(after.startAfter)) return 0;
	const index = found.findIndex((one) => {
		const added = Date.parse(one.dateAdded);
		if (added !== after.startAfter) return added < after.startAfter;
		return one.id > (after.startAfterId ?? "");
	});
	return index < 0 ? found.length : index;
}

/** The paging object that the spec defines and nothing refers to (contract, section 5). */
function listMeta(
	url: URL,
	found: readonly ContactRecord[],
	page: readonly ContactRecord[],
	start: number,
	limit: number,
): object {
	const last = page.at(-1);
	const more = start + page.length < found.length;
	const currentPage = Math.floor(start / limit) + 1;
	if (last === undefined) return { total: found.length, currentPage };
	const startAfter = Date.parse(last.dateAdded);
	const next = new URL(url);
	next.searchParams.set("startAfter", String(startAfter));
	next.searchParams.set("startAfterId", last.id);
	return {
		total: found.length,
		...(more ? { nextPageUrl: next.href } : {}),
		startAfterId: last.id,
		startAfter,
		currentPage,
		...(more ? { nextPage: currentPage + 1 } : {}),
		prevPage: currentPage === 1 ? null : currentPage - 1,
	};
}
