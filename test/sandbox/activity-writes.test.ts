// Writing tasks, notes, appointments and their notes.
import { describe, expect, test } from "vitest";
import { FIRST, startCaller } from "./caller.ts";

describe("tasks", () => {
	const task = {
		title: "Call",
		dueDate: "2026-12-01T10:00:00+02:00",
		completed: false,
	};

	test("created, changed, completed, reopened, deleted", async () => {
		await using api = await startCaller();
		const made = await api.send("POST", "/contacts/c1/tasks", task);
		expect(made.status).toBe(201);
		expect(made.body.task).toMatchObject({
			title: "Call",
			contactId: "c1",
			completed: false,
			dueDate: "2026-12-01T08:00:00.000Z",
		});
		const path = `/contacts/c1/tasks/${made.body.task.id}`;
		const changed = await api.send("PUT", path, {
			title: "Visit",
			assignedTo: "u1",
		});
		expect(changed.body.task).toMatchObject({
			title: "Visit",
			assignedTo: "u1",
			completed: false,
		});
		const completed = async (value: boolean) =>
			(await api.send("PUT", `${path}/completed`, { completed: value })).body
				.task.completed;
		expect([await completed(true), await completed(false)]).toEqual([
			true,
			false,
		]);
		expect((await api.send("DELETE", path)).body).toEqual({
			succeded: true,
			traceId: expect.any(String),
		});
		expect((await api.get(path)).status).toBe(400);
	});

	test.each([
		[
			{},
			[
				"title should not be empty",
				"dueDate should not be empty",
				"completed should not be empty",
			],
		],
		[
			{ ...task, dueDate: "tomorrow" },
			["dueDate must be a valid ISO 8601 date string"],
		],
		[{ ...task, completed: "no" }, ["completed must be a boolean value"]],
		[{ ...task, status: "open" }, ["property status should not exist"]],
	])("%j is 422", async (body, faults) => {
		await using api = await startCaller();
		const answer = await api.send("POST", "/contacts/c1/tasks", body);
		expect([answer.status, answer.body.message]).toEqual([422, faults]);
	});

	test("a task of another contact is not found", async () => {
		await using api = await startCaller();
		for (const [method, path, body] of [
			["PUT", "/contacts/c2/tasks/t1", { title: "x" }],
			["PUT", "/contacts/c2/tasks/t1/completed", { completed: true }],
			["DELETE", "/contacts/c2/tasks/t1", undefined],
		] as const)
			expect((await api.send(method, path, body)).body.message).toBe(
				"Task with id t1 not found",
			);
	});
});

describe("notes", () => {
	test("created, changed, deleted", async () => {
		await using api = await startCaller();
		const made = await api.send("POST", "/contacts/c1/notes", {
			body: "Hello",
			userId: "u1",
			title: "T",
			pinned: true,
		});
		expect(made.status).toBe(201);
		expect(made.body.note).toMatchObject({
			body: "Hello",
			pinned: true,
			contactId: "c1",
		});
		const path = `/contacts/c1/notes/${made.body.note.id}`;
		const changed = await api.send("PUT", path, { body: "Bye" });
		expect(changed.body.note).toMatchObject({
			body: "Bye",
			title: "T",
			userId: "u1",
		});
		expect((await api.send("DELETE", path)).body).toEqual({
			succeded: true,
			traceId: expect.any(String),
		});
		expect((await api.get(path)).status).toBe(400);
	});

	test("a note without a body is 422", async () => {
		await using api = await startCaller();
		const { body } = await api.send("POST", "/contacts/c1/notes", { body: "" });
		expect(body.message).toEqual(["body should not be empty"]);
	});
});

describe("appointments", () => {
	const PATH = "/calendars/events/appointments";
	const booking = {
		calendarId: "cal1",
		locationId: FIRST,
		contactId: "c1",
		assignedUserId: "u1",
		startTime: "2027-03-01T10:00:00-06:00",
	};

	test("booked with the calendar's length; the answer lacks the dates of writing", async () => {
		await using api = await startCaller();
		const { status, body } = await api.send("POST", PATH, booking);
		expect(status).toBe(200);
		expect(body).toMatchObject({
			contactId: "c1",
			startTime: "2027-03-01T10:00:00-06:00",
			endTime: "2027-03-01T10:30:00-06:00",
			appointmentStatus: "confirmed",
			appoinmentStatus: "confirmed",
		});
		expect(body).not.toHaveProperty("dateAdded");
		expect(body).not.toHaveProperty("dateUpdated");
		const list = await api.get("/contacts/c1/appointments");
		expect(list.body.events.at(-1)?.startTime).toBe("2027-03-01 10:00:00");
	});

	test("a PUT that omits the status resets it to confirmed", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("appointments", "a1", {
			appointmentStatus: "showed",
		});
		const { body } = await api.send("PUT", `${PATH}/a1`, { title: "Other" });
		expect([body.title, body.appointmentStatus]).toEqual([
			"Other",
			"confirmed",
		]);
	});

	test("completed is stored as showed", async () => {
		await using api = await startCaller();
		const { body } = await api.send("PUT", `${PATH}/a1`, {
			appointmentStatus: "completed",
		});
		expect(body.appointmentStatus).toBe("showed");
	});

	test("a taken slot is refused unless that check is switched off", async () => {
		await using api = await startCaller();
		await api.send("POST", PATH, booking);
		const overlapping = {
			...booking,
			contactId: "c2",
			startTime: "2027-03-01T16:15:00Z",
		};
		const refused = await api.send("POST", PATH, overlapping);
		expect([refused.status, refused.body.message]).toEqual([
			400,
			"The slot you have selected is no longer available.",
		]);
		const forced = { ...overlapping, ignoreFreeSlotValidation: true };
		expect((await api.send("POST", PATH, forced)).status).toBe(200);
		const before = { ...overlapping, startTime: "2027-03-01T15:30:00Z" };
		expect((await api.send("POST", PATH, before)).status).toBe(200);
		const after = { ...overlapping, startTime: "2027-03-01T16:45:00Z" };
		expect((await api.send("POST", PATH, after)).status).toBe(200);
	});

	test.each([
		[
			{ assignedUserId: undefined },
			400,
			"A team member needs to be selected. assignedUserId is missing",
		],
		[{ assignedUserId: "u12" }, 400, "The user id not part of calendar team."],
		[{ calendarId: "none" }, 400, "Calendar with id none not found"],
		[{ contactId: "none" }, 400, "Contact with id none not found"],
		[
			{ startTime: "soon" },
			422,
			["startTime must be a valid ISO 8601 date string"],
		],
		[
			{ endTime: "2027-03-01T09:00:00-06:00" },
			422,
			["endTime must be later than startTime"],
		],
		[
			{ appointmentStatus: "booked" },
			422,
			[
				"appointmentStatus must be one of the following values: new, confirmed, cancelled, showed, noshow, invalid, completed",
			],
		],
		[{ startTime: undefined }, 422, ["startTime should not be empty"]],
		[{ notes: "x" }, 422, ["property notes should not exist"]],
	])("booking with %j is refused", async (patch, status, message) => {
		await using api = await startCaller();
		const answer = await api.send("POST", PATH, { ...booking, ...patch });
		expect([answer.status, answer.body.message]).toEqual([status, message]);
	});

	test("a time without offset is local time of the location, also in summer", async () => {
		await using api = await startCaller();
		const { body } = await api.send("POST", PATH, {
			...booking,
			startTime: "2027-07-01T10:00:00",
		});
		expect(body.startTime).toBe("2027-07-01T10:00:00-05:00");
	});

	test("deleted with 201 and succeeded spelt right", async () => {
		await using api = await startCaller();
		const { status, body } = await api.send(
			"DELETE",
			"/calendars/events/a1",
			{},
		);
		expect([status, body]).toEqual([
			201,
			{ succeeded: true, traceId: expect.any(String) },
		]);
		expect((await api.get(`${PATH}/a1`)).status).toBe(400);
	});

	test("notes of an appointment: created, changed, deleted", async () => {
		await using api = await startCaller();
		const base = "/calendars/appointments/a1/notes";
		const made = await api.send("POST", base, {
			body: "Bring pens",
			userId: "u1",
		});
		expect(made.status).toBe(201);
		const path = `${base}/${made.body.note.id}`;
		expect(
			(await api.send("PUT", path, { body: "Bring paper" })).body.note.body,
		).toBe("Bring paper");
		expect((await api.send("DELETE", path)).body).toEqual({
			success: true,
			traceId: expect.any(String),
		});
		expect((await api.send("DELETE", path)).status).toBe(400);
		expect((await api.send("POST", base, {})).status).toBe(422);
	});
});
