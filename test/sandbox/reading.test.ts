// What each reading route answers, apart from contacts and searches.
import { describe, expect, test } from "vitest";
import { FIRST, SECOND, startCaller } from "./caller.ts";

const WINDOW = "startTime=0&endTime=9999999999999";

describe("tasks and notes", () => {
	test("tasks of a contact come whole, under the contact only", async () => {
		await using api = await startCaller();
		const { body } = await api.get("/contacts/c2/tasks");
		expect(body.tasks.map((task) => task.id)).toEqual(["t3", "t4"]);
		expect((await api.get("/contacts/c2/tasks/t3")).body.task.id).toBe("t3");
		const astray = await api.get("/contacts/c1/tasks/t3");
		expect([astray.status, astray.body.message]).toEqual([
			400,
			"Task with id t3 not found",
		]);
	});

	test("notes of a contact come whole, under the contact only", async () => {
		await using api = await startCaller();
		const { body } = await api.get("/contacts/c1/notes");
		expect(body.notes).toHaveLength(2);
		expect((await api.get("/contacts/c1/notes/n1")).body.note.contactId).toBe(
			"c1",
		);
		expect((await api.get("/contacts/c2/notes/n1")).status).toBe(400);
	});
});

describe("appointments", () => {
	test("a contact's appointments have local times without offset, events have one", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("appointments", "a1", {
			startsAt: Date.UTC(2026, 6, 16, 16),
			endsAt: Date.UTC(2026, 6, 16, 16, 30),
		});
		const list = await api.get("/contacts/c1/appointments");
		expect(list.body.events[0]).toMatchObject({
			id: "a1",
			startTime: "2026-07-16 11:00:00",
			endTime: "2026-07-16 11:30:00",
		});
		const event = await api.get("/calendars/events/appointments/a1");
		expect(event.body.event.startTime).toBe("2026-07-16T11:00:00-05:00");
	});

	test("the second location is in another zone", async () => {
		await using api = await startCaller();
		const token = api.sandbox.tokens[SECOND] ?? "";
		await api.get("/contacts/l2c1", { token });
		api.sandbox.data.edit("appointments", "l2a1", {
			startsAt: Date.UTC(2026, 0, 5, 9),
		});
		const list = await api.get("/contacts/l2c1/appointments", { token });
		expect(list.body.events[0]?.startTime).toBe("2026-01-05 10:00:00");
	});

	test("the misspelt twin of the status is there", async () => {
		await using api = await startCaller();
		const { body } = await api.get("/contacts/c1/appointments");
		expect(body.events[0]?.appoinmentStatus).toBe(
			body.events[0]?.appointmentStatus,
		);
	});

	test("events of a window need one of user, calendar or group", async () => {
		await using api = await startCaller();
		const base = `/calendars/events?locationId=${FIRST}&${WINDOW}`;
		expect((await api.get(base)).status).toBe(422);
		const all = await Promise.all(
			["cal1", "cal2", "cal3", "cal4"].map((id) =>
				api.get(`${base}&calendarId=${id}`),
			),
		);
		expect(all.flatMap((one) => one.body.events)).toHaveLength(40);
		expect(
			(await api.get(`/calendars/events?locationId=${FIRST}`)).status,
		).toBe(422);
	});

	test("appointment notes are paged by offset and say whether more follow", async () => {
		await using api = await startCaller();
		for (let i = 1; i <= 3; i++)
			api.sandbox.data.put("appointmentNotes", {
				id: `x${i}`,
				locationId: FIRST,
				appointmentId: "a2",
				contactId: "c1",
				body: `note ${i}`,
				userId: "u1",
				dateAdded: "2026-11-01T00:00:00.000Z",
			});
		const path = "/calendars/appointments/a2/notes";
		const before = (await api.get(`${path}?limit=20&offset=0`)).body.notes;
		const page = await api.get(`${path}?limit=2&offset=${before.length - 2}`);
		expect(page.body.notes).toHaveLength(2);
		expect(page.body.hasMore).toBe(false);
		expect((await api.get(`${path}?limit=1&offset=0`)).body.hasMore).toBe(true);
		expect((await api.get(`${path}?limit=21&offset=0`)).status).toBe(422);
		expect((await api.get(path)).status).toBe(422);
	});
});

describe("what a location has once", () => {
	test.each([
		[`/locations/${FIRST}/tags`, "tags", 15],
		[`/locations/${FIRST}/customFields`, "customFields", 16],
		[`/locations/${FIRST}/customFields?model=opportunity`, "customFields", 0],
		[`/workflows/?locationId=${FIRST}`, "workflows", 5],
		[`/campaigns/?locationId=${FIRST}`, "campaigns", 3],
		[`/campaigns/?locationId=${FIRST}&status=draft`, "campaigns", 1],
		[`/calendars/?locationId=${FIRST}`, "calendars", 4],
		[`/users/?locationId=${FIRST}`, "users", 12],
		[`/users/search?companyId=sandbox-company&ids=u1,u3,u99`, "users", 2],
		[`/users/search?companyId=sandbox-company&limit=5&skip=10`, "users", 2],
		[`/businesses/?locationId=${FIRST}`, "businesses", 25],
		[`/businesses/?locationId=${FIRST}&limit=10&skip=20`, "businesses", 5],
	])("%s lists %s", async (path, key, count) => {
		await using api = await startCaller();
		const { status, body } = await api.get(path);
		expect(status).toBe(200);
		expect(body[key]).toHaveLength(count);
	});

	test.each([
		[`/locations/${FIRST}`, "location", FIRST],
		[`/locations/${FIRST}/tags/tag2`, "tag", "tag2"],
		[`/locations/${FIRST}/customFields/cf3`, "customField", "cf3"],
		["/businesses/b4", "business", "b4"],
		["/calendars/cal2", "calendar", "cal2"],
	])("%s answers one %s", async (path, key, id) => {
		await using api = await startCaller();
		const { status, body } = await api.get(path);
		expect(status).toBe(200);
		expect(body[key]).toMatchObject({ id });
	});

	test("a user comes without a wrapper", async () => {
		await using api = await startCaller();
		expect((await api.get("/users/u2")).body.id).toBe("u2");
	});

	test.each([
		`/locations/${FIRST}/tags/none`,
		`/locations/${FIRST}/customFields/none`,
		"/businesses/none",
		"/calendars/none",
		"/users/none",
		"/calendars/events/appointments/none",
	])("%s is 400 and says what was not found", async (path) => {
		await using api = await startCaller();
		const { status, body } = await api.get(path);
		expect(status).toBe(400);
		expect(body.message).toMatch(/with id none not found$/);
	});

	test("users/search without a company is 422", async () => {
		await using api = await startCaller();
		expect((await api.get("/users/search")).status).toBe(422);
	});
});
