/** What webhooks missed is found by looking, within the time the manual gives. */
import { expect, test } from "vitest";
import {
	book,
	bookLongAgo,
	CALENDARS,
	company,
	DAY,
	drops,
	EVERY,
	MINUTE,
	ONLY_CALENDARS,
	SEARCH,
	START,
	startWatched,
	type Watched,
	WHOLE_ROUND,
	walked,
} from "../support/looking.ts";

test("a contact that changed unheard is found by one search an interval", async () => {
	await using world = await startWatched();
	await world.read();
	company(world, "Edited Ltd");
	expect((await world.read()).company).not.toBe("Edited Ltd");
	expect(await world.interval()).toBeExactly(SEARCH);
	expect((await world.read()).company).toBe("Edited Ltd");
	// Found once, not with every look.
	const { invalidations: found } = world.gateway.cacheStats();
	expect(await world.interval()).toBeExactly(SEARCH);
	expect(drops(world)).toBe(found);
});

test("an appointment that changed unheard is found by looking at one calendar an interval", async () => {
	await using world = await startWatched(ONLY_CALENDARS);
	const id = book(world, "Booked");
	expect(await world.interval()).toBeExactly(CALENDARS);
	const from = START + 2 * EVERY - 7 * DAY;
	expect(await world.interval()).toBeExactly(
		`GET /calendars/events?locationId=sandbox-location-1&calendarId=cal1&startTime=${from}&endTime=${from + 35 * DAY}`,
	);
	expect(await walked(world, 3)).toEqual(["cal2", "cal3", "cal4"]);
	world.sandbox.data.edit("appointments", id, { title: "Edited" });
	expect((await world.read()).appointments).toEqual(["Booked"]);
	expect(await walked(world, 1)).toEqual(["cal1"]);
	expect((await world.read()).appointments).toEqual(["Edited"]);
});

test.each<[string, (world: Watched, id: string) => unknown]>([
	["deleted", ({ sandbox }, id) => sandbox.data.remove("appointments", id)],
	[
		"moved out of the days that are looked at",
		({ sandbox, clock }, id) =>
			sandbox.data.edit("appointments", id, {
				title: "Moved",
				startsAt: clock.epoch() + 60 * DAY,
			}),
	],
	[
		"moved to another calendar",
		({ sandbox }, id) =>
			sandbox.data.edit("appointments", id, {
				title: "Moved",
				calendarId: "cal2",
			}),
	],
])("an appointment that was %s unheard is found", async (_, change) => {
	await using world = await startWatched(ONLY_CALENDARS);
	const id = book(world, "Booked");
	await walked(world, 5);
	change(world, id);
	expect((await world.read()).appointments).toEqual(["Booked"]);
	await walked(world, 1);
	expect((await world.read()).appointments).not.toContain("Booked");
});

test("an appointment that was booked unheard is found, also when its calendar was never looked at before", async () => {
	await using world = await startWatched(ONLY_CALENDARS);
	await world.read();
	book(world, "First");
	expect((await world.read()).appointments).toEqual([]);
	expect(await walked(world, 2)).toEqual(["list", "cal1"]);
	expect((await world.read()).appointments).toEqual(["First"]);
	book(world, "Second");
	await walked(world, 4);
	expect((await world.read()).appointments).toContain("Second");
});

test("an appointment that was booked unheard is shown in a window of its calendar", async () => {
	await using world = await startWatched(ONLY_CALENDARS);
	const read = async () =>
		(
			await world.query(
				'{ appointments(from: "2026-12-01T00:00:00Z", to: "2026-12-20T00:00:00Z", of: { calendarId: "cal1" }) { nodes { title } } }',
			)
		).appointments.nodes;
	await walked(world, 5);
	expect(await read()).toEqual([]);
	book(world, "Unheard");
	expect(await read()).toEqual([]);
	await walked(world, 5);
	expect(await read()).toEqual([{ title: "Unheard" }]);
});

test("appointments that come into the days that are looked at, or leave them, have not changed by that", async () => {
	await using world = await startWatched(ONLY_CALENDARS);
	bookLongAgo(world, "Leaves", START + 3 * MINUTE - 7 * DAY);
	bookLongAgo(world, "Comes", START + 3 * MINUTE + 28 * DAY);
	expect(await walked(world, 9)).toEqual([
		"list",
		...WHOLE_ROUND,
		...WHOLE_ROUND,
	]);
	expect(drops(world)).toBe(0);
});
