/** The API answers otherwise than its specification says, and one odd value costs that value and nothing beside it. */
import { describe, expect, test } from "vitest";
import { mutate } from "../support/mutate.ts";
import { startWorld, type World } from "../support/world.ts";

const APPOINTMENT = "/calendars/events/appointments/a1";

const mismatches = (world: World) =>
	world.log
		.filter(({ msg }) => /answers otherwise/.test(String(msg)))
		.map(({ operation, path, what }) => `${operation} ${path}: ${what}`);

/** What the sandbox says of a1, in another wrapping. */
const wrapped = async (
	world: World,
	wrap: (appointment: object) => object,
	more: object = {},
) => {
	const answer = await fetch(`${world.sandbox.url}${APPOINTMENT}`, {
		headers: {
			authorization: `Bearer ${world.sandbox.tokens["sandbox-location-1"]}`,
			version: "2021-04-15",
		},
	});
	const { event, appointment = event } = (await answer.json()) as {
		event?: object;
		appointment?: object;
	};
	world.upstream.clearCalls();
	world.upstream.next({
		kind: "wrongShape",
		body: { ...wrap({ ...appointment, ...more }), traceId: "t" },
		match: { method: "GET", path: APPOINTMENT },
		count: 9,
	});
};

describe.each<[string, (appointment: object) => object, string[]]>([
	["appointment", (appointment) => ({ appointment }), []],
	[
		"event",
		(event) => ({ event }),
		[
			"GET /calendars/events/appointments/{eventId} /appointment: expected here, came as /event",
		],
	],
	[
		"no key",
		(appointment) => appointment,
		[
			"GET /calendars/events/appointments/{eventId} /appointment: expected here, came as the answer itself",
		],
	],
])("an appointment that is answered under %s", (_, wrap, told) => {
	test("is read by its id", async () => {
		await using world = await startWorld({ contacts: 1 });
		await wrapped(world, wrap, { title: "Visit" });
		expect(
			await world.query(
				'{ appointment(id: "a1") { appointmentId title contactId } }',
			),
		).toEqual({
			appointment: { appointmentId: "a1", title: "Visit", contactId: "c1" },
		});
		expect(world.calls).toBeExactly(`GET ${APPOINTMENT}`);
		expect(mismatches(world)).toEqual(told);
	});

	test("is changed with the status it has", async () => {
		await using world = await startWorld({ contacts: 1 });
		world.sandbox.data.edit("appointments", "a1", {
			appointmentStatus: "showed",
		});
		await wrapped(world, wrap);
		const { userErrors } = await mutate(world, "updateAppointment", {
			appointmentId: "a1",
			title: "Moved",
		});
		expect(userErrors).toEqual([]);
		const [, put] = world.calls;
		expect([put?.method, put?.path, put?.body]).toEqual([
			"PUT",
			APPOINTMENT,
			{ title: "Moved", appointmentStatus: "showed" },
		]);
	});

	test("is deleted", async () => {
		await using world = await startWorld({ contacts: 1 });
		await wrapped(world, wrap);
		const { userErrors } = await mutate(world, "deleteAppointment", {
			appointmentId: "a1",
		});
		expect(userErrors).toEqual([]);
		expect(world.calls).toBeExactlyInOrder(
			`GET ${APPOINTMENT}`,
			"DELETE /calendars/events/a1",
		);
	});
});

test("of two things that an answer holds none is taken for the one that was asked for", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({
		kind: "wrongShape",
		body: { event: { id: "a1" }, other: { id: "a2" } },
		match: { path: APPOINTMENT },
	});
	const [error] = await world.fails('{ appointment(id: "a1") { title } }');
	expect(error?.extensions?.code).toBe("UPSTREAM_INVALID_RESPONSE");
	expect(error?.path).toEqual(["appointment"]);
});

describe.each([
	["says deleted", { deleted: true }],
	["says deleted in words", { deleted: "true" }],
])("an appointment that %s", (_, deleted) => {
	test("is null by its id", async () => {
		await using world = await startWorld({ contacts: 1 });
		await wrapped(world, (appointment) => ({ appointment }), deleted);
		expect(await world.query('{ appointment(id: "a1") { title } }')).toEqual({
			appointment: null,
		});
	});

	test.each(["updateAppointment", "deleteAppointment"])(
		"is NOT_FOUND to %s, and nothing is written",
		async (name) => {
			await using world = await startWorld({ contacts: 1 });
			await wrapped(world, (appointment) => ({ appointment }), deleted);
			const payload = await mutate(world, name, {
				appointmentId: "a1",
				...(name === "updateAppointment" && { title: "Again" }),
			});
			expect(payload.userErrors).toEqual([
				{
					code: "NOT_FOUND",
					message: "HighLevel refused it: Appointment with id a1 not found",
					field: ["appointmentId"],
				},
			]);
			expect(world.calls).toBeExactly(`GET ${APPOINTMENT}`);
		},
	);
});

test("an appointment whose id the API calls invalid is a missing one", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({
		kind: "status",
		status: 400,
		body: { statusCode: 400, message: "The event id is invalid" },
	});
	expect(await world.query('{ appointment(id: "a1") { title } }')).toEqual({
		appointment: null,
	});
});

test("an object where text or a day should be is null, and never [object Object]", async () => {
	await using world = await startWorld({ contacts: 1 });
	world.upstream.next({
		kind: "wrongShape",
		set: {
			"contact.dateOfBirth": { year: 1990 },
			"contact.attributionSource": { url: { href: "x" }, medium: "form" },
			"contact.city": ["Ulm"],
		},
	});
	const { contact } = await world.query(
		'{ contact(id: "c1") { dateOfBirth dateOfBirthText city attributionSource { url medium } } }',
	);
	expect(contact).toEqual({
		dateOfBirth: null,
		dateOfBirthText: null,
		city: null,
		attributionSource: { url: null, medium: "form" },
	});
	expect(mismatches(world).sort()).toEqual([
		"GET /contacts/{contactId} /contact/attributionSource/url: expected text or a number, came as an object",
		"GET /contacts/{contactId} /contact/city: expected text or a number, came as a list",
		"GET /contacts/{contactId} /contact/dateOfBirth: expected text or a number, came as an object",
	]);
});

test("a contact that says deleted is null by its id, and not in a list", async () => {
	await using world = await startWorld({ contacts: 2 });
	world.upstream.next({
		kind: "wrongShape",
		set: { "contact.deleted": true },
		match: { path: "/contacts/c1" },
	});
	world.upstream.next({
		kind: "wrongShape",
		set: { "contacts.1.deleted": true },
		match: { path: "/contacts/search" },
	});
	const { contact, contacts } = await world.query(
		'{ contact(id: "c1") { email } contacts(first: 5) { nodes { contactId } } }',
	);
	expect(contact).toBeNull();
	expect(contacts.nodes).toHaveLength(1);
});

test("a note of an appointment that is gone is not written over with empty text", async () => {
	await using world = await startWorld({ contacts: 1 });
	const { userErrors } = await mutate(world, "updateAppointmentNote", {
		appointmentId: "a1",
		noteId: "none",
		assignedUserId: "u1",
	});
	expect(userErrors).toEqual([
		{
			code: "NOT_FOUND",
			message: "HighLevel refused it: Note with id none not found",
			field: ["noteId"],
		},
	]);
	expect(world.calls).toBeExactly("GET /calendars/appointments/a1/notes");
});

describe("one odd value in a row of three", () => {
	const LIST =
		"{ contacts(first: 3) { totalCount nodes { contactId dnd tags validEmail } pageInfo { hasNextPage } } }";

	const contactsWith = async (set: Record<string, unknown>) => {
		const world = await startWorld({ contacts: 3 });
		world.upstream.next({ kind: "wrongShape", set, count: 9 });
		return world;
	};

	test.each<[string, Record<string, unknown>, object, string[]]>([
		[
			"truth as text is the truth",
			{ "contacts.1.dnd": "false" },
			{ dnd: false },
			["/contacts/[]/dnd: expected true or false, came as text"],
		],
		[
			"a value of another kind is null",
			{ "contacts.1.dnd": 7 },
			{ dnd: null },
			["/contacts/[]/dnd: expected true or false, came as a number"],
		],
		[
			"a container of another kind is empty",
			{ "contacts.1.tags": "vip" },
			{ tags: [] },
			["/contacts/[]/tags: expected a list, came as text"],
		],
		[
			"a list keeps what it can",
			{ "contacts.1.tags": ["vip", 7, { name: "x" }] },
			{ tags: ["vip", "7"] },
			[
				"/contacts/[]/tags/[]: expected text, came as a number",
				"/contacts/[]/tags/[]: expected text, came as an object; left out",
			].slice(0, 1),
		],
	])("%s", async (_, set, read, told) => {
		await using world = await contactsWith(set);
		const { contacts } = await world.query(LIST);
		const [first, second, third] = contacts.nodes;
		expect(contacts.nodes).toHaveLength(3);
		expect(second).toEqual({ ...second, ...read });
		for (const one of [first, third]) {
			expect(typeof one.dnd).toBe("boolean");
			expect(one.tags).toBeInstanceOf(Array);
		}
		expect(contacts.totalCount).toBe(3);
		expect(mismatches(world)).toEqual(
			told.map((one) => `POST /contacts/search ${one}`),
		);
	});

	test("a total as text is the number it says", async () => {
		await using world = await contactsWith({ total: "3" });
		const { contacts } = await world.query(LIST);
		expect(contacts.totalCount).toBe(3);
	});

	test("a total that is no number is null", async () => {
		await using world = await contactsWith({ total: "many" });
		const { contacts } = await world.query(LIST);
		expect(contacts.totalCount).toBeNull();
		expect(contacts.nodes).toHaveLength(3);
	});

	test("a row without an id is left out, and its neighbours stay", async () => {
		await using whole = await startWorld({ contacts: 3 });
		const all = (await whole.query(LIST)).contacts.nodes;
		await using world = await contactsWith({ "contacts.1.id": 7 });
		const { contacts } = await world.query(LIST);
		expect(contacts.nodes).toEqual([all[0], all[2]]);
		expect(contacts.pageInfo.hasNextPage).toBe(false);
	});

	test("a row without an id does not end the paging", async () => {
		await using world = await startWorld({ contacts: 7 });
		const page = async (after: string | null) =>
			(
				await world.query(
					"query ($after: String) { contacts(first: 3, after: $after) { nodes { contactId } pageInfo { endCursor hasNextPage } } }",
					{ after },
				)
			).contacts;
		world.upstream.next({ kind: "wrongShape", remove: ["contacts.1.id"] });
		const seen: string[] = [];
		let after: string | null = null;
		for (let pages = 0; pages < 5; pages++) {
			const { nodes, pageInfo } = await page(after);
			seen.push(
				...nodes.map(({ contactId }: { contactId: string }) => contactId),
			);
			if (!pageInfo.hasNextPage) break;
			after = pageInfo.endCursor;
		}
		expect(new Set(seen).size).toBe(seen.length);
		expect(seen).toHaveLength(6);
	});

	test("every row odd in the same way is told once", async () => {
		await using world = await contactsWith({ "contacts.*.dnd": "true" });
		await world.query(LIST);
		await world.query(LIST, {}, { headers: { "cache-control": "no-cache" } });
		expect(mismatches(world)).toEqual([
			"POST /contacts/search /contacts/[]/dnd: expected true or false, came as text",
		]);
	});

	test("what was odd is read the same again from what is kept", async () => {
		await using world = await contactsWith({ "contacts.1.dnd": "false" });
		const first = await world.query(LIST);
		const again = await world.query(
			"{ contacts(first: 3) { nodes { contactId dnd } } }",
		);
		expect(again.contacts.nodes).toEqual(
			first.contacts.nodes.map(
				({ contactId, dnd }: { contactId: string; dnd: boolean }) => ({
					contactId,
					dnd,
				}),
			),
		);
		expect(world.calls).toBeExactly("POST /contacts/search");
	});

	test("a task row that does not say whose it is has each contact's own list asked", async () => {
		await using world = await startWorld({ contacts: 2 });
		world.upstream.next({
			kind: "wrongShape",
			remove: ["tasks.0.contactId"],
			match: { path: "/locations/" },
		});
		const { contacts } = await world.query(
			"{ contacts(first: 2) { nodes { contactId tasks { totalCount } } } }",
		);
		expect(contacts.nodes.map(({ tasks }: { tasks: object }) => tasks)).toEqual(
			[{ totalCount: 1 }, { totalCount: 1 }],
		);
		expect(world.calls).toBeExactly(
			"POST /contacts/search",
			"POST /locations/sandbox-location-1/tasks/search",
			"GET /contacts/c1/tasks",
			"GET /contacts/c2/tasks",
		);
	});

	test("a task row that does not say whose it is leaves the location's others where they are", async () => {
		await using world = await startWorld({ contacts: 3 });
		world.upstream.next({
			kind: "wrongShape",
			remove: ["tasks.0.contactId"],
			match: { path: "/locations/" },
		});
		const { tasks } = await world.query(
			"{ tasks(first: 3) { nodes { contactId } } }",
		);
		expect(tasks.nodes).toHaveLength(2);
	});

	test("a workflow's version as text is the number it says", async () => {
		await using world = await startWorld({ contacts: 1 });
		world.upstream.next({
			kind: "wrongShape",
			set: { "workflows.0.version": "12", "workflows.1.version": "v2" },
		});
		const { location } = await world.query(
			"{ location { workflows { version } } }",
		);
		expect(
			location.workflows
				.slice(0, 3)
				.map(({ version }: { version: number | null }) => version),
		).toEqual([12, null, 3]);
	});
});

describe("an answer of the edge in front of the API", () => {
	const PAGE = "<html><head><title>Attention</title></head></html>";
	const ONE = '{ contact(id: "c1") { contactId } }';

	test.each([520, 521, 522, 523, 524, 530, 200])(
		"%d is passing: a read is made again",
		async (status) => {
			await using world = await startWorld({ contacts: 1 });
			world.upstream.next({ kind: "status", status, body: PAGE });
			expect(await world.query(ONE)).toEqual({ contact: { contactId: "c1" } });
			expect(world.calls).toBeExactly("GET /contacts/c1", "GET /contacts/c1");
		},
	);

	test.each([401, 403, 404])(
		"a page with %d says nothing of the token",
		async (status) => {
			await using world = await startWorld({ contacts: 1 });
			world.upstream.next({ kind: "status", status, body: PAGE });
			const [error] = await world.fails(ONE);
			expect(error?.extensions?.code).toBe("UPSTREAM_UNAVAILABLE");
			expect(error?.message).toBe(
				`Something in front of the Contacts API answered GET /contacts/{contactId} in its place (${status}). Try again later; if it stays so, HighLevel blocks this gateway's address.`,
			);
		},
	);

	test("a write that a page with 403 answers did nothing, and is told so", async () => {
		await using world = await startWorld({ contacts: 1 });
		world.upstream.next({ kind: "status", status: 403, body: PAGE });
		const [error] = await world.fails(
			'mutation { createTask(input: { contactId: "c1", title: "t", dueDate: "2030-01-01T00:00:00Z" }) { userErrors { message } } }',
		);
		expect(error?.extensions?.code).toBe("UPSTREAM_UNAVAILABLE");
		expect(world.calls).toBeExactly("POST /contacts/c1/tasks");
	});
});

describe("a search row", () => {
	test.each([
		["camel", "pipelineId", "pipelineStageId", "monetaryValue"],
		["snake", "pipeline_id", "pipeline_stage_id", "monetary_value"],
	])(
		"has its opportunities in %s case",
		async (_, pipeline, stage, monetary) => {
			await using world = await startWorld({ contacts: 1 });
			world.upstream.next({
				kind: "wrongShape",
				set: {
					"contacts.0.opportunities": [
						{
							id: "o1",
							[pipeline]: "p1",
							[stage]: "s1",
							[monetary]: 250,
							status: "open",
						},
					],
				},
			});
			const { contacts } = await world.query(
				"{ contacts { nodes { opportunities { opportunityId pipelineId pipelineStageId monetaryValue status } } } }",
			);
			expect(contacts.nodes[0].opportunities).toEqual([
				{
					opportunityId: "o1",
					pipelineId: "p1",
					pipelineStageId: "s1",
					monetaryValue: 250,
					status: "OPEN",
				},
			]);
			expect(mismatches(world)).toEqual([]);
		},
	);

	test("with opportunities of other keys alone is told once", async () => {
		await using world = await startWorld({ contacts: 1 });
		world.upstream.next({
			kind: "wrongShape",
			set: { "contacts.0.opportunities": [{ uid: "o1" }, { uid: "o2" }] },
		});
		await world.query(
			"{ contacts { nodes { opportunities { opportunityId } } } }",
		);
		expect(mismatches(world)).toEqual([
			"POST /contacts/search /contacts/[]/opportunities/[]: expected one of the keys id, pipelineId, pipeline_id, pipelineStageId, pipeline_stage_id, monetaryValue, monetary_value, status, came with others",
		]);
	});

	test("with an empty time zone and attribution has the contact read for them", async () => {
		await using world = await startWorld({ contacts: 1 });
		world.sandbox.data.edit("contacts", "c1", {
			timezone: "Europe/Berlin",
			attributionSource: { url: "https://a.example" },
			inboundDndSettings: { all: { status: "active" } },
		});
		world.upstream.next({
			kind: "wrongShape",
			set: {
				"contacts.0.timezone": null,
				"contacts.0.attributionSource": {},
				"contacts.0.inboundDndSettings": {},
			},
		});
		const { contacts } = await world.query(
			"{ contacts { nodes { timezone attributionSource { url } inboundDndSettings { channelText status } } } }",
		);
		expect(contacts.nodes).toEqual([
			{
				timezone: "Europe/Berlin",
				attributionSource: { url: "https://a.example" },
				inboundDndSettings: [{ channelText: "all", status: "ACTIVE" }],
			},
		]);
		expect(world.calls).toBeExactly(
			"POST /contacts/search",
			"GET /contacts/c1",
		);
	});

	test("with a time zone is believed", async () => {
		await using world = await startWorld({ contacts: 1 });
		world.upstream.next({
			kind: "wrongShape",
			set: { "contacts.0.timezone": "Europe/Paris" },
		});
		const { contacts } = await world.query(
			"{ contacts { nodes { timezone } } }",
		);
		expect(contacts.nodes).toEqual([{ timezone: "Europe/Paris" }]);
		expect(world.calls).toBeExactly("POST /contacts/search");
	});

	test("names a person as the contact does", async () => {
		await using world = await startWorld({ contacts: 1 });
		world.sandbox.data.edit("contacts", "c1", {
			firstName: "Ada",
			lastName: "McAuley",
			name: "Ada McAuley",
		});
		world.upstream.next({
			kind: "wrongShape",
			set: { "contacts.0.contactName": "ada mcauley" },
			remove: ["contacts.0.name"],
		});
		const { contacts } = await world.query(
			"{ contacts { nodes { name contactId } } }",
		);
		await using other = await startWorld({ contacts: 1 });
		other.sandbox.data.edit("contacts", "c1", {
			firstName: "Ada",
			lastName: "McAuley",
			name: "Ada McAuley",
		});
		const { contact } = await other.query('{ contact(id: "c1") { name } }');
		expect([contacts.nodes[0].name, contact.name]).toEqual([
			"Ada McAuley",
			"Ada McAuley",
		]);
	});
});
