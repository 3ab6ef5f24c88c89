// People at work in the CRM, by hand and by the simulator.
import { describe, expect, test } from "vitest";
import { eventsOf, startSending } from "./sending.ts";

describe("people at work", () => {
	test.each([
		["ContactUpdate", "contacts"],
		["TaskComplete", "tasks"],
		["NoteDelete", "notes"],
		["AppointmentCreate", "appointments"],
		["ContactCreate", "contacts"],
	] as const)(
		"an edit by hand, %s, is a write with its event",
		async (type, table) => {
			await using both = await startSending();
			both.api.sandbox.data.edit("tasks", "t1", { completed: false });
			const types = await eventsOf(both, async () => {
				const { status, body } = await both.api.send(
					"POST",
					"/__sandbox/edits",
					{ type, contactId: "c1" },
				);
				expect(status).toBe(201);
				const { history } = both.api.sandbox.data;
				expect(
					history.call(both.api.sandbox.data, table, body.id).length,
				).toBeGreaterThan(0);
			});
			expect(types).toEqual([type]);
			expect(both.api.sandbox.calls()).toEqual([]);
		},
	);

	test("fields to set may be given", async () => {
		await using both = await startSending();
		both.api.sandbox.edit({
			type: "ContactUpdate",
			contactId: "c3",
			set: { city: "Ulm" },
		});
		expect((await both.api.get("/contacts/c3")).body.contact.city).toBe("Ulm");
	});

	test.each([
		[{ type: "TaskExplode" }, '"type" to be one of'],
		[{ type: "TaskDelete", id: "t99" }, "none of the tasks t99"],
		[{ type: "ContactUpdate", locationId: "x" }, "no location x"],
	])("%j is refused", async (edit, text) => {
		await using both = await startSending();
		const { status, body } = await both.api.send(
			"POST",
			"/__sandbox/edits",
			edit,
		);
		expect(status).toBe(400);
		expect(body.error).toContain(text);
	});

	test("the simulator edits by seed, and the same seed makes the same edits", async () => {
		const run = async () => {
			await using both = await startSending();
			return Array.from({ length: 300 }, () =>
				both.api.sandbox.simulator.step(),
			);
		};
		const first = await run();
		expect(new Set(first).size).toBeGreaterThan(6);
		expect(await run()).toEqual(first);
	});

	test("with a pace it edits by itself", async () => {
		await using both = await startSending();
		await both.api.send("PUT", "/__sandbox/edits", { perSecond: 500 });
		await expect
			.poll(() => both.to.received.length, { timeout: 5_000 })
			.toBeGreaterThan(20);
		await both.api.send("PUT", "/__sandbox/edits", { perSecond: 0 });
	});
});
