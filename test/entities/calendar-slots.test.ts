/** Free slots of a calendar: what the API offers, as it offers it, never older than seconds. */
import { expect, test } from "vitest";
import { mutate } from "../support/mutate.ts";
import { startWorld, type World } from "../support/world.ts";

// A Monday, in winter time of Chicago (-06:00), long after the sample data's own appointments.
const DAY = { from: "2027-03-01T00:00:00-06:00", to: "2027-03-02T00:00:00Z" };
const SLOTS = `query ($from: DateTime!, $to: DateTime!, $zone: String, $user: ID, $calendar: ID = "cal1") {
	calendar(id: $calendar) { freeSlots(from: $from, to: $to, timeZone: $zone, userId: $user) { startTime startTimeText day } }
}`;
const LIST = "GET /calendars/?locationId=sandbox-location-1";
const FREE = `GET /calendars/cal1/free-slots?startDate=${Date.parse(DAY.from)}&endDate=${Date.parse(DAY.to)}`;

const textsOf = async (world: World, more: object = {}): Promise<string[]> =>
	(await world.query(SLOTS, { ...DAY, ...more })).calendar.freeSlots.map(
		({ startTimeText }: { startTimeText: string }) => startTimeText,
	);

test("free slots come as the API offers them, as instants and by day, for one call", async () => {
	await using world = await startWorld();
	const { calendar } = await world.query(SLOTS, DAY);
	expect(calendar.freeSlots).toHaveLength(20);
	expect(calendar.freeSlots[0]).toEqual({
		startTime: "2027-03-01T14:00:00.000Z",
		startTimeText: "2027-03-01T08:00:00-06:00",
		day: "2027-03-01",
	});
	expect(calendar.freeSlots.at(-1).startTimeText).toBe(
		"2027-03-01T17:30:00-06:00",
	);
	expect(world.calls).toBeExactly(LIST, FREE);
});

test("a time zone and a user are passed on, and the slots are written in that zone", async () => {
	await using world = await startWorld();
	const zoned = await textsOf(world, { zone: "Europe/Berlin", user: "u1" });
	expect(zoned[0]).toBe("2027-03-01T15:00:00+01:00");
	expect(world.calls).toBeExactly(
		LIST,
		`${FREE}&timezone=Europe%2FBerlin&userId=u1`,
	);
});

test("a slot is booked as it was offered, is not offered again, and cannot be taken twice", async () => {
	await using world = await startWorld();
	const [offered = ""] = await textsOf(world, { user: "u1" });
	const booking = {
		contactId: "c1",
		calendarId: "cal1",
		assignedUserId: "u1",
		startTime: offered,
	};
	const booked = await mutate(world, "createAppointment", booking);
	expect(booked.userErrors).toEqual([]);
	expect(booked.appointment.startTime).toBe("2027-03-01T14:00:00.000Z");
	const left = await textsOf(world, { user: "u1" });
	expect(left).toHaveLength(19);
	expect(left).not.toContain(offered);
	const again = await mutate(world, "createAppointment", booking);
	expect(again.userErrors).toMatchObject([
		{ code: "CONFLICT", field: ["startTime"] },
	]);
	// Somebody else of the team is free then.
	expect(await textsOf(world)).toContain(offered);
});

test("slots are read again after seconds, and never served past that while the API is down", async () => {
	let at = Date.UTC(2027, 0, 1);
	await using world = await startWorld({
		gateway: { cache: { now: () => at } },
	});
	await textsOf(world);
	world.upstream.clearCalls();
	at += 5_000;
	await textsOf(world);
	expect(world.calls).toBeExactly();
	at += 1;
	await textsOf(world);
	expect(world.calls).toBeExactly(FREE);
	at += 6_000;
	world.upstream.next({
		kind: "status",
		status: 503,
		count: 10,
		match: { path: "/calendars/cal1/free-slots" },
	});
	const answer = await world.answer(SLOTS, DAY);
	expect(answer.data).toEqual({ calendar: { freeSlots: null } });
	expect(answer.errors).toMatchObject([
		{ extensions: { code: "UPSTREAM_UNAVAILABLE" } },
	]);
});

test("an odd day or slot costs its neighbours nothing, and a slot without offset has no instant", async () => {
	await using world = await startWorld();
	world.upstream.next({
		kind: "wrongShape",
		body: {
			"2027-03-02": { slots: ["2027-03-02T09:00:00", 7, null] },
			"2027-03-01": { slots: ["2027-03-01T10:00:00-06:00"] },
			"2027-03-03": null,
			"2027-03-04": { slots: "none" },
			traceId: "t",
		},
		match: { path: "/calendars/cal1/free-slots" },
	});
	const { calendar } = await world.query(SLOTS, DAY);
	expect(calendar.freeSlots).toEqual([
		{
			startTime: "2027-03-01T16:00:00.000Z",
			startTimeText: "2027-03-01T10:00:00-06:00",
			day: "2027-03-01",
		},
		{
			startTime: null,
			startTimeText: "2027-03-02T09:00:00",
			day: "2027-03-02",
		},
	]);
});

test.each([
	[
		{ to: DAY.from },
		"to must be later than from, but is not. Swap them, or move one of them.",
	],
	[
		{ to: "2027-04-02T00:00:00-06:00" },
		"from and to must be at most 31 days apart, but are 32. Ask for a part at a time.",
	],
	[
		{ zone: "Chicago time" },
		'timeZone must be an IANA time zone such as America/Chicago, but got "Chicago time".',
	],
])(
	"freeSlots with %j is refused before any call for them",
	async (more, message) => {
		await using world = await startWorld();
		const answer = await world.answer(SLOTS, { ...DAY, ...more });
		expect(answer.errors).toMatchObject([
			{ message, extensions: { code: "BAD_USER_INPUT" } },
		]);
		expect(world.calls).toBeExactly(LIST);
	},
);

test("a calendar that is not in the list is null, and one that is gone since has no slots", async () => {
	await using world = await startWorld();
	expect(await world.query(SLOTS, { ...DAY, calendar: "nope" })).toEqual({
		calendar: null,
	});
	world.sandbox.data.remove("calendars", "cal1");
	expect(await world.query(SLOTS, DAY)).toEqual({
		calendar: { freeSlots: null },
	});
	expect(world.calls).toBeExactly(LIST, FREE);
});

test("slots of every calendar are one call each, and so they are reckoned", async () => {
	await using world = await startWorld();
	const { extensions } = await world.answer(
		"query ($from: DateTime!, $to: DateTime!) { location { calendars { freeSlots(from: $from, to: $to) { day } } } }",
		DAY,
	);
	expect(extensions.price).toMatchObject({ worst: 21, made: 5 });
	const later = await world.answer(
		"query ($from: DateTime!, $to: DateTime!) { location { calendars { freeSlots(from: $from, to: $to) { startTime } } } }",
		{ ...DAY, to: "2027-03-03T00:00:00Z" },
	);
	expect(later.extensions.price).toMatchObject({ worst: 5, made: 4 });
});
