/** What a client can write into contacts, and what is refused next to its field. */
import { expect, test } from "vitest";
import { mutate, tryMutate } from "../support/mutate.ts";
import { startWorld } from "../support/world.ts";

const CREATE = `mutation ($input: CreateContactInput!) {
	createContact(input: $input) {
		contact { contactId name firstName email phone tags dateOfBirth customFields { key value } }
		userErrors { __typename code message field ... on DuplicateContactError { contact { contactId email } } }
	}
}`;

test("a contact is created with its phone in international form and shown as it was written", async () => {
	await using world = await startWorld({ contacts: 1 });
	const { createContact } = await world.query(CREATE, {
		input: {
			firstName: "Ada",
			lastName: "Lovelace",
			email: "ada@example.com",
			phone: "(312) 555-0142",
			phoneCountry: "us",
			dateOfBirth: "1985-12-10",
			tags: ["vip"],
			customFields: [{ key: "size", value: "Small" }],
		},
	});
	expect(createContact.userErrors).toEqual([]);
	expect(createContact.contact).toMatchObject({
		name: "Ada Lovelace",
		email: "ada@example.com",
		phone: "+13125550142",
		tags: ["vip"],
		dateOfBirth: "1985-12-10",
		customFields: [{ key: "size", value: "Small" }],
	});
	expect(world.calls).toBeExactly(
		"GET /locations/sandbox-location-1/customFields",
		"POST /contacts/",
		"GET /contacts/*",
	);
});

test("a duplicate is refused with the contact that exists and the field that matched", async () => {
	await using world = await startWorld({ contacts: 1 });
	await world.query(CREATE, { input: { email: "ada@example.com" } });
	const { createContact } = await world.query(CREATE, {
		input: { firstName: "Ada", email: "ADA@example.com" },
	});
	expect(createContact).toEqual({
		contact: null,
		userErrors: [
			{
				__typename: "DuplicateContactError",
				code: "DUPLICATE_CONTACT",
				message:
					"Another contact has this email already, and the location does not allow two.",
				field: ["email"],
				contact: { contactId: "c2", email: "ada@example.com" },
			},
		],
	});
});

test("an update changes what is given, clears what is null, and leaves everything else, tags too", async () => {
	await using world = await startWorld({ contacts: 1 });
	const shown =
		'contact(id: "c1") { firstName lastName email phone city country postalCode companyName source tags dnd followerIds customFields { customFieldId value } }';
	await mutate(world, "addContactTags", { contactId: "c1", tags: ["kept"] });
	await mutate(world, "updateContact", {
		contactId: "c1",
		city: "Ulm",
		country: "DE",
		postalCode: "89073",
		source: "api",
	});
	const { contact: before } = await world.query(`{ ${shown} }`);
	expect(before).toMatchObject({
		city: "Ulm",
		country: "DE",
		postalCode: "89073",
		source: "api",
	});
	await mutate(world, "updateContact", {
		contactId: "c1",
		lastName: "Byron",
		city: null,
		postalCode: null,
		source: null,
	});
	const { contact: after } = await world.query(`{ ${shown} }`);
	expect(after).toEqual({
		...before,
		lastName: "Byron",
		city: null,
		postalCode: null,
		source: null,
	});
	expect(after.tags).toContain("kept");
});

test("an update sends only what was given", async () => {
	await using world = await startWorld({ contacts: 1 });
	await mutate(world, "updateContact", { contactId: "c1", city: "Ulm" });
	const [put] = world.sandbox.calls().filter(({ method }) => method === "PUT");
	expect(put?.body).toEqual({ city: "Ulm" });
});

test("a national number is read as one of the location when nothing else says where it is from", async () => {
	await using world = await startWorld({ contacts: 1 });
	const { contact } = await mutate(world, "createContact", {
		phone: "(312) 555-0142",
	});
	expect(contact.phone).toBe("+13125550142");
	const { contact: german } = await mutate(world, "createContact", {
		phone: "0731 1610",
		country: "DE",
	});
	expect(german.phone).toBe("+497311610");
});

test("custom fields are written by key in the form their type has, and cleared by null", async () => {
	await using world = await startWorld({ contacts: 1 });
	const write = (customFields: object) =>
		world.query(
			"mutation ($input: UpdateContactInput!) { updateContact(input: $input) { contact { customFields { key value } } userErrors { message } } }",
			{ input: { contactId: "c1", customFields } },
		);
	const values = {
		job_title: "Owner",
		employees: 12,
		interests: ["Solar", "Roofing"],
		size: "Large",
		contract_start: "2026-05-01",
		best_time_to_call: "09:30",
		billing_e_mail: "bills@example.com",
	};
	const { updateContact } = await write(
		Object.entries(values).map(([key, value]) => ({ key, value })),
	);
	expect(updateContact.userErrors).toEqual([]);
	const held = Object.fromEntries(
		updateContact.contact.customFields.map(
			({ key, value }: { key: string; value: unknown }) => [key, value],
		),
	);
	expect(held).toMatchObject({ ...values, employees: "12" });
	const cleared = await write(
		Object.keys(values).map((key) => ({ key, value: null })),
	);
	const left = cleared.updateContact.contact.customFields.filter(
		({ key, value }: { key: string; value: unknown }) =>
			key in values && !(Array.isArray(value) && value.length === 0),
	);
	expect(left).toEqual([]);
});

test("upsert changes the contact that has the e-mail, keeps its tags and says that it was there", async () => {
	await using world = await startWorld({ contacts: 1 });
	const made = await mutate(world, "upsertContact", {
		email: "ada@example.com",
		firstName: "Ada",
		tags: ["one"],
	});
	expect(made.created).toBe(true);
	const again = await mutate(world, "upsertContact", {
		email: "ada@example.com",
		firstName: "Augusta",
		tags: ["two"],
	});
	expect(again).toMatchObject({
		created: false,
		contact: {
			contactId: made.contact.contactId,
			name: "Augusta",
			tags: ["one", "two"],
		},
	});
});

test("a bulk change is split at the size HighLevel takes, which is found once and remembered", async () => {
	await using world = await startWorld({
		contacts: 20,
		sandbox: { bulkMax: 6 },
	});
	const contactIds = Array.from({ length: 20 }, (_, n) => `c${n + 1}`);
	const { results } = await mutate(world, "updateTagsOfContacts", {
		contactIds,
		action: "ADD",
		tags: ["bulk"],
	});
	expect(results).toEqual(
		contactIds.map((contactId) => ({
			contactId,
			state: "DONE",
			message: null,
		})),
	);
	expect(world.calls.map(({ status }) => status)).toEqual([
		422, 422, 201, 201, 201, 201,
	]);
	world.upstream.clearCalls();
	await mutate(world, "updateTagsOfContacts", {
		contactIds,
		action: "REMOVE",
		tags: ["bulk"],
	});
	expect(world.calls.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
});

test("a bulk change tells of each contact, and one that is not there does not take the others along", async () => {
	await using world = await startWorld({ contacts: 3 });
	const { results } = await mutate(world, "updateTagsOfContacts", {
		contactIds: ["c1", "nobody", "c3"],
		action: "ADD",
		tags: ["x"],
	});
	expect(results).toEqual([
		{ contactId: "c1", state: "DONE", message: null },
		{
			contactId: "nobody",
			state: "FAILED",
			message: "contact id is not a valid firebase id",
		},
		{ contactId: "c3", state: "DONE", message: null },
	]);
	const business = await mutate(world, "setBusinessOfContacts", {
		contactIds: ["c1", "nobody"],
		businessId: "b2",
	});
	expect(business.results).toEqual([
		{ contactId: "c1", state: "DONE", message: null },
		{
			contactId: "nobody",
			state: "FAILED",
			message: "Contact with id nobody not found",
		},
	]);
});

test("a part of a bulk change whose answer is lost is told contact by contact from reading them", async () => {
	await using world = await startWorld({
		contacts: 4,
		sandbox: { bulkMax: 2 },
	});
	await mutate(world, "updateTagsOfContacts", {
		contactIds: ["c1", "c2", "c3"],
		action: "ADD",
		tags: ["first"],
	});
	world.upstream.next({
		kind: "lostAnswer",
		match: { path: "/contacts/bulk" },
	});
	world.upstream.next({ kind: "drop", match: { path: "/contacts/bulk" } });
	const { results } = await mutate(world, "updateTagsOfContacts", {
		contactIds: ["c1", "c2", "c3", "c4"],
		action: "ADD",
		tags: ["second"],
	});
	expect(results.map(({ state }: { state: string }) => state)).toEqual([
		"DONE",
		"DONE",
		"UNKNOWN",
		"UNKNOWN",
	]);
});

const REFUSALS: readonly (readonly [
	mutation: string,
	input: object,
	error: object,
])[] = [
	[
		"updateContact",
		{ contactId: "nobody", city: "Ulm" },
		{ code: "NOT_FOUND", field: ["contactId"] },
	],
	[
		"deleteContact",
		{ contactId: "nobody" },
		{ code: "NOT_FOUND", field: ["contactId"] },
	],
	[
		"addContactFollowers",
		{ contactId: "c1", userIds: ["u1", "nobody"] },
		{ code: "NOT_FOUND", field: ["userIds", "1"] },
	],
	[
		"addContactToCampaign",
		{ contactId: "c1", campaignId: "none" },
		{ code: "NOT_FOUND", field: ["campaignId"] },
	],
	[
		"addContactToWorkflow",
		{ contactId: "c1", workflowId: "none" },
		{ code: "NOT_FOUND", field: ["workflowId"] },
	],
	[
		"addContactToWorkflow",
		{ contactId: "c1", workflowId: "w5" },
		{ code: "CONFLICT", field: ["workflowId"] },
	],
	[
		"setBusinessOfContacts",
		{ contactIds: ["c1"], businessId: "none" },
		{ code: "NOT_FOUND", field: ["businessId"] },
	],
	[
		"completeTask",
		{ taskId: "none", contactId: "c1" },
		{ code: "NOT_FOUND", field: ["taskId"] },
	],
	[
		"createTask",
		{ contactId: "nobody", title: "x", dueDate: "2026-12-01T10:00:00Z" },
		{ code: "NOT_FOUND", field: ["contactId"] },
	],
	[
		"updateNote",
		{ noteId: "none", contactId: "c1", body: "x" },
		{ code: "NOT_FOUND", field: ["noteId"] },
	],
	[
		"createAppointment",
		{ contactId: "c1", calendarId: "none", startTime: "2027-03-01T10:00:00Z" },
		{ code: "NOT_FOUND", field: ["calendarId"] },
	],
	[
		"createAppointment",
		{ contactId: "c1", calendarId: "cal1", startTime: "2027-03-01T10:00:00Z" },
		{ code: "INVALID", field: ["assignedUserId"] },
	],
	[
		"createAppointment",
		{
			contactId: "c1",
			calendarId: "cal1",
			startTime: "2027-03-01T10:00:00Z",
			assignedUserId: "u12",
		},
		{ code: "INVALID", field: ["assignedUserId"] },
	],
	[
		"updateAppointment",
		{ appointmentId: "none", title: "x" },
		{ code: "NOT_FOUND", field: ["appointmentId"] },
	],
	[
		"deleteAppointmentNote",
		{ noteId: "none", appointmentId: "a1" },
		{ code: "NOT_FOUND", field: ["noteId"] },
	],
	["createTag", { name: "vip" }, { code: "CONFLICT", field: ["name"] }],
	[
		"renameTag",
		{ tagId: "none", name: "x" },
		{ code: "NOT_FOUND", field: ["tagId"] },
	],
];

test.each(REFUSALS)(
	"%s of %j is refused in HighLevel's words next to its field",
	async (name, input, error) => {
		await using world = await startWorld({ contacts: 1 });
		const payload = await mutate(world, name, input);
		expect(payload.userErrors).toEqual([
			{ message: expect.any(String), ...error },
		]);
	},
);

test("a slot that is taken is a conflict at its start", async () => {
	await using world = await startWorld({ contacts: 1 });
	const booking = {
		contactId: "c1",
		calendarId: "cal1",
		assignedUserId: "u1",
		startTime: "2027-03-01T10:00:00Z",
	};
	expect(
		(await mutate(world, "createAppointment", booking)).userErrors,
	).toEqual([]);
	expect(
		(await mutate(world, "createAppointment", booking)).userErrors,
	).toMatchObject([{ code: "CONFLICT", field: ["startTime"] }]);
});

test.each(["NEW", "CANCELLED", "SHOWED", "NO_SHOW", "INVALID"])(
	"an appointment that is %s stays so when something else of it changes",
	async (status) => {
		await using world = await startWorld({ contacts: 1 });
		const first = await mutate(world, "updateAppointment", {
			appointmentId: "a1",
			status,
		});
		expect(first.appointment.status).toBe(status);
		const second = await mutate(world, "updateAppointment", {
			appointmentId: "a1",
			title: "Moved",
		});
		expect(second.appointment).toMatchObject({
			status,
			title: "Moved",
		});
	},
);

test("what HighLevel refuses in words of its own validator is told at the field they name", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({
		kind: "status",
		status: 422,
		body: {
			statusCode: 422,
			message: [
				"assignedTo must be a user of the location",
				"city must be shorter",
			],
		},
	});
	const { userErrors } = await mutate(world, "updateContact", {
		contactId: "c1",
		city: "Ulm",
		assignedUserId: "u1",
	});
	expect(userErrors).toEqual([
		{
			code: "INVALID",
			message:
				"HighLevel refused it: assignedTo must be a user of the location",
			field: ["assignedUserId"],
		},
		{
			code: "INVALID",
			message: "HighLevel refused it: city must be shorter",
			field: ["city"],
		},
	]);
});

test.each([
	[
		{ kind: "status", status: 400, body: { statusCode: 400 } },
		"UPSTREAM_REJECTED",
	],
	[
		{
			kind: "status",
			status: 400,
			body: { statusCode: 400, message: "Location is not active" },
		},
		"UPSTREAM_REJECTED",
	],
	[
		{
			kind: "status",
			status: 400,
			body: { statusCode: 400, message: "version header is invalid." },
		},
		"UPSTREAM_REJECTED",
	],
	[
		{
			kind: "status",
			status: 401,
			body: { statusCode: 401, message: "Invalid JWT" },
		},
		"UPSTREAM_UNAUTHORIZED",
	],
	[
		{
			kind: "status",
			status: 403,
			body: {
				statusCode: 403,
				message: "The token does not have access to this location.",
			},
		},
		"UPSTREAM_UNAUTHORIZED",
	],
] as const)(
	"a refusal nobody can mend by other input stays an error: %j",
	async (fault, code) => {
		await using world = await startWorld({ contacts: 1 });
		world.upstream.next(fault);
		const { data, errors } = await tryMutate(world, "updateContact", {
			contactId: "c1",
			city: "Ulm",
		});
		expect(data).toEqual({ updateContact: null });
		expect(errors?.map(({ extensions }) => extensions?.code)).toEqual([code]);
	},
);

test.each([
	[400, "Invalid country calling code", "updateContact", null],
	[422, "Invalid country calling code", "updateContact", null],
	[400, "Invalid country calling code", "createContact", null],
	[
		400,
		"Selected slot duration is not a valid duration option for this calendar",
		"createAppointment",
		["endTime"],
	],
])(
	"a write that is refused with %d and %j is told so in those words",
	async (status, message, name, field) => {
		await using world = await startWorld({ contacts: 1 });
		world.upstream.next({
			kind: "status",
			status,
			body: { statusCode: status, message },
		});
		const inputs: Record<string, object> = {
			updateContact: { contactId: "c1", city: "Ulm" },
			createContact: { firstName: "Ada" },
			createAppointment: {
				contactId: "c1",
				calendarId: "cal1",
				startTime: "2027-03-01T10:00:00Z",
			},
		};
		const { userErrors } = await mutate(world, name, inputs[name] ?? {});
		expect(userErrors).toEqual([
			{ code: "INVALID", message: `HighLevel refused it: ${message}`, field },
		]);
		expect(world.calls).toHaveLength(1);
	},
);

test("an option that is held by another word than people see is written and shown as it is held", async () => {
	await using world = await startWorld({ contacts: 1 });
	const options = [
		{ value: "opt_1", name: "Phone" },
		{ value: "opt_2", name: "Post" },
	];
	world.upstream.next({
		kind: "wrongShape",
		body: {
			customFields: [
				{
					id: "cf15",
					name: "Channel",
					fieldKey: "contact.channel",
					dataType: "RADIO",
					picklistOptions: options,
				},
			],
		},
		match: { path: "/locations/" },
		count: 9,
	});
	const write = (value: string) =>
		mutate(world, "updateContact", {
			contactId: "c1",
			customFields: [{ key: "channel", value }],
		});
	for (const value of ["opt_2", "Post"]) {
		world.upstream.clearCalls();
		expect((await write(value)).userErrors).toEqual([]);
		const put = world.calls.find(({ method }) => method === "PUT");
		expect(put?.body).toEqual({
			customFields: [{ id: "cf15", field_value: "opt_2" }],
		});
	}
	expect((await write("Fax")).userErrors).toEqual([
		{
			code: "INVALID",
			message:
				'Channel (RADIO) takes one of its options: "opt_1", "opt_2", but got "Fax".',
			field: ["customFields", "0", "value"],
		},
	]);
	const { contact } = await world.query(
		'{ contact(id: "c1") { customField(key: "channel") { value } } }',
	);
	expect(contact.customField).toEqual({ value: "opt_2" });
});

test("an appointment's times go to HighLevel as they were written, and are compared as instants", async () => {
	await using world = await startWorld({ contacts: 1, appointmentsEach: 0 });
	const input = {
		contactId: "c1",
		calendarId: "cal1",
		assignedUserId: "u1",
		startTime: "2027-03-02T12:00:00-03:00",
		endTime: "2027-03-02T16:30:00+01:00",
	};
	const { appointment, userErrors } = await mutate(
		world,
		"createAppointment",
		input,
	);
	expect(userErrors).toEqual([]);
	expect(appointment.startTime).toBe("2027-03-02T15:00:00.000Z");
	expect(world.calls[0]?.body).toMatchObject({
		startTime: "2027-03-02T12:00:00-03:00",
		endTime: "2027-03-02T16:30:00+01:00",
	});
	const late = await mutate(world, "createAppointment", {
		...input,
		// As text later than its start, as an instant before it.
		endTime: "2027-03-02T15:30:00+01:00",
	});
	expect(late.userErrors).toEqual([
		{
			code: "INVALID",
			message:
				"endTime must be later than startTime, but is not. Move one of them.",
			field: ["endTime"],
		},
	]);
});

test("a lost answer to an appointment with an offset is found again by its instant", async () => {
	await using world = await startWorld({ contacts: 1, appointmentsEach: 0 });
	world.upstream.next({ kind: "lostAnswer", match: { method: "POST" } });
	const { appointment } = await mutate(world, "createAppointment", {
		contactId: "c1",
		calendarId: "cal1",
		assignedUserId: "u1",
		startTime: "2027-03-02T12:00:00-03:00",
	});
	expect(appointment.startTime).toBe("2027-03-02T15:00:00.000Z");
	expect(world.calls.filter(({ method }) => method === "POST")).toHaveLength(1);
});

test("a token without the scope of a write is refused before any call", async () => {
	await using world = await startWorld({ contacts: 1 });
	const token = await world.token({
		scopes: ["contacts.readonly", "contacts.write"],
	});
	for (const [name, input] of [
		[
			"createAppointment",
			{
				contactId: "c1",
				calendarId: "cal1",
				startTime: "2027-03-01T10:00:00Z",
			},
		],
		["createTag", { name: "x" }],
	] as const)
		expect(
			(await tryMutate(world, name, input, { token })).errors?.[0]?.extensions
				?.code,
		).toBe("FORBIDDEN");
	const readOnly = await world.token({ scopes: ["contacts.readonly"] });
	expect(
		(
			await tryMutate(
				world,
				"updateContact",
				{ contactId: "c1", city: "x" },
				{ token: readOnly },
			)
		).errors?.[0]?.extensions?.code,
	).toBe("FORBIDDEN");
	expect(world.calls).toBeExactly();
});
