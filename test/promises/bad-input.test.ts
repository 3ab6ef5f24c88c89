/** Bad input is told next to its field, all of it at once, in exact words, and never costs a call. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { schema } from "../../src/schema.ts";
import { startWorld, type World } from "../support/world.ts";

const elsewhere = (type: string, ...ids: string[]) =>
	Buffer.from(`${type}:sandbox-location-2/${ids.join("/")}`).toString(
		"base64url",
	);
const here = (type: string, ...ids: string[]) =>
	Buffer.from(`${type}:sandbox-location-1/${ids.join("/")}`).toString(
		"base64url",
	);

const FOREIGN =
	"This id belongs to another location than the one this request is for. Send the request for that location.";
const ID = (name: string, came: string) =>
	`${name} must be an id of 1 to 64 letters, digits or . _ ~ : @ - (not only dots), but got ${came}. Pass the id as the API returned it.`;
const EMPTY = (name: string) =>
	`${name} must not be empty. Leave it out to keep what is there, or pass null to clear it where that is possible.`;
const EMAIL = (came: string) =>
	`email must be an e-mail address such as ada@example.com, but got ${came}.`;
const PHONE = (came: string, of = " or one of US") =>
	`phone must be a whole phone number, such as +13125550142${of}, without an extension, but got ${came}.`;
const URL_ = (came: string) =>
	`website must be a web address such as https://example.com, but got ${came}.`;
const ZONE = (came: string) =>
	`timezone must be an IANA time zone such as America/Chicago, but got ${came}.`;
const DAY = (name: string, came: string) =>
	`${name} must be an existing day as YYYY-MM-DD, but got ${came}.`;
const INSTANT = (name: string, came: string) =>
	`${name} must be an ISO 8601 instant with an offset, such as 2026-03-01T09:30:00Z, but got ${came}.`;
const COUNTRY = (name: string, came: string) =>
	`${name} must be a two-letter country code such as US, but got ${came}.`;
const NOTHING = (beside: string) =>
	`Nothing to change. Give at least one field beside ${beside}.`;
const WRONG_TYPE = (wanted: string, came: string) =>
	`Expected the id of a ${wanted}, but got the id of a ${came}. Pass the id of a ${wanted}.`;

type Refused = readonly [field: string | null, message: string, code?: string];
type Row = readonly [mutation: string, input: object, ...errors: Refused[]];

const TASK = {
	contactId: "c1",
	title: "Call",
	dueDate: "2026-12-01T10:00:00Z",
};
const BOOKING = {
	contactId: "c1",
	calendarId: "cal1",
	startTime: "2027-03-01T10:00:00Z",
};

const ROWS: readonly Row[] = [
	[
		"createContact",
		{},
		[
			null,
			"A contact needs something to know it by, but got none: give a name, an email, a phone or a companyName.",
		],
	],
	[
		"createContact",
		{ city: "Ulm" },
		[
			null,
			"A contact needs something to know it by, but got none: give a name, an email, a phone or a companyName.",
		],
	],
	["createContact", { email: "ada" }, ["email", EMAIL('"ada"')]],
	[
		"createContact",
		{ email: "ada@localhost" },
		["email", EMAIL('"ada@localhost"')],
	],
	[
		"createContact",
		{ email: "a b@example.com" },
		["email", EMAIL('"a b@example.com"')],
	],
	["createContact", { email: "" }, ["email", EMAIL('""')]],
	[
		"createContact",
		{ email: "ada@example..com" },
		["email", EMAIL('"ada@example..com"')],
	],
	["createContact", { firstName: "   " }, ["firstName", EMPTY("firstName")]],
	[
		"createContact",
		{ firstName: "Ada\nLovelace" },
		[
			"firstName",
			"firstName must be one line of at most 1000 characters, but got 12 with control characters.",
		],
	],
	[
		"createContact",
		{ lastName: "x".repeat(1001) },
		[
			"lastName",
			"lastName must be one line of at most 1000 characters, but got 1001.",
		],
	],
	[
		"createContact",
		{ name: "Ada Lovelace", firstName: "Ada" },
		[
			"name",
			"name is given with firstName or lastName, and HighLevel does not say which counts. Pass the whole name or its parts.",
		],
	],
	["createContact", { phone: "12" }, ["phone", PHONE('"12"')]],
	[
		"createContact",
		{ phone: "+1 312 555" },
		["phone", PHONE('"+1 312 555"', "")],
	],
	["createContact", { phone: "call me" }, ["phone", PHONE('"call me"')]],
	[
		"createContact",
		{ phone: "+13125550142 ext. 7" },
		["phone", PHONE('"+13125550142 ext. 7"', "")],
	],
	[
		"createContact",
		{ phone: "3125550142", phoneCountry: "XX" },
		["phoneCountry", COUNTRY("phoneCountry", '"XX"')],
	],
	[
		"createContact",
		{ phone: "312555", phoneCountry: "US" },
		["phone", PHONE('"312555"', " or one of US")],
	],
	[
		"createContact",
		{ firstName: "Ada", country: "United Kingdom" },
		["country", COUNTRY("country", '"United Kingdom"')],
	],
	[
		"createContact",
		{ firstName: "Ada", website: "javascript:alert(1)" },
		["website", URL_('"javascript:alert(1)"')],
	],
	[
		"createContact",
		{ firstName: "Ada", website: "not a site" },
		["website", URL_('"not a site"')],
	],
	[
		"createContact",
		{ firstName: "Ada", website: "https://localhost" },
		["website", URL_('"https://localhost"')],
	],
	[
		"createContact",
		{ firstName: "Ada", website: "https://user:secret@example.com" },
		["website", URL_('"https://user:secret@example.com"')],
	],
	[
		"createContact",
		{ firstName: "Ada", timezone: "Mars/Olympus" },
		["timezone", ZONE('"Mars/Olympus"')],
	],
	[
		"createContact",
		{ firstName: "Ada", timezone: "+05:00" },
		["timezone", ZONE('"+05:00"')],
	],
	[
		"createContact",
		{ firstName: "Ada", dateOfBirth: "1990-02-30" },
		["dateOfBirth", DAY("dateOfBirth", '"1990-02-30"')],
	],
	[
		"createContact",
		{ firstName: "Ada", dateOfBirth: "10.12.1815" },
		["dateOfBirth", DAY("dateOfBirth", '"10.12.1815"')],
	],
	[
		"createContact",
		{ firstName: "Ada", tags: ["vip", " "] },
		[
			"tags.1",
			"A tag must not be empty, but this one is. Give its name, or remove it.",
		],
	],
	[
		"createContact",
		{ firstName: "Ada", assignedUserId: "../u1" },
		["assignedUserId", ID("assignedUserId", '"../u1"')],
	],
	[
		"createContact",
		{ firstName: "Ada", assignedUserId: here("Contact", "c1") },
		["assignedUserId", WRONG_TYPE("User", "Contact")],
	],
	[
		"createContact",
		{ firstName: "Ada", assignedUserId: elsewhere("User", "u1") },
		["assignedUserId", FOREIGN, "FORBIDDEN"],
	],
	[
		"createContact",
		{ firstName: "Ada", inboundDnd: "PERMANENT" },
		[
			"inboundDnd",
			"inboundDnd must be ACTIVE or INACTIVE, but got PERMANENT. Only the DND of a channel may be permanent: see dndSettings.",
		],
	],
	[
		"createContact",
		{
			firstName: "Ada",
			dndSettings: [
				{ channel: "SMS", status: "ACTIVE" },
				{ channel: "SMS", status: "INACTIVE" },
			],
		},
		[
			"dndSettings.1.channel",
			"Each channel may be given once, but this one is given twice. Remove one of the two.",
		],
	],
	[
		"createContact",
		{ firstName: "Ada", idempotencyKey: "" },
		[
			"idempotencyKey",
			"idempotencyKey must have 1 to 255 characters, but got 0. Use a UUID, for example, or leave it out.",
		],
	],
	[
		"createContact",
		{ firstName: "Ada", idempotencyKey: "k".repeat(256) },
		[
			"idempotencyKey",
			"idempotencyKey must have 1 to 255 characters, but got 256. Use a UUID, for example, or leave it out.",
		],
	],
	[
		"createContact",
		{
			firstName: "",
			email: "ada",
			phone: "12",
			website: "x",
			timezone: "x/y",
			dateOfBirth: "1990",
			country: "Z",
			tags: [""],
		},
		[
			"tags.0",
			"A tag must not be empty, but this one is. Give its name, or remove it.",
		],
		["firstName", EMPTY("firstName")],
		["email", EMAIL('"ada"')],
		["country", COUNTRY("country", '"Z"')],
		["website", URL_('"x"')],
		["timezone", ZONE('"x/y"')],
		["dateOfBirth", DAY("dateOfBirth", '"1990"')],

		[
			"phone",
			'phone must be a phone number with country code, such as +13125550142, or be given with phoneCountry, but got "12".',
		],
	],
	["updateContact", { contactId: "c1" }, [null, NOTHING("contactId")]],
	[
		"updateContact",
		{ contactId: "", city: "Ulm" },
		["contactId", ID("contactId", '""')],
	],
	[
		"updateContact",
		{ contactId: "..", city: "Ulm" },
		["contactId", ID("contactId", '".."')],
	],
	[
		"updateContact",
		{ contactId: elsewhere("Contact", "c1"), city: "Ulm" },
		["contactId", FOREIGN, "FORBIDDEN"],
	],
	[
		"updateContact",
		{ contactId: here("Task", "c1", "t1"), city: "Ulm" },
		["contactId", WRONG_TYPE("Contact", "Task")],
	],
	[
		"updateContact",
		{ contactId: "c1", dnd: null },
		[
			"dnd",
			"dnd cannot be cleared as a whole. Leave it out, or say what it shall be.",
		],
	],
	[
		"updateContact",
		{ contactId: "c1", customFields: null },
		[
			"customFields",
			"customFields cannot be cleared as a whole. Leave it out, or say what it shall be.",
		],
	],
	[
		"updateContact",
		{ contactId: "c/1", email: "x", firstName: "" },
		["contactId", ID("contactId", '"c/1"')],
		["firstName", EMPTY("firstName")],
		["email", EMAIL('"x"')],
	],
	[
		"upsertContact",
		{ firstName: "Ada" },
		[
			"email",
			"upsertContact finds a contact by its email or phone, but got neither. To change one by its id, use updateContact.",
		],
	],
	[
		"upsertContact",
		{ email: "ada@example" },
		["email", EMAIL('"ada@example"')],
	],
	[
		"deleteContact",
		{ contactId: "a b" },
		["contactId", ID("contactId", '"a b"')],
	],
	[
		"addContactTags",
		{ contactId: "c1", tags: [] },
		[
			"tags",
			"tags needs at least one tag, but got none. List those that are meant.",
		],
	],
	[
		"removeContactTags",
		{ contactId: "?", tags: [""] },
		["contactId", ID("contactId", '"?"')],
		[
			"tags.0",
			"A tag must not be empty, but this one is. Give its name, or remove it.",
		],
	],
	[
		"setContactTags",
		{ contactId: "c1", tags: ["ok", "\t"] },
		[
			"tags.1",
			"A tag must not be empty, but this one is. Give its name, or remove it.",
		],
	],
	[
		"addContactFollowers",
		{ contactId: "c1", userIds: [] },
		[
			"userIds",
			"userIds needs at least one id, but got none. List those that are meant.",
		],
	],
	[
		"removeContactFollowers",
		{ contactId: "c1", userIds: ["u1", "%2e"] },
		["userIds.1", ID("userIds", '"%2e"')],
	],
	[
		"addContactToCampaign",
		{ contactId: "c1", campaignId: "removeAll" },
		[
			"campaignId",
			"campaignId must be the id of a campaign. To leave all of them, use removeContactFromAllCampaigns.",
		],
	],
	[
		"removeContactFromCampaign",
		{ contactId: "c1", campaignId: "removeAll" },
		[
			"campaignId",
			"campaignId must be the id of a campaign. To leave all of them, use removeContactFromAllCampaigns.",
		],
	],
	[
		"removeContactFromAllCampaigns",
		{ contactId: "c1/campaigns" },
		["contactId", ID("contactId", '"c1/campaigns"')],
	],
	[
		"addContactToWorkflow",
		{ contactId: "c1", workflowId: "w1", eventStartTime: "tomorrow" },
		["eventStartTime", INSTANT("eventStartTime", '"tomorrow"')],
	],
	[
		"removeContactFromWorkflow",
		{ contactId: "c1", workflowId: here("Campaign", "camp1") },
		["workflowId", WRONG_TYPE("Workflow", "Campaign")],
	],
	[
		"updateTagsOfContacts",
		{ contactIds: [], action: "ADD", tags: ["x"] },
		[
			"contactIds",
			"contactIds needs at least one id, but got none. List those that are meant.",
		],
	],
	[
		"updateTagsOfContacts",
		{ contactIds: ["c1"], action: "ADD" },
		[
			"tags",
			"tags needs at least one tag, but got none. List those that are meant.",
		],
	],
	[
		"updateTagsOfContacts",
		{ contactIds: ["c1"], action: "REMOVE_ALL", tags: ["x"] },
		[
			"tags",
			"REMOVE_ALL takes every tag off, so it takes no tags. Use REMOVE for some.",
		],
	],
	[
		"updateTagsOfContacts",
		{ contactIds: ["c1", "a/b"], action: "ADD", tags: ["x"] },
		["contactIds.1", ID("contactIds", '"a/b"')],
	],
	[
		"setBusinessOfContacts",
		{ contactIds: ["c1"] },
		[
			"businessId",
			"businessId must be given, but is missing: pass an id, or null to take the contacts out of their business.",
		],
	],
	["createTask", { ...TASK, title: "" }, ["title", EMPTY("title")]],
	[
		"createTask",
		{ ...TASK, dueDate: "2026-12-01" },
		["dueDate", INSTANT("dueDate", '"2026-12-01"')],
	],
	[
		"createTask",
		{ ...TASK, dueDate: "2026-02-30T10:00:00Z" },
		["dueDate", INSTANT("dueDate", '"2026-02-30T10:00:00Z"')],
	],
	[
		"createTask",
		{ ...TASK, dueDate: "2026-12-01T10:00:00" },
		["dueDate", INSTANT("dueDate", '"2026-12-01T10:00:00"')],
	],
	[
		"createTask",
		{ ...TASK, body: "\u0000" },
		[
			"body",
			"body must be text of at most 65000 characters without control characters, but got 1 with control characters.",
		],
	],
	[
		"createTask",
		{ ...TASK, contactId: "", title: " ", assignedUserId: "" },
		["contactId", ID("contactId", '""')],
		["title", EMPTY("title")],
		["assignedUserId", ID("assignedUserId", '""')],
	],
	[
		"updateTask",
		{ taskId: "t1", title: "x" },
		[
			"contactId",
			"contactId is needed when taskId is HighLevel's own id. Pass both, or the global id alone.",
		],
	],
	[
		"updateTask",
		{ taskId: here("Task", "c1", "t1") },
		[null, NOTHING("taskId")],
	],
	[
		"updateTask",
		{ taskId: here("Task", "c1", "t1"), contactId: "c2", title: "x" },
		[
			"contactId",
			"contactId does not belong to taskId. Leave it out: the global id holds it.",
		],
	],
	[
		"updateTask",
		{
			taskId: here("Task", "c1", "t1"),
			title: null,
			dueDate: null,
			completed: null,
		},
		[
			"title",
			"title cannot be cleared: every task has one. Leave it out to keep it.",
		],
		[
			"dueDate",
			"dueDate cannot be cleared: every task has one. Leave it out to keep it.",
		],
		[
			"completed",
			"completed cannot be cleared: every task has one. Leave it out to keep it.",
		],
	],
	[
		"completeTask",
		{ taskId: here("Note", "c1", "n1") },
		["taskId", WRONG_TYPE("Task", "Note")],
	],
	[
		"reopenTask",
		{ taskId: "t1" },
		[
			"contactId",
			"contactId is needed when taskId is HighLevel's own id. Pass both, or the global id alone.",
		],
	],
	[
		"deleteTask",
		{ taskId: elsewhere("Task", "c1", "t1") },
		["taskId", FOREIGN, "FORBIDDEN"],
	],
	[
		"createNote",
		{ contactId: "c1", body: "  " },
		[
			"body",
			"body must not be empty, but is. Give it some text, or leave it out where that is possible.",
		],
	],
	[
		"createNote",
		{ contactId: "c1", body: "x", color: "red" },
		[
			"color",
			'color must be written as #RRGGBB, such as #FFAA00, but got "red".',
		],
	],
	[
		"updateNote",
		{ noteId: here("Note", "c1", "n1"), body: null, pinned: null },
		["body", "body of a note cannot be cleared. Leave it out to keep it."],
		["pinned", "pinned of a note cannot be cleared. Leave it out to keep it."],
	],
	[
		"updateNote",
		{ noteId: here("Note", "c1", "n1") },
		[null, NOTHING("noteId")],
	],
	[
		"deleteNote",
		{ noteId: "n1" },
		[
			"contactId",
			"contactId is needed when noteId is HighLevel's own id. Pass both, or the global id alone.",
		],
	],
	[
		"createAppointment",
		{ ...BOOKING, startTime: "2027-03-01 10:00" },
		["startTime", INSTANT("startTime", '"2027-03-01 10:00"')],
	],
	[
		"createAppointment",
		{ ...BOOKING, endTime: "2027-03-01T10:00:00Z" },
		[
			"endTime",
			"endTime must be later than startTime, but is not. Move one of them.",
		],
	],
	[
		"createAppointment",
		{ ...BOOKING, rrule: "every day", ignoreFreeSlotValidation: true },
		[
			"rrule",
			'rrule must be an iCalendar rule such as RRULE:FREQ=DAILY;INTERVAL=1;COUNT=5, but got "every day".',
		],
	],
	[
		"createAppointment",
		{ ...BOOKING, rrule: "RRULE:FREQ=DAILY" },
		[
			"rrule",
			"rrule counts only together with ignoreFreeSlotValidation: true, which is not set. Set it, or leave rrule out.",
		],
	],
	[
		"createAppointment",
		{ ...BOOKING, contactId: "#", calendarId: "" },
		["contactId", ID("contactId", '"#"')],
		["calendarId", ID("calendarId", '""')],
	],
	[
		"updateAppointment",
		{ appointmentId: "a1" },
		[null, NOTHING("appointmentId")],
	],
	[
		"updateAppointment",
		{ appointmentId: "a1", title: null, status: null },
		[
			"status",
			"status of an appointment cannot be cleared. Leave it out to keep it.",
		],
		[
			"title",
			"title of an appointment cannot be cleared. Leave it out to keep it.",
		],
	],
	[
		"deleteAppointment",
		{ appointmentId: "a1/notes" },
		["appointmentId", ID("appointmentId", '"a1/notes"')],
	],
	[
		"createAppointmentNote",
		{ appointmentId: "a1", body: "" },
		[
			"body",
			"body must not be empty, but is. Give it some text, or leave it out where that is possible.",
		],
	],
	[
		"updateAppointmentNote",
		{ noteId: "an1", body: "x" },
		[
			"appointmentId",
			"appointmentId is needed when noteId is HighLevel's own id. Pass both, or the global id alone.",
		],
	],
	[
		"deleteAppointmentNote",
		{ noteId: "an1", appointmentId: "" },
		["appointmentId", ID("appointmentId", '""')],
	],
	["createTag", { name: " " }, ["name", EMPTY("name")]],
	[
		"renameTag",
		{ tagId: "a b", name: "" },
		["tagId", ID("tagId", '"a b"')],
		["name", EMPTY("name")],
	],
	[
		"deleteTag",
		{ tagId: here("Contact", "c1") },
		["tagId", WRONG_TYPE("Tag", "Contact")],
	],
];

describe("bad input", () => {
	let world: World;
	beforeAll(async () => {
		world = await startWorld({ contacts: 1 });
	});
	afterAll(() => world[Symbol.asyncDispose]());

	test("comes in at least sixty kinds, and every mutation has its own", () => {
		expect(ROWS.length).toBeGreaterThanOrEqual(60);
		const mutations = Object.entries(
			schema.getMutationType()?.getFields() ?? {},
		)
			.filter(([, { args }]) => args.some(({ name }) => name === "input"))
			.map(([name]) => name);
		expect(mutations).toHaveLength(33);
		expect([...new Set(ROWS.map(([name]) => name))].sort()).toEqual(
			mutations.sort(),
		);
	});

	test.each(ROWS.map((row, index) => [index, row] as const))(
		"row %i: %j is refused before any call",
		async (_, [name, input, ...errors]) => {
			const data = await world.query(
				`mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { userErrors { code message field } } }`,
				{ input },
			);
			expect(data[name].userErrors).toEqual(
				errors.map(([field, message, code = "INVALID"]) => ({
					code,
					message,
					field: field === null ? null : field.split("."),
				})),
			);
			expect(world.calls).toBeExactly();
		},
	);
});

describe("a global id that is not exactly as it was given", () => {
	const CHANGED =
		/^Expected the id of a \w+ exactly as its field `id` gave it, but this one was changed or cut\. /;
	const encode = (text: string | Buffer) =>
		Buffer.from(text).toString("base64url");
	const L = "sandbox-location-1";
	/** What decodes, where decoding is generous, to the ids of `type`, or to more or fewer of them. */
	const near = (type: string, ...ids: string[]): readonly string[] => {
		const exact = here(type, ...ids);
		return [
			here(type, "c9", ...ids),
			here(type, ...ids.slice(1)),
			here(type, ...ids, ""),
			here(type, "", ...ids.slice(1)),
			encode(`${type}:${L}`),
			encode(`${type}:/${ids.join("/")}`),
			encode(`${type}:${L}//${ids.join("/")}`),
			encode(`${type}:${L}/${ids.join("/")}\n`),
			here(type, ...ids.slice(1), ".."),
			encode(
				Buffer.concat([
					Buffer.from(`${type}:${L}/${ids.join("/")}`),
					Buffer.from([0xff]),
				]),
			),
			`${exact}=`,
			`${exact}==`,
			`${exact}!`,
			`${exact}==AAAA`,
			` ${exact}`,
			`${exact.slice(0, 4)}\n${exact.slice(4)}`,
			`${exact.slice(0, 4)}.${exact.slice(4)}`,
		];
	};
	const OF: Readonly<Record<string, readonly string[]>> = {
		Contact: ["c1"],
		Task: ["c1", "t1"],
		Note: ["c1", "n1"],
		Appointment: ["a1"],
		AppointmentNote: ["a1", "an1"],
		Tag: ["tag1"],
		Business: ["b1"],
		User: ["u1"],
	};

	let world: World;
	beforeAll(async () => {
		world = await startWorld({ contacts: 2 });
	});
	afterAll(() => world[Symbol.asyncDispose]());

	const WRITES: readonly (readonly [string, string, object, string])[] = [
		["deleteContact", "Contact", {}, "contactId"],
		["updateContact", "Contact", { city: "x" }, "contactId"],
		["addContactTags", "Contact", { tags: ["x"] }, "contactId"],
		["deleteTask", "Task", {}, "taskId"],
		["completeTask", "Task", {}, "taskId"],
		["deleteNote", "Note", {}, "noteId"],
		["deleteAppointment", "Appointment", {}, "appointmentId"],
		["deleteAppointmentNote", "AppointmentNote", {}, "noteId"],
		["deleteTag", "Tag", {}, "tagId"],
	];
	test.each(WRITES)(
		"%s refuses it before any call",
		async (name, type, beside, field) => {
			for (const id of near(type, ...(OF[type] as string[]))) {
				const data = await world.query(
					`mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { userErrors { message field } } }`,
					{ input: { ...beside, [field]: id } },
				);
				expect(data[name].userErrors, JSON.stringify(id)).toEqual([
					{ message: expect.stringMatching(CHANGED), field: [field] },
				]);
			}
			expect(world.calls).toBeExactly();
		},
	);

	const READS: readonly (readonly [string, string, string])[] = [
		["contact", "Contact", "contact(id: $id) { name }"],
		["appointment", "Appointment", "appointment(id: $id) { title }"],
		["business", "Business", "business(id: $id) { name }"],
		["node", "Contact", "node(id: $id) { id }"],
		["node of a task", "Task", "node(id: $id) { id }"],
		["nodes", "Note", "nodes(ids: [$id]) { id }"],
		[
			"tasks of contacts",
			"Contact",
			"tasks(contactIds: [$id]) { nodes { id } }",
		],
		[
			"tasks of users",
			"User",
			"tasks(assignedUserIds: [$id]) { nodes { id } }",
		],
		[
			"a filter",
			"Contact",
			"contacts(filter: { id: { eq: $id } }) { totalCount }",
		],
		["changes", "Contact", "changes(contactIds: [$id]) { nodes { cursor } }"],
	];
	test.each(READS)("%s refuses it before any call", async (_, type, field) => {
		for (const id of near(type, ...(OF[type] as string[]))) {
			const errors = await world.fails(`query ($id: ID!) { ${field} }`, { id });
			expect(errors, JSON.stringify(id)).toMatchObject([
				{
					message: expect.stringMatching(CHANGED),
					extensions: { code: "BAD_USER_INPUT" },
				},
			]);
		}
		expect(world.calls).toBeExactly();
	});

	test("an id of HighLevel's own that decodes to something is none of ours", async () => {
		for (const contactId of [encode("A:b/c"), encode("Other:L/c1"), "c1"]) {
			await world.query("query ($id: ID!) { contact(id: $id) { name } }", {
				id: contactId,
			});
		}
		expect(world.calls).toBeExactly(
			`GET /contacts/${encode("A:b/c")}`,
			`GET /contacts/${encode("Other:L/c1")}`,
			"GET /contacts/c1",
		);
		world.upstream.clearCalls();
	});
});

const DEFINED: readonly (readonly [
	key: string,
	value: unknown,
	message: string,
	at?: string,
])[] = [
	[
		"no_such_field",
		"x",
		'This location has no custom field for contacts with the key or id "no_such_field". location { customFields { key name } } lists them.',
		"key",
	],
	[
		"employees",
		"many",
		'Employees (NUMERICAL) takes a number, but got "many".',
	],
	["discount", true, "Discount (FLOAT) takes a number, but got true."],
	[
		"size",
		"Huge",
		'Size (SINGLE_OPTIONS) takes one of its options: "Small", "Medium", "Large", but got "Huge".',
	],
	[
		"interests",
		"Solar",
		'Interests (CHECKBOX) takes a list of its options: "Roofing", "Solar", "Heating", "Windows", but got "Solar".',
	],
	[
		"interests",
		["Solar", "Wind"],
		'Interests (CHECKBOX) takes a list of its options: "Roofing", "Solar", "Heating", "Windows", but got ["Solar","Wind"].',
	],
	[
		"contract_start",
		"2026-02-30",
		'value must be an existing day as YYYY-MM-DD, but got "2026-02-30".',
	],
	[
		"contract_start",
		5,
		"Contract start (DATE) takes a day as YYYY-MM-DD, but got 5.",
	],
	[
		"best_time_to_call",
		"25:00",
		'Best time to call (TIME) takes a time of day as HH:MM, but got "25:00".',
	],
	[
		"billing_e_mail",
		"ada",
		'value must be an e-mail address such as ada@example.com, but got "ada".',
	],
	[
		"vehicles",
		{ Bike: "x" },
		'Vehicles (TEXTBOX_LIST) takes an object of texts by box: Car, Van, but got {"Bike":"x"}.',
	],
	[
		"documents",
		"scan.pdf",
		'Documents (FILE_UPLOAD) takes files, which cannot be written through this API, but got "scan.pdf".',
	],
	[
		"job_title",
		7,
		"Job title (TEXT) takes text that is not empty (null clears it), but got 7.",
	],
];

test("custom fields are checked against their types together, after one read of the definitions and before the write", async () => {
	await using world = await startWorld({ contacts: 1 });
	for (const one of ["updateContact", "createContact"] as const) {
		const own =
			one === "updateContact" ? { contactId: "c1" } : { firstName: "Ada" };
		const { [one]: answer } = await world.query(
			`mutation ($input: ${one === "updateContact" ? "Update" : "Create"}ContactInput!) { ${one}(input: $input) { userErrors { code message field } } }`,
			{
				input: {
					...own,
					customFields: DEFINED.map(([key, value]) => ({ key, value })),
				},
			},
		);
		// A field that comes twice is told as well; here that is interests and contract_start.
		const told = answer.userErrors.filter(
			({ message }: { message: string }) =>
				!message.startsWith("Each custom field may be given once"),
		);
		expect(told).toEqual(
			DEFINED.map(([, , message, at = "value"], index) => ({
				code: "INVALID",
				message,
				field: ["customFields", String(index), at],
			})),
		);
	}
	expect(world.calls).toBeExactly(
		"GET /locations/sandbox-location-1/customFields",
	);
});
