/** Whether a contact fits a search, judged here: for contacts that HighLevel's search does not know yet. */
import type { ContactRow, ContactSearch, SearchFilter } from "./rest.ts";

/** Undefined where only HighLevel can decide: full text, fields a contact does not show, comparisons it may make its own way. */
export type Verdict = boolean | undefined;

export const matches = (row: ContactRow, search: ContactSearch): Verdict =>
	search.query ? undefined : all(row, search.filters ?? []);

const all = (row: ContactRow, filters: readonly SearchFilter[]): Verdict => {
	const verdicts = filters.map((filter) => one(row, filter));
	if (verdicts.includes(false)) return false;
	return verdicts.includes(undefined) ? undefined : true;
};

const one = (row: ContactRow, filter: SearchFilter): Verdict => {
	if (!("group" in filter)) return leaf(row, filter);
	if (filter.group === "AND") return all(row, filter.filters);
	const verdicts = filter.filters.map((inner) => one(row, inner));
	if (verdicts.includes(true)) return true;
	return verdicts.includes(undefined) ? undefined : false;
};

// Fields of the search that a contact shows under a name of its own; the others are called the same.
const SHOWN_AS: Readonly<Record<string, keyof ContactRow>> = {
	contactName: "name",
	firstNameLowerCase: "firstName",
	lastNameLowerCase: "lastName",
	address: "address1",
};

const PLAIN = new Set([
	"id",
	"contactName",
	"firstNameLowerCase",
	"lastNameLowerCase",
	"email",
	"phone",
	"address",
	"city",
	"state",
	"country",
	"postalCode",
	"companyName",
	"source",
	"website",
	"timezone",
	"type",
	"assignedTo",
	"dnd",
	"tags",
	"dateAdded",
	"dateUpdated",
]);

const leaf = (
	row: ContactRow,
	{ field, operator, value }: Extract<SearchFilter, { field: string }>,
): Verdict => {
	if (!PLAIN.has(field)) return undefined;
	const held = row[SHOWN_AS[field] ?? (field as keyof ContactRow)];
	const texts = (Array.isArray(held) ? held : [held])
		.filter((text) => text !== null && text !== undefined && text !== "")
		.map(String);
	switch (operator) {
		case "exists":
			return texts.length > 0;
		case "not_exists":
			return texts.length === 0;
		case "eq":
			return same(texts, String(value), (text, wanted) => text === wanted);
		case "not_eq":
			return not(same(texts, String(value), (text, wanted) => text === wanted));
		case "contains":
			return same(texts, String(value), (text, wanted) =>
				text.includes(wanted),
			);
		case "not_contains":
			return not(
				same(texts, String(value), (text, wanted) => text.includes(wanted)),
			);
		case "range":
			return within(texts[0], value as Record<string, string | number>);
		default:
			return undefined;
	}
};

/** Whether case counts to HighLevel is not known for every field: what only differs by case is not judged. */
const same = (
	texts: readonly string[],
	wanted: string,
	compare: (text: string, wanted: string) => boolean,
): Verdict => {
	if (texts.some((text) => compare(text, wanted))) return true;
	const loose = texts.some((text) =>
		compare(text.toLowerCase(), wanted.toLowerCase()),
	);
	return loose ? undefined : false;
};

const not = (verdict: Verdict): Verdict =>
	verdict === undefined ? undefined : !verdict;

const within = (
	text: string | undefined,
	bounds: Readonly<Record<string, string | number>>,
): Verdict => {
	if (text === undefined) return false;
	const at = Date.parse(text);
	if (Number.isNaN(at)) return undefined;
	return Object.entries(bounds).every(([bound, value]) => {
		const limit = typeof value === "number" ? value : Date.parse(value);
		if (bound === "gt") return at > limit;
		if (bound === "gte") return at >= limit;
		return bound === "lt" ? at < limit : at <= limit;
	});
};
