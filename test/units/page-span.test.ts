/** Which stretch of all contacts a page shows is told by its rows, or not at all. */
import { expect, test } from "vitest";
import { spanOf } from "../../src/entities/contact/page-span.ts";
import type { ContactSearch } from "../../src/entities/contact/rest.ts";

const EDITED = "2026-06-01T00:00:00.000Z";
const at = (added: number) => Date.UTC(2026, 0, added);

/** Rows as search gives them, of contacts added on these days of January. */
const rows = (...days: number[]) => days.map((day) => row(day));

const row = (day: number, more: object = {}) => ({
	id: `c${day}`,
	shape: "row" as const,
	row: {
		id: `c${day}`,
		dateAdded: new Date(at(day)).toISOString(),
		dateUpdated: EDITED,
		searchAfter: [at(day), `c${day}`],
		...more,
	},
});

const page = (contacts: ReturnType<typeof rows>) => ({
	contacts,
	rows: contacts.length,
});

const search = (more: Partial<ContactSearch> = {}): ContactSearch => ({
	pageLimit: 3,
	...more,
});

const behind = (day: number) => ({ searchAfter: [at(day), `c${day}`] });
const by = (field: string, direction: "asc" | "desc" = "asc") => ({
	sort: [{ field, direction }],
});
const rising = by("dateAdded");
const falling = by("dateAdded", "desc");

const between = (from: number, to: number, open = "") => ({
	from: at(from),
	to: at(to),
	isOpenBefore: open === "before",
	isOpenAfter: open === "after",
});

test.each([
	["the first page, newest first", {}, rows(9, 7, 5), between(5, 9, "after")],
	[
		"the first page, oldest first",
		rising,
		rows(1, 2, 3),
		between(1, 3, "before"),
	],
	["a page behind a cursor", behind(7), rows(5, 4, 2), between(2, 7)],
	[
		"a page behind a cursor, oldest first",
		{ ...behind(3), ...rising },
		rows(4, 4, 6),
		between(3, 6),
	],
	["the last page", behind(7), rows(5), between(5, 7, "before")],
	[
		"the last page, oldest first",
		{ ...behind(3), ...rising },
		rows(4),
		between(3, 4, "after"),
	],
	[
		"an empty page of a known order",
		{ ...behind(3), ...rising },
		[],
		between(3, 3, "after"),
	],
	[
		"a page of one moment in a known order",
		{ ...behind(3), ...falling },
		rows(3, 3, 3),
		between(3, 3),
	],
	[
		"a page whose rows were changed when they were added, in a known order",
		{ ...rising },
		[1, 2, 3].map((day) =>
			row(day, { dateUpdated: new Date(at(day)).toISOString() }),
		),
		between(1, 3, "before"),
	],
])("%s is told", (_, asked, found, span) => {
	expect(spanOf(search(asked), page(found))).toEqual(span);
});

const filters = [{ field: "city", operator: "eq", value: "Ulm" }];

test.each<[string, Partial<ContactSearch>, ReturnType<typeof rows>]>([
	["a filter", { filters, ...rising }, rows(1, 2, 3)],
	["words", { query: "Ulm", ...rising }, rows(1, 2, 3)],
	["another order", by("dateUpdated"), rows(1, 2, 3)],
	[
		"a second key of its order",
		{ sort: [...rising.sort, ...by("email").sort] },
		rows(1, 2, 3),
	],
	["rows against the order asked for", falling, rows(1, 2, 3)],
	[
		"rows against the order asked for behind a cursor",
		{ ...behind(1), ...falling },
		rows(1, 2),
	],
	["rows that go both ways", {}, rows(1, 3, 2)],
	["rows of one moment in no order", {}, rows(1, 1, 1)],
	["no row and no order", behind(1), []],
	["one row of the first page", { pageLimit: 1 }, rows(1)],
	["the whole list", rising, rows(1, 2)],
	[
		"a cursor that begins with no number",
		{ searchAfter: ["smith", "c1"], ...rising },
		rows(1, 2),
	],
	["an empty cursor", { searchAfter: [], ...rising }, rows(1, 2)],
	[
		"a row without the moment it was added",
		rising,
		[...rows(1, 2), row(3, { dateAdded: null })],
	],
	[
		"a row whose cursor is not the moment it was added",
		rising,
		[...rows(1, 2), row(3, { searchAfter: [at(4), "c3"] })],
	],
	[
		"a row without a cursor",
		rising,
		[...rows(1, 2), row(3, { searchAfter: undefined })],
	],
	[
		"rows in no order that may stand by their last change",
		{},
		[3, 2, 1].map((day) =>
			row(day, { dateUpdated: new Date(at(day)).toISOString() }),
		),
	],
])("a page with %s tells none", (_, asked, found) => {
	expect(spanOf(search(asked), page(found))).toBeUndefined();
});

test("a page with a row that cannot be used tells none", () => {
	const found = { contacts: rows(4, 6), rows: 3 };
	expect(spanOf(search({ ...behind(3), ...rising }), found)).toBeUndefined();
});
