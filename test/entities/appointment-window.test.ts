/** Appointments of a window of time, for a calendar, a user, a group or the location, and right after every change of one. */
import { expect, test } from "vitest";
import { createSender, SENDER_KEYS } from "../support/deliveries.ts";
import { mutate } from "../support/mutate.ts";
import { startWorld, type World } from "../support/world.ts";

const FROM = "2027-03-01T00:00:00Z";
const TO = "2027-03-08T00:00:00Z";
const HOLDS = `query ($from: DateTime!, $to: DateTime!, $of: AppointmentOwner, $first: Int, $after: String) {
	appointments(from: $from, to: $to, of: $of, first: $first, after: $after) {
		totalCount nodes { appointmentId startTime title } pageInfo { hasNextPage endCursor }
	}
}`;
const BOUNDS = `startTime=${Date.parse(FROM)}&endTime=${Date.parse(TO)}`;
const EVENTS = `GET /calendars/events?locationId=sandbox-location-1&calendarId=cal1&${BOUNDS}`;

const startBooked = async (
	options: Parameters<typeof startWorld>[0] = {},
): Promise<World> => {
	const world = await startWorld({ contacts: 3, ...options });
	const { data } = world.sandbox;
	const hour = (at: number) => Date.parse(FROM) + at * 3_600_000;
	for (const [id, starts] of [
		["a1", 50],
		["a2", 20],
		["a3", 20],
	] as const)
		data.edit("appointments", id, {
			calendarId: "cal1",
			groupId: "group1",
			assignedUserId: "u1",
			startsAt: hour(starts),
			endsAt: hour(starts) + 1_800_000,
		});
	return world;
};

const asked = (more: object = {}) => ({
	from: FROM,
	to: TO,
	of: { calendarId: "cal1" },
	...more,
});

const idsIn = async (world: World, variables = asked()): Promise<string[]> =>
	(await world.query(HOLDS, variables)).appointments.nodes.map(
		({ appointmentId }: { appointmentId: string }) => appointmentId,
	);

test("a window is one call, its appointments stand by start and then by id, and it is kept", async () => {
	await using world = await startBooked();
	expect(await idsIn(world)).toEqual(["a2", "a3", "a1"]);
	expect(await idsIn(world)).toEqual(["a2", "a3", "a1"]);
	expect(world.calls).toBeExactly(EVENTS);
});

test.each([
	[{ userId: "u1" }, "userId=u1"],
	[{ groupId: "group1" }, "groupId=group1"],
])("a window of %j is one call with that alone", async (owner, query) => {
	await using world = await startBooked();
	const found = await idsIn(world, asked({ of: owner }));
	expect(found).toEqual(["a2", "a3", "a1"]);
	expect(world.calls).toBeExactly(
		`GET /calendars/events?locationId=sandbox-location-1&${query}&${BOUNDS}`,
	);
});

test("a global id and HighLevel's own name the same window", async () => {
	await using world = await startBooked();
	const { calendar } = await world.query('{ calendar(id: "cal1") { id } }');
	world.upstream.clearCalls();
	await idsIn(world);
	expect(
		await idsIn(world, asked({ of: { calendarId: calendar.id } })),
	).toHaveLength(3);
	expect(world.calls).toBeExactly(EVENTS);
});

test("a window is paged without another call, and its cursor is good for that window alone", async () => {
	await using world = await startBooked();
	const { appointments } = await world.query(HOLDS, asked({ first: 2 }));
	expect(appointments).toMatchObject({
		totalCount: 3,
		pageInfo: { hasNextPage: true },
	});
	const after = appointments.pageInfo.endCursor;
	expect(await idsIn(world, asked({ first: 2, after }))).toEqual(["a1"]);
	expect(world.calls).toBeExactly(EVENTS);
	const other = await world.answer(
		HOLDS,
		asked({ after, to: "2027-03-09T00:00:00Z" }),
	);
	expect(other.errors).toMatchObject([
		{ extensions: { code: "BAD_USER_INPUT" } },
	]);
});

test.each([
	[
		{ of: {} },
		'OneOf Input Object type "AppointmentOwner", exactly one field must be specified',
	],
	[
		{ of: { calendarId: "cal1", userId: "u1" } },
		'OneOf Input Object type "AppointmentOwner", exactly one field must be specified',
	],
	[
		{ to: FROM },
		"to must be later than from, but is not. Swap them, or move one of them.",
	],
	[{ from: "tomorrow" }, "from must be an ISO 8601 instant with an offset"],
	[{ of: { calendarId: "a/b" } }, "calendarId must be an id of"],
])(
	"a window with %j is refused, and nothing is called",
	async (more, words) => {
		await using world = await startBooked();
		const { errors } = await world.answer(HOLDS, asked(more));
		expect(errors).toMatchObject([
			{
				message: expect.stringContaining(words),
				extensions: { code: "BAD_USER_INPUT" },
			},
		]);
		expect(world.calls).toBeExactly();
	},
);

test("what HighLevel marks as deleted is left out", async () => {
	await using world = await startBooked();
	world.upstream.next({
		kind: "wrongShape",
		body: {
			events: [
				{ id: "x2", startTime: "2027-03-01T10:00:00Z", deleted: true },
				{ id: "x1", startTime: "2027-03-01T11:00:00Z" },
			],
		},
		match: { path: "/calendars/events" },
	});
	expect(await idsIn(world)).toEqual(["x1"]);
});

const BOOKING = {
	contactId: "c1",
	calendarId: "cal1",
	assignedUserId: "u1",
	startTime: "2027-03-02T15:00:00Z",
};

test.each<[string, object, readonly string[]]>([
	["createAppointment", BOOKING, ["a2", "a3", "a4", "a1"]],
	[
		"updateAppointment",
		{
			appointmentId: "a1",
			startTime: "2027-03-01T01:00:00Z",
			endTime: "2027-03-01T02:00:00Z",
		},
		["a1", "a2", "a3"],
	],
	["deleteAppointment", { appointmentId: "a2" }, ["a3", "a1"]],
	["deleteContact", { contactId: "c2" }, ["a3", "a1"]],
])("after %s a window shows it", async (name, input, after) => {
	await using world = await startBooked();
	expect(await idsIn(world)).toEqual(["a2", "a3", "a1"]);
	expect((await mutate(world, name, input)).userErrors).toEqual([]);
	world.upstream.clearCalls();
	expect(
		(await idsIn(world)).map((id) => (/^a[123]$/.test(id) ? id : "a4")),
	).toEqual(after);
	expect(world.calls).toBeExactly(EVENTS);
});

test.each(["AppointmentCreate", "AppointmentUpdate", "AppointmentDelete"])(
	"%s by webhook makes a window be read again, and news of other things does not",
	async (type) => {
		await using world = await startBooked({
			gateway: { webhooks: { keys: SENDER_KEYS } },
		});
		const sender = createSender(world.url);
		await idsIn(world);
		world.upstream.clearCalls();
		await sender.tell("NoteCreate", { id: "n9", contactId: "c1" });
		await idsIn(world);
		expect(world.calls).toBeExactly();
		await sender.tell(type, { appointment: { id: "a9", contactId: "c1" } });
		await idsIn(world);
		expect(world.calls).toBeExactly(EVENTS);
		await sender.close();
	},
);

test("the contacts of a window are one search, and the price knows both", async () => {
	await using world = await startBooked();
	const { data, extensions } = await world.answer(
		`{ appointments(from: "${FROM}", to: "${TO}", of: { calendarId: "cal1" }) { nodes { contact { contactId } calendar { name } } } }`,
	);
	expect(
		data?.appointments.nodes.map(
			({ contact }: { contact: { contactId: string } }) => contact.contactId,
		),
	).toEqual(["c2", "c3", "c1"]);
	expect(extensions.price).toMatchObject({ worst: 3, made: 3 });
	expect(world.calls).toBeExactly(
		EVENTS,
		"POST /contacts/search",
		"GET /calendars/?locationId=sandbox-location-1",
	);
});

test("without an owner a window is that of every calendar, in one order, and the price knows each", async () => {
	await using world = await startBooked();
	const calendars = [...world.sandbox.data.location().calendars.values()];
	expect(calendars.length).toBeGreaterThan(1);
	world.sandbox.data.edit("appointments", "a2", {
		calendarId: calendars.at(-1)?.id ?? "",
	});
	// How many calendars there are is known from the first read of them.
	await world.query("{ location { calendars { name } } }");
	world.upstream.clearCalls();
	const { data, extensions } = await world.answer(
		`{ appointments(from: "${FROM}", to: "${TO}") { totalCount nodes { appointmentId } } }`,
	);
	expect(data?.appointments).toEqual({
		totalCount: 3,
		nodes: ["a2", "a3", "a1"].map((appointmentId) => ({ appointmentId })),
	});
	expect(world.calls).toBeExactly(
		...calendars.map(
			({ id }) =>
				`GET /calendars/events?locationId=sandbox-location-1&calendarId=${id}&${BOUNDS}`,
		),
	);
	expect(extensions.price.worst).toBe(calendars.length + 1);
});
