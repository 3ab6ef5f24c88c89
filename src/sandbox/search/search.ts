// Answers a contact search over what the lag lets it see: filter, full text, order, page.
import { unprocessable } from "../http/errors.ts";
import type { Settings } from "../options.ts";
import type { LocationData } from "../store/location-data.ts";
import type { ContactRecord } from "../store/records.ts";
import { compileFilters, tooLong } from "./filter.ts";
import { compileSort, type Order } from "./order.ts";

export interface SearchPage {
	rows: { contact: ContactRecord; searchAfter: unknown[] }[];
	total: number;
}

const KEYS = [
	"locationId",
	"page",
	"pageLimit",
	"searchAfter",
	"filters",
	"sort",
	"query",
];

type Row = { contact: ContactRecord; searchAfter: ReturnType<Order["cursor"]> };

/** Rows in the usual order, kept until a write becomes visible: most searches ask for it. */
const usual = new WeakMap<LocationData, { stamp: number; rows: Row[] }>();

export function searchContacts(
	body: Record<string, unknown>,
	location: LocationData,
	settings: Settings,
): SearchPage {
	checkKeys(body);
	const pageLimit = limitOf(body);
	const order = compileSort(body.sort);
	const filter = compileFilters(body.filters, {
		location,
		refuseIdSearch: settings.refuseIdSearch,
	});
	const speaks = fullText(body.query);
	const { rows: visible, stamp } = location.contacts.visible(settings.now());
	const matches = (contact: ContactRecord) =>
		filter.matches(contact) && speaks(contact);
	const everything = body.filters === undefined && body.query === undefined;
	let found: Row[];
	if (order.isDefault && filter.ids === undefined) {
		const all = usualRows(location, visible, stamp, order);
		found = everything ? all : all.filter(({ contact }) => matches(contact));
	} else {
		const candidates =
			filter.ids === undefined ? visible.values() : pick(visible, filter.ids);
		found = sorted(candidates, order, matches);
	}
	return { rows: page(found, body, pageLimit, order), total: found.length };
}

function checkKeys(body: Record<string, unknown>): void {
	const unknown = Object.keys(body).filter((key) => !KEYS.includes(key));
	if (unknown.length > 0)
		throw unprocessable(
			...unknown.map((key) => `property ${key} should not exist`),
		);
	if (body.page !== undefined && body.searchAfter !== undefined)
		throw unprocessable("page should not be sent together with searchAfter");
}

function limitOf(body: Record<string, unknown>): number {
	const { pageLimit, page } = body;
	if (pageLimit === undefined)
		throw unprocessable(
			"pageLimit should not be empty",
			"pageLimit must be a number",
		);
	if (!isWhole(pageLimit) || pageLimit < 1)
		throw unprocessable("pageLimit must not be less than 1");
	if (pageLimit > 500)
		throw unprocessable("pageLimit must not be greater than 500");
	if (page !== undefined && (!isWhole(page) || page < 1))
		throw unprocessable("page must not be less than 1");
	if (isWhole(page) && page * pageLimit > 10_000)
		throw unprocessable(
			"page * pageLimit must not be greater than 10000, use searchAfter instead",
		);
	return pageLimit;
}

const isWhole = (value: unknown): value is number =>
	typeof value === "number" && Number.isInteger(value);

/** Every word must occur in one of the fields taken to be searchable (a setting of the location upstream). */
function fullText(query: unknown): (contact: ContactRecord) => boolean {
	if (query === undefined || query === "") return () => true;
	if (typeof query !== "string") throw unprocessable("query must be a string");
	if (query.length > 75) throw tooLong("query");
	return textMatcher(query);
}

export function textMatcher(query: string): (one: ContactRecord) => boolean {
	const words = query.toLowerCase().split(/\s+/).filter(Boolean);
	return (one) => {
		const text = [one.name, one.email, one.phone, one.companyName]
			.join("\n")
			.toLowerCase();
		return words.every((word) => text.includes(word));
	};
}

function usualRows(
	location: LocationData,
	visible: ReadonlyMap<string, ContactRecord>,
	stamp: number,
	order: Order,
): Row[] {
	const kept = usual.get(location);
	if (kept?.stamp === stamp) return kept.rows;
	const rows = sorted(visible.values(), order, () => true);
	usual.set(location, { stamp, rows });
	return rows;
}

function sorted(
	contacts: Iterable<ContactRecord>,
	order: Order,
	matches: (contact: ContactRecord) => boolean,
): Row[] {
	const rows: Row[] = [];
	for (const contact of contacts)
		if (matches(contact))
			rows.push({ contact, searchAfter: order.cursor(contact) });
	return rows.sort((a, b) => order.compare(a.searchAfter, b.searchAfter));
}

function* pick(
	visible: ReadonlyMap<string, ContactRecord>,
	ids: ReadonlySet<string>,
): Generator<ContactRecord> {
	for (const id of ids) {
		const contact = visible.get(id);
		if (contact !== undefined) yield contact;
	}
}

function page(
	rows: Row[],
	body: Record<string, unknown>,
	limit: number,
	order: Order,
): Row[] {
	const { searchAfter } = body;
	if (searchAfter === undefined) {
		const from = (((body.page as number | undefined) ?? 1) - 1) * limit;
		return rows.slice(from, from + limit);
	}
	if (!Array.isArray(searchAfter))
		throw unprocessable("searchAfter must be an array");
	const from = firstAfter(rows, searchAfter, order);
	return rows.slice(from, from + limit);
}

/** Binary search: a walk through 10,000 pages would otherwise cost the square. */
function firstAfter(
	rows: readonly Row[],
	cursor: Row["searchAfter"],
	order: Order,
): number {
	let low = 0;
	let high = rows.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		const row = rows[middle];
		if (row !== undefined && order.compare(row.searchAfter, cursor) <= 0)
			low = middle + 1;
		else high = middle;
	}
	return low;
}
