/** How each operation that a field reaches is called through the graph, as docs/operations.md lists them. */
import { readFile } from "node:fs/promises";
import type { Exchange, Fault } from "../../src/sandbox/sandbox.ts";
import type { Answer } from "../support/ask.ts";
import { startWorld, type World, type WorldOptions } from "../support/world.ts";

const ROW =
	/^\| `((?:GET|POST|PUT|DELETE) [^`]+)` \| (?:`(\w+)\.(\w+)`|([^|`]+)) \|/gm;

const page = await readFile(
	new URL("../../docs/operations.md", import.meta.url),
	"utf8",
);
export const rows = [...page.matchAll(ROW)].map(
	([, operation = "", type, field]) => ({
		operation,
		type,
		field,
	}),
);
export const reached = rows.filter(({ field }) => field !== undefined);

const id = (...parts: string[]) =>
	Buffer.from(
		`${parts[0]}:sandbox-location-1/${parts.slice(1).join("/")}`,
	).toString("base64url");

const GONE: Fault = {
	kind: "status",
	status: 404,
	body: { statusCode: 404, message: "Cannot POST /contacts/search" },
	match: { path: "/contacts/search" },
};

/** How to have each operation called. A string is a query; a mutation is its input and what to show of its payload. */
export const CALLED_BY: Readonly<
	Record<
		string,
		| string
		| { input: object; show: string; repeat?: true }
		| { query: string; fault: Fault }
	>
> = {
	"POST /contacts/search": "{ contacts { nodes { id } } }",
	"GET /contacts/": { query: "{ contacts { nodes { id } } }", fault: GONE },
	"GET /contacts/search/duplicate":
		'{ findContact(email: "a@example.com") { id } }',
	"GET /contacts/{contactId}": '{ contact(id: "c1") { email } }',
	"POST /contacts/": {
		input: {
			firstName: "Ann",
			lastName: "Doe",
			email: "ann@new.example",
			phone: "+13125550177",
			address1: "1 Main St",
			city: "Ulm",
			state: "BW",
			postalCode: "89073",
			country: "DE",
			website: "https://ann.example",
			timezone: "Europe/Berlin",
			source: "api",
			dateOfBirth: "1990-09-25",
			assignedUserId: "u1",
			dnd: true,
			gender: "female",
			companyName: "Doe Ltd",
			tags: ["x"],
			dndSettings: [
				{ channel: "CALL", status: "ACTIVE", message: "m", code: "1" },
			],
			inboundDnd: "ACTIVE",
			customFields: [
				{ key: "job_title", value: "Owner" },
				{ key: "interests", value: ["Solar"] },
				{ key: "employees", value: 3 },
				{ key: "vehicles", value: { Car: "Golf" } },
			],
		},
		show: "contact { id }",
	},
	"PUT /contacts/{contactId}": {
		input: {
			contactId: "c1",
			firstName: "Bea",
			city: null,
			source: null,
			assignedUserId: null,
			postalCode: null,
		},
		show: "contact { city }",
	},
	"POST /contacts/upsert": {
		input: { email: "ann@new.example", lastName: "Ray", tags: ["y"] },
		show: "created",
	},
	"DELETE /contacts/{contactId}": {
		input: { contactId: "c3" },
		show: "deletedId",
	},
	"GET /contacts/business/{businessId}":
		'{ business(id: "b1") { contacts { nodes { id } } } }',
	"POST /contacts/{contactId}/tags": {
		input: { contactId: "c1", tags: ["new"] },
		show: "contact { tags }",
	},
	"DELETE /contacts/{contactId}/tags": {
		input: { contactId: "c1", tags: ["new"] },
		show: "contact { tags }",
	},
	"POST /contacts/{contactId}/followers": {
		input: { contactId: "c1", userIds: ["u1"] },
		show: "contact { followerIds }",
	},
	"DELETE /contacts/{contactId}/followers": {
		input: { contactId: "c1", userIds: ["u1"] },
		show: "contact { followerIds }",
	},
	"POST /contacts/{contactId}/campaigns/{campaignId}": {
		input: { contactId: "c1", campaignId: "camp1" },
		show: "contact { id }",
	},
	"DELETE /contacts/{contactId}/campaigns/{campaignId}": {
		input: { contactId: "c1", campaignId: "camp1" },
		show: "contact { id }",
	},
	"DELETE /contacts/{contactId}/campaigns/removeAll": {
		input: { contactId: "c1" },
		show: "contact { id }",
	},
	"POST /contacts/{contactId}/workflow/{workflowId}": {
		input: {
			contactId: "c1",
			workflowId: "w1",
			eventStartTime: "2026-12-01T10:00:00Z",
		},
		show: "contact { id }",
	},
	"DELETE /contacts/{contactId}/workflow/{workflowId}": {
		input: { contactId: "c1", workflowId: "w1" },
		show: "contact { id }",
	},
	"POST /contacts/bulk/tags/update/{type}": {
		input: { contactIds: ["c1", "c2"], action: "ADD", tags: ["z"] },
		show: "results { contactId state message }",
	},
	"POST /contacts/bulk/business": {
		input: { contactIds: ["c1", "c2"], businessId: "b1" },
		show: "results { contactId state message }",
	},
	"GET /contacts/{contactId}/tasks":
		'{ contact(id: "c1") { tasks { nodes { title } } } }',
	"GET /contacts/{contactId}/tasks/{taskId}": {
		query: `{ node(id: "${id("Task", "c1", "t1")}") { id ... on Task { title } } }`,
		fault: {
			kind: "wrongShape",
			body: { tasks: [] },
			match: { method: "GET", pattern: "^/contacts/c1/tasks$" },
		},
	},
	"POST /contacts/{contactId}/tasks": {
		input: {
			contactId: "c1",
			title: "Call",
			dueDate: "2026-12-01T10:00:00Z",
			body: "b",
			assignedUserId: "u1",
		},
		show: "task { title }",
	},
	"PUT /contacts/{contactId}/tasks/{taskId}": {
		input: {
			taskId: "t1",
			contactId: "c1",
			title: "Visit",
			body: null,
			assignedUserId: null,
		},
		show: "task { title }",
	},
	"PUT /contacts/{contactId}/tasks/{taskId}/completed": {
		input: { taskId: id("Task", "c1", "t1") },
		show: "task { status }",
	},
	"DELETE /contacts/{contactId}/tasks/{taskId}": {
		input: { taskId: id("Task", "c1", "t1") },
		show: "deletedId",
	},
	"GET /contacts/{contactId}/notes":
		'{ contact(id: "c1") { notes { nodes { body } } } }',
	"GET /contacts/{contactId}/notes/{id}": `{ node(id: "${id("Note", "c1", "n1")}") { id } }`,
	"POST /contacts/{contactId}/notes": {
		input: {
			contactId: "c1",
			body: "Hello",
			title: "T",
			color: "#FFAA00",
			pinned: true,
			assignedUserId: "u1",
		},
		show: "note { body }",
	},
	"PUT /contacts/{contactId}/notes/{id}": {
		input: { noteId: id("Note", "c1", "n1"), title: null, body: "Bye" },
		show: "note { body }",
	},
	"DELETE /contacts/{contactId}/notes/{id}": {
		input: { noteId: "n1", contactId: "c1" },
		show: "deletedId",
	},
	"GET /contacts/{contactId}/appointments":
		'{ contact(id: "c1") { appointments { nodes { title } } } }',
	"GET /calendars/events/appointments/{eventId}":
		'{ appointment(id: "a1") { title } }',
	"GET /calendars/events":
		'{ appointments(from: "2027-03-01T00:00:00Z", to: "2027-03-02T00:00:00Z", of: { calendarId: "cal1" }) { totalCount } }',
	"POST /calendars/events/appointments": {
		input: {
			contactId: "c1",
			calendarId: "cal1",
			startTime: "2027-03-01T10:00:00-06:00",
			endTime: "2027-03-01T10:30:00-06:00",
			title: "Meet",
			status: "NEW",
			assignedUserId: "u1",
			address: "here",
			description: "d",
			meetingLocationType: "PHONE",
			toNotify: false,
		},
		show: "appointment { status }",
	},
	"PUT /calendars/events/appointments/{eventId}": {
		input: { appointmentId: "a1", title: "Moved" },
		show: "appointment { title }",
	},
	"DELETE /calendars/events/{eventId}": {
		input: { appointmentId: "a2" },
		show: "deletedId",
	},
	"GET /calendars/appointments/{appointmentId}/notes":
		'{ appointment(id: "a1") { appointmentNotes { nodes { body } } } }',
	"POST /calendars/appointments/{appointmentId}/notes": {
		input: { appointmentId: "a1", body: "Hello", assignedUserId: "u1" },
		show: "appointmentNote { body }",
	},
	"PUT /calendars/appointments/{appointmentId}/notes/{noteId}": {
		input: { noteId: "an1", appointmentId: "a1", body: "Bye" },
		show: "appointmentNote { body }",
	},
	"DELETE /calendars/appointments/{appointmentId}/notes/{noteId}": {
		input: { noteId: id("AppointmentNote", "a1", "an1") },
		show: "deletedId",
	},
	"GET /locations/{locationId}": "{ location { name } }",
	"GET /locations/{locationId}/tags": "{ location { tags { name } } }",
	"GET /locations/{locationId}/tags/{tagId}": {
		input: { name: "made once", idempotencyKey: "k" },
		show: "tag { name }",
		repeat: true,
	},
	"POST /locations/{locationId}/tags": {
		input: { name: "brand new" },
		show: "tag { name }",
	},
	"PUT /locations/{locationId}/tags/{tagId}": {
		input: { tagId: "tag1", name: "renamed" },
		show: "tag { name }",
	},
	"DELETE /locations/{locationId}/tags/{tagId}": {
		input: { tagId: "tag2" },
		show: "deletedId",
	},
	"POST /locations/{locationId}/tasks/search": "{ tasks { nodes { title } } }",
	"GET /locations/{locationId}/customFields":
		"{ location { customFields { key } } }",
	"GET /businesses/{businessId}": '{ business(id: "b1") { name } }',
	"GET /businesses/": "{ location { businesses { name } } }",
	"GET /users/": "{ location { users { name } } }",
	"GET /users/search": {
		query: "{ location { users { name } } }",
		fault: { kind: "status", status: 404, match: { path: "/users/?" } },
	},
	"GET /calendars/": "{ location { calendars { name } } }",
	"GET /calendars/{calendarId}/free-slots":
		'{ calendar(id: "cal1") { freeSlots(from: "2027-03-01T00:00:00Z", to: "2027-03-02T00:00:00Z", timeZone: "America/Chicago", userId: "u1") { startTime } } }',
	"GET /workflows/": "{ location { workflows { name } } }",
	"GET /campaigns/": "{ location { campaigns { name } } }",
};

/** Matches the path of a call of the operation, with its query string. */
export const patternOf = (operation: string): string =>
	`^${(operation.split(" ")[1] ?? "")
		.replace(/[.?]/g, "\\$&")
		.replace(/\{[^}]+\}/g, "[^/]+")
		.replace(/\/$/, "/?")}(\\?.*)?$`;

/** A world in which the operation can be called; what was exchanged since goes to `exchanges`. */
export const worldFor = async (
	operation: string,
	exchanges: Exchange[],
	options: WorldOptions = {},
): Promise<World> => {
	const world = await startWorld({
		contacts: 3,
		...options,
		sandbox: {
			...options.sandbox,
			onExchange: (exchange) => void exchanges.push(exchange),
		},
	});
	if (operation.includes("/notes/{noteId}"))
		await world.query(
			'mutation { createAppointmentNote(input: { appointmentId: "a1", body: "first" }) { userErrors { message } } }',
		);
	return world;
};

/** Has the operation called by its field; a second time where only a repeat calls it. The last answer. */
export const call = async (
	world: World,
	operation: string,
	field: string | undefined,
	headers: Record<string, string> = {},
): Promise<Answer> => {
	const how = CALLED_BY[operation];
	if (how === undefined) throw new Error(`no test calls ${operation}`);
	if (typeof how === "string") return world.answer(how, {}, { headers });
	if ("query" in how) {
		world.upstream.next(how.fault);
		return world.answer(how.query, {}, { headers });
	}
	const name = String(field);
	const document = `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${how.show} userErrors { code message field } } }`;
	const variables = { input: { idempotencyKey: operation, ...how.input } };
	if (how.repeat) await world.query(document, variables);
	return world.answer(document, variables);
};
