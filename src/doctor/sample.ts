/** Questions that several checks put and that are asked once, and how to read answers of any shape. */
import type { Answer, Request } from "./call.ts";
import type { Context } from "./check.ts";

export type Row = Readonly<Record<string, unknown>>;

/** The list under `key` of an answer; empty where there is none. */
export const rowsOf = (answer: Answer, key: string): Row[] => {
	const list = objectOf(answer.json)[key];
	return Array.isArray(list) ? list.filter(isRow) : [];
};

export const objectOf = (value: unknown): Row => (isRow(value) ? value : {});

export const textOf = (value: unknown): string | undefined =>
	typeof value === "string" && value !== "" ? value : undefined;

const isRow = (value: unknown): value is Row =>
	typeof value === "object" && value !== null && !Array.isArray(value);

/** Contacts in the first page, which are all that is looked at. */
export const PAGE = 200;

/** Each is put as the gateway puts it. */
export const sampleRequests = {
	location: ({ target }: Context): Request => ({
		method: "GET",
		path: "/locations/{locationId}",
		ids: { locationId: target.locationId },
	}),
	contacts: ({ target }: Context): Request => ({
		method: "POST",
		path: "/contacts/search",
		body: { locationId: target.locationId, pageLimit: PAGE },
	}),
	tasks: ({ target }: Context): Request => ({
		method: "POST",
		path: "/locations/{locationId}/tasks/search",
		ids: { locationId: target.locationId },
		body: { limit: 500 },
	}),
	calendars: ({ target }: Context): Request => ({
		method: "GET",
		path: "/calendars/",
		query: { locationId: target.locationId },
	}),
	ofContact: (
		contactId: string,
		what: "tasks" | "notes" | "appointments",
	): Request => ({
		method: "GET",
		path: `/contacts/{contactId}/${what}`,
		ids: { contactId },
	}),
};

/** Ids of contacts that there are, at most a page of them. */
export const contactIds = async (context: Context): Promise<string[]> =>
	rowsOf(
		await context.api.ask(sampleRequests.contacts(context)),
		"contacts",
	).flatMap(({ id }) => textOf(id) ?? []);

/** The first calendar in use, or the first of all. */
export const firstCalendar = async (
	context: Context,
): Promise<Row | undefined> => {
	const calendars = rowsOf(
		await context.api.ask(sampleRequests.calendars(context)),
		"calendars",
	);
	return calendars.find(({ isActive }) => isActive === true) ?? calendars[0];
};

/** Ids like HighLevel's that belong to nobody: to ask with many where few contacts are. */
export const nobodys = (count: number): string[] =>
	Array.from(
		{ length: count },
		(_, index) => `doctor${String(index).padStart(14, "0")}`,
	);

export const counted = (count: number, what: string): string =>
	`${count} ${what}${count === 1 ? "" : "s"}`;
