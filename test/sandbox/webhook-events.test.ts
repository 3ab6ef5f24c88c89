// Which write raises which event.
import { describe, expect, test } from "vitest";
import { FIRST } from "./caller.ts";
import { eventsOf, startSending } from "./sending.ts";

describe("which write raises which event", () => {
	test("contacts", async () => {
		await using both = await startSending();
		const { api } = both;
		const events = (method: string, path: string, body?: unknown) =>
			eventsOf(both, () => api.send(method, path, body));
		api.sandbox.data.edit("contacts", "c1", {
			tags: [],
			dnd: false,
			city: "Bonn",
			followers: [],
		});
		await api.sandbox.webhooks.settled();
		expect(
			await events("POST", "/contacts/", { locationId: FIRST, firstName: "A" }),
		).toEqual(["ContactCreate"]);
		expect(await events("PUT", "/contacts/c1", { city: "Ulm" })).toEqual([
			"ContactUpdate",
		]);
		expect(await events("PUT", "/contacts/c1", { city: "Ulm" })).toEqual([]);
		expect(await events("POST", "/contacts/c1/tags", { tags: ["x"] })).toEqual([
			"ContactTagUpdate",
		]);
		expect(
			await events("PUT", "/contacts/c1", { dnd: true, city: "Bonn" }),
		).toEqual(["ContactUpdate", "ContactDndUpdate"]);
		expect(
			await events("POST", "/contacts/c1/followers", { followers: ["u1"] }),
		).toEqual([]);
		expect(
			await events("POST", "/contacts/bulk/business", {
				locationId: FIRST,
				ids: ["c1"],
				businessId: "b1",
			}),
		).toEqual([]);
		expect(
			await events("POST", "/contacts/bulk/tags/update/add", {
				locationId: FIRST,
				contacts: ["c1", "c2"],
				tags: ["z"],
			}),
		).toEqual(["ContactTagUpdate", "ContactTagUpdate"]);
		expect(await events("DELETE", "/contacts/c1")).toEqual(["ContactDelete"]);
	});

	test("tasks: there is no event for an edited one", async () => {
		await using both = await startSending();
		const { api } = both;
		api.sandbox.data.edit("tasks", "t1", { completed: false });
		const events = (method: string, path: string, body?: unknown) =>
			eventsOf(both, () => api.send(method, path, body));
		expect(
			await events("PUT", "/contacts/c1/tasks/t1", { title: "Other" }),
		).toEqual([]);
		expect(
			await events("PUT", "/contacts/c1/tasks/t1/completed", {
				completed: true,
			}),
		).toEqual(["TaskComplete"]);
		expect(
			await events("PUT", "/contacts/c1/tasks/t1/completed", {
				completed: false,
			}),
		).toEqual([]);
		expect(
			await events("POST", "/contacts/c1/tasks", {
				title: "New",
				dueDate: "2026-12-01",
				completed: false,
			}),
		).toEqual(["TaskCreate"]);
		expect(await events("DELETE", "/contacts/c1/tasks/t1")).toEqual([
			"TaskDelete",
		]);
	});

	test("notes and appointments", async () => {
		await using both = await startSending();
		const { api } = both;
		const events = (method: string, path: string, body?: unknown) =>
			eventsOf(both, () => api.send(method, path, body));
		expect(
			await events("POST", "/contacts/c1/notes", {
				body: "x",
				title: "T",
				userId: "u1",
			}),
		).toEqual(["NoteCreate"]);
		const [{ body: note } = { body: {} }] = both.to.received;
		expect(note).not.toHaveProperty("title");
		expect(note).not.toHaveProperty("userId");
		expect(await events("PUT", "/contacts/c1/notes/n1", { body: "y" })).toEqual(
			["NoteUpdate"],
		);
		expect(await events("DELETE", "/contacts/c1/notes/n1")).toEqual([
			"NoteDelete",
		]);
		expect(
			await events("PUT", "/calendars/events/appointments/a1", { title: "x" }),
		).toEqual(["AppointmentUpdate"]);
		expect(both.to.received[0]?.body.appointment).toMatchObject({
			id: "a1",
			contactId: "c1",
			title: "x",
			startTime: expect.stringMatching(/-0[56]:00$/),
		});
		expect(await events("DELETE", "/calendars/events/a1", {})).toEqual([
			"AppointmentDelete",
		]);
	});

	test("installing and uninstalling the app", async () => {
		await using both = await startSending();
		const { oauth } = both.api.sandbox;
		expect(await eventsOf(both, () => oauth.install(FIRST))).toEqual([
			"INSTALL",
		]);
		expect(await eventsOf(both, () => oauth.uninstall(FIRST))).toEqual([
			"UNINSTALL",
		]);
	});

	test("TaskCreate may lack contactId and body", async () => {
		await using both = await startSending({ taskWithoutContact: 1 });
		await eventsOf(both, () =>
			both.api.sandbox.edit({ type: "TaskCreate", contactId: "c1" }),
		);
		expect(both.to.received[0]?.body).toMatchObject({
			type: "TaskCreate",
			locationId: FIRST,
		});
		expect(both.to.received[0]?.body).not.toHaveProperty("contactId");
		expect(both.to.received[0]?.body).not.toHaveProperty("body");
	});
});
