// Orders search results and lets a cursor continue after any row, also after one that has changed or gone since.
import { unprocessable } from "../http/errors.ts";
import type { ContactRecord } from "../store/records.ts";

type Key = string | number | null;

export interface Order {
	/** Sort values of a row followed by its id: the `searchAfter` of the row. */
	cursor: (contact: ContactRecord) => Key[];
	compare: (a: readonly Key[], b: readonly Key[]) => number;
	/** True when no order was asked for: newest first. */
	isDefault: boolean;
}

const FIELDS: Readonly<Record<string, (one: ContactRecord) => Key>> = {
	firstNameLowerCase: (one) => one.firstName?.toLowerCase() ?? null,
	lastNameLowerCase: (one) => one.lastName?.toLowerCase() ?? null,
	businessName: (one) => one.companyName?.toLowerCase() ?? null,
	dateAdded: (one) => Date.parse(one.dateAdded),
	dateUpdated: (one) => Date.parse(one.dateUpdated),
	email: (one) => one.email?.toLowerCase() ?? null,
	dnd: (one) => (one.dnd ? 1 : 0),
	source: (one) => one.source?.toLowerCase() ?? null,
};

export function compileSort(sort: unknown): Order {
	if (sort === undefined || (Array.isArray(sort) && sort.length === 0))
		return orderBy([{ field: "dateAdded", direction: "desc" }], true);
	if (!Array.isArray(sort)) throw unprocessable("sort must be an array");
	if (sort.length > 2)
		throw unprocessable("sort must contain no more than 2 elements");
	const keys = sort.map((one: Record<string, unknown>) => {
		const field = String(one?.field);
		if (!Object.hasOwn(FIELDS, field))
			throw unprocessable(
				`field must be one of the following values: ${Object.keys(FIELDS).join(", ")}`,
			);
		const direction = one.direction ?? "asc";
		if (direction !== "asc" && direction !== "desc")
			throw unprocessable(
				"direction must be one of the following values: asc, desc",
			);
		return { field, direction };
	});
	return orderBy(keys, false);
}

function orderBy(
	keys: readonly { field: string; direction: string }[],
	isDefault: boolean,
): Order {
	const readers = keys.map(({ field }) => FIELDS[field] ?? (() => null));
	const signs = keys.map(({ direction }) => (direction === "asc" ? 1 : -1));
	return {
		isDefault,
		cursor: (contact) => [...readers.map((read) => read(contact)), contact.id],
		compare: (a, b) => {
			for (const [i, sign] of signs.entries()) {
				const difference = compareKeys(a[i] ?? null, b[i] ?? null, sign);
				if (difference !== 0) return difference;
			}
			return compareKeys(a[signs.length] ?? null, b[signs.length] ?? null, 1);
		},
	};
}

/** Empty values come last in both directions. */
function compareKeys(a: Key, b: Key, sign: number): number {
	if (a === b) return 0;
	if (a === null) return 1;
	if (b === null) return -1;
	return a < b ? -sign : sign;
}
