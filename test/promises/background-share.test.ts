/** Looking for missed changes costs its share of the calls and no more, and what could not be looked at is looked at later. */
import { expect, test } from "vitest";
import { times } from "../support/calls.ts";
import {
	C1,
	company,
	ended,
	HOUR,
	ONLY_CALENDARS,
	SEARCH,
	SECOND,
	START,
	startWatched,
	WHOLE_ROUND,
	walked,
} from "../support/looking.ts";

test("every calendar has its turn, and the list of them is read again after ten minutes", async () => {
	await using world = await startWatched(ONLY_CALENDARS);
	expect(await walked(world, 18)).toEqual([
		"list",
		...Array.from({ length: 4 }, () => WHOLE_ROUND).flat(),
		"list",
	]);
});

test("a look that takes three calls is followed by two intervals without one", async () => {
	await using world = await startWatched({
		contacts: 1100,
		tasksEach: 0,
		notesEach: 0,
	});
	await world.read();
	for (let n = 1; n <= 1100; n++) company(world, `${n} Ltd`, `c${n}`);
	expect(await world.interval()).toBeExactly(...times(3, SEARCH));
	expect((await world.read()).company).toBe("1 Ltd");
	expect(await world.interval(0)).toEqual([]);
	expect(await world.interval(0)).toEqual([]);
	expect(await world.interval()).toBeExactly(SEARCH);
});

test("a look that ten calls do not end goes on where it stopped, once they are paid back", async () => {
	await using world = await startWatched({
		contacts: 5100,
		tasksEach: 0,
		notesEach: 0,
		gateway: { reconcile: { distrustMs: 0 } },
	});
	await world.read();
	// c1 last.
	for (let n = 5100; n >= 1; n--)
		world.sandbox.data.edit("contacts", `c${n}`, {
			companyName: `${n} Ltd`,
			dateUpdated: new Date(START + 5100 - n).toISOString(),
		});
	expect(await world.interval()).toBeExactly(...times(10, SEARCH));
	expect((await world.read()).company).not.toBe("1 Ltd");
	for (let index = 0; index < 9; index++)
		expect(await world.interval(0)).toEqual([]);
	expect(await world.interval()).toBeExactly(SEARCH);
	expect((await world.read()).company).toBe("1 Ltd");
});

test("no call is made while the budget has none to spare; what was missed meanwhile is found later", async () => {
	// The day begins, and background work may never be ahead of it.
	await using world = await startWatched({
		sandbox: {
			rateLimit: { burst: 100, intervalMs: 10 * SECOND, daily: 100 },
		},
	});
	await world.read();
	await world.clock.advance(SECOND);
	await world.query(C1, {}, { headers: { "cache-control": "no-cache" } });
	company(world, "Edited Ltd");
	expect(await world.interval()).toEqual([]);
	expect((await world.read()).company).not.toBe("Edited Ltd");
	await world.clock.advance(HOUR);
	await world.until(() => ended(world) === 2, "the second look to be put off");
	expect(await world.interval()).toBeExactly(SEARCH);
	expect((await world.read()).company).toBe("Edited Ltd");
});

test("a look that fails is put off, not lost", async () => {
	await using world = await startWatched();
	await world.read();
	company(world, "Edited Ltd");
	world.upstream.next(500);
	expect(await world.interval()).toBeExactly(SEARCH);
	expect((await world.read()).company).not.toBe("Edited Ltd");
	expect(await world.interval()).toBeExactly(SEARCH);
	expect((await world.read()).company).toBe("Edited Ltd");
});

test("a calendar that fails is looked at again at once, and then left to the next round", async () => {
	await using world = await startWatched(ONLY_CALENDARS);
	world.upstream.next({
		kind: "status",
		status: 500,
		count: 2,
		match: { pattern: "calendarId=cal2" },
	});
	expect(await walked(world, 9)).toEqual([
		"list",
		...["cal1", "cal2", "cal2", "cal3", "cal4"],
		...["cal1", "cal2", "cal3"],
	]);
});

test("a calendar that is refused is left out; when all are, none is asked for ten minutes", async () => {
	await using world = await startWatched(ONLY_CALENDARS);
	const refuse = (pattern: string, count: number) =>
		world.upstream.next({
			kind: "status",
			status: 400,
			body: { statusCode: 400, message: "Window too large" },
			count,
			match: { pattern },
		});
	refuse("calendarId=cal2", 1);
	expect(await walked(world, 5)).toEqual(["list", ...WHOLE_ROUND]);
	refuse("/calendars/events", 4);
	expect(await walked(world, 4)).toEqual(WHOLE_ROUND);
	expect(await walked(world, 13, 0)).toEqual(times(13, "-"));
	expect(await walked(world, 1)).toEqual(["list"]);
});
