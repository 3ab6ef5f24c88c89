// Every operation of the vendor's OpenAPI file but those of OAuth, as the sandbox is asked for it.
import { FIRST } from "../sandbox/caller.ts";

const WINDOW = "startTime=1700000000000&endTime=1900000000000";
const IN_LOCATION = `locationId=${FIRST}`;

/** Each operation with the paths to ask; `*` runs over the first contacts, tasks, notes and so on. */
export const READS: readonly [
	operation: string,
	paths: string[],
	body?: object,
][] = [
	["GET /contacts/", [`/contacts/?${IN_LOCATION}&limit=100`]],
	[
		"POST /contacts/search",
		["/contacts/search"],
		{ locationId: FIRST, pageLimit: 500 },
	],
	[
		"GET /contacts/search/duplicate",
		[`/contacts/search/duplicate?${IN_LOCATION}&email=a%40b.example`],
	],
	["GET /contacts/{contactId}", each("c", 150, (id) => `/contacts/${id}`)],
	[
		"GET /contacts/{contactId}/tasks",
		each("c", 50, (id) => `/contacts/${id}/tasks`),
	],
	["GET /contacts/{contactId}/tasks/{taskId}", ["/contacts/c1/tasks/t1"]],
	[
		"GET /contacts/{contactId}/notes",
		each("c", 50, (id) => `/contacts/${id}/notes`),
	],
	["GET /contacts/{contactId}/notes/{id}", ["/contacts/c1/notes/n1"]],
	[
		"GET /contacts/{contactId}/appointments",
		each("c", 50, (id) => `/contacts/${id}/appointments`),
	],
	[
		"GET /contacts/business/{businessId}",
		each("b", 25, (id) => `/contacts/business/${id}?${IN_LOCATION}`),
	],
	["GET /locations/{locationId}", [`/locations/${FIRST}`]],
	["GET /locations/{locationId}/tags", [`/locations/${FIRST}/tags`]],
	[
		"GET /locations/{locationId}/tags/{tagId}",
		[`/locations/${FIRST}/tags/tag1`],
	],
	[
		"POST /locations/{locationId}/tasks/search",
		[`/locations/${FIRST}/tasks/search`],
		{ limit: 500 },
	],
	[
		"GET /locations/{locationId}/customFields",
		[`/locations/${FIRST}/customFields`],
	],
	[
		"GET /locations/{locationId}/customFields/{id}",
		each("cf", 16, (id) => `/locations/${FIRST}/customFields/${id}`),
	],
	["GET /businesses/", [`/businesses/?${IN_LOCATION}`]],
	["GET /businesses/{businessId}", each("b", 25, (id) => `/businesses/${id}`)],
	["GET /users/", [`/users/?${IN_LOCATION}`]],
	["GET /users/search", ["/users/search?companyId=sandbox-company"]],
	["GET /users/{userId}", each("u", 12, (id) => `/users/${id}`)],
	["GET /calendars/", [`/calendars/?${IN_LOCATION}`]],
	["GET /calendars/{calendarId}", each("cal", 4, (id) => `/calendars/${id}`)],
	[
		"GET /calendars/events",
		each(
			"cal",
			4,
			(id) => `/calendars/events?${IN_LOCATION}&${WINDOW}&calendarId=${id}`,
		),
	],
	[
		"GET /calendars/events/appointments/{eventId}",
		each("a", 50, (id) => `/calendars/events/appointments/${id}`),
	],
	[
		"GET /calendars/appointments/{appointmentId}/notes",
		each(
			"a",
			50,
			(id) => `/calendars/appointments/${id}/notes?limit=20&offset=0`,
		),
	],
	["GET /workflows/", [`/workflows/?${IN_LOCATION}`]],
	["GET /campaigns/", [`/campaigns/?${IN_LOCATION}`]],
];

export const CONTACT = {
	locationId: FIRST,
	firstName: "Ann",
	email: "ann@new.example",
	phone: "+1 555 000 7777",
	dateOfBirth: "1990-09-25",
	tags: ["x"],
	dnd: true,
	dndSettings: { Call: { status: "active", message: "m", code: "1" } },
	inboundDndSettings: { all: { status: "active", message: "m" } },
	customFields: [{ id: "cf1", field_value: "Owner" }],
};
const EDIT = { city: "Ulm", source: null, assignedTo: null, tags: ["y"] };
const TASK = {
	title: "Call",
	dueDate: "2026-12-01T10:00:00Z",
	completed: false,
};
export const BOOKING = {
	calendarId: "cal1",
	locationId: FIRST,
	contactId: "c2",
	assignedUserId: "u1",
	startTime: "2027-03-01T10:00:00-06:00",
};
const LOCATION = `/locations/${FIRST}`;

/** In an order in which each finds what it needs; made ids are known, since they count on. */
export const WRITES: readonly [method: string, path: string, body?: object][] =
	[
		["POST", "/contacts/", CONTACT],
		["PUT", "/contacts/c21", EDIT],
		[
			"POST",
			"/contacts/upsert",
			{ ...CONTACT, createNewIfDuplicateAllowed: false },
		],
		["POST", "/contacts/c21/tasks", TASK],
		["PUT", "/contacts/c21/tasks/t41", { title: "Visit" }],
		["PUT", "/contacts/c21/tasks/t41/completed", { completed: true }],
		["DELETE", "/contacts/c21/tasks/t41"],
		[
			"POST",
			"/contacts/c21/notes",
			{ body: "Hello", userId: "u1", color: "#fff" },
		],
		["PUT", "/contacts/c21/notes/n41", { body: "Bye", pinned: true }],
		["DELETE", "/contacts/c21/notes/n41"],
		["POST", "/contacts/c21/tags", { tags: ["z"] }],
		["DELETE", "/contacts/c21/tags", { tags: ["z"] }],
		["POST", "/contacts/c21/followers", { followers: ["u1"] }],
		["DELETE", "/contacts/c21/followers", { followers: ["u1"] }],
		["POST", "/contacts/c21/campaigns/camp1", {}],
		["DELETE", "/contacts/c21/campaigns/camp1"],
		["DELETE", "/contacts/c21/campaigns/removeAll"],
		[
			"POST",
			"/contacts/c21/workflow/w1",
			{ eventStartTime: "2026-12-01T10:00:00+01:00" },
		],
		["DELETE", "/contacts/c21/workflow/w1", {}],
		[
			"POST",
			"/contacts/bulk/tags/update/add",
			{ locationId: FIRST, contacts: ["c1", "none"], tags: ["x"] },
		],
		[
			"POST",
			"/contacts/bulk/tags/update/remove",
			{ locationId: FIRST, contacts: ["c1"], tags: ["x"], removeAllTags: true },
		],
		[
			"POST",
			"/contacts/bulk/business",
			{ locationId: FIRST, ids: ["c1"], businessId: "b1" },
		],
		[
			"POST",
			"/contacts/bulk/business",
			{ locationId: FIRST, ids: ["c1"], businessId: null },
		],
		["POST", "/calendars/events/appointments", BOOKING],
		[
			"PUT",
			"/calendars/events/appointments/a41",
			{ title: "Other", appointmentStatus: "showed" },
		],
		[
			"POST",
			"/calendars/appointments/a41/notes",
			{ body: "Bring pens", userId: "u1" },
		],
		["PUT", "/calendars/appointments/a41/notes/LAST", { body: "Bring paper" }],
		["DELETE", "/calendars/appointments/a41/notes/LAST"],
		["DELETE", "/calendars/events/a41", {}],
		["POST", `${LOCATION}/tags`, { name: "gold" }],
		["PUT", `${LOCATION}/tags/LAST`, { name: "silver" }],
		["DELETE", `${LOCATION}/tags/LAST`],
		[
			"POST",
			`${LOCATION}/customFields`,
			{
				name: "Shoe size",
				dataType: "TEXTBOX_LIST",
				textBoxListOptions: [{ label: "L" }],
				model: "contact",
			},
		],
		["PUT", `${LOCATION}/customFields/LAST`, { name: "Hat size", position: 5 }],
		["DELETE", `${LOCATION}/customFields/LAST`],
		["DELETE", "/contacts/c21"],
	];

function each(
	prefix: string,
	count: number,
	path: (id: string) => string,
): string[] {
	return Array.from({ length: count }, (_, i) => path(`${prefix}${i + 1}`));
}
