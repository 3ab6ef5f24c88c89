// POST /locations/{id}/tasks/search: many contacts' tasks in one call, and its own paging.
import { expect, test } from "vitest";
import { FIRST, startCaller } from "./caller.ts";

const PATH = `/locations/${FIRST}/tasks/search`;

test("it answers 201 with rows that have _id, details and a cursor", async () => {
	await using api = await startCaller();
	const { status, body } = await api.send("POST", PATH, { contactId: ["c3"] });
	expect(status).toBe(201);
	expect(body.tasks).toHaveLength(2);
	const [row] = body.tasks;
	expect(row).toMatchObject({
		_id: expect.stringMatching(/^t[56]$/),
		contactId: "c3",
		deleted: false,
		contactDetails: { firstName: null },
		searchAfter: [expect.any(Number), row?._id],
	});
	expect(row).not.toHaveProperty("id");
});

test("several contacts' tasks come in one call", async () => {
	await using api = await startCaller();
	const { body } = await api.send("POST", PATH, {
		contactId: ["c1", "c2", "c9"],
		limit: 100,
	});
	const owners = body.tasks.map((task) => task.contactId);
	expect(owners.sort()).toEqual(["c1", "c1", "c2", "c2", "c9", "c9"]);
});

test("a page has 25 rows unless asked for more, up to 500", async () => {
	await using api = await startCaller();
	const sizeFor = async (limit?: number) =>
		(await api.send("POST", PATH, { limit })).body.tasks?.length;
	expect(await sizeFor()).toBe(25);
	expect(await sizeFor(500)).toBe(40);
	expect((await api.send("POST", PATH, { limit: 501 })).status).toBe(422);
});

test.each(["searchAfter", "skip"])("%s walks all tasks once", async (by) => {
	await using api = await startCaller({ tasksSearchMax: 7 });
	const seen: string[] = [];
	let after: unknown;
	for (let pages = 0; pages < 20; pages++) {
		const step = by === "skip" ? { skip: seen.length } : { searchAfter: after };
		const { body } = await api.send("POST", PATH, { limit: 100, ...step });
		if (body.tasks.length === 0) break;
		expect(body.tasks.length).toBeLessThanOrEqual(7);
		seen.push(...body.tasks.map((task) => task._id));
		after = body.tasks.at(-1)?.searchAfter;
	}
	expect(seen).toHaveLength(40);
	expect(new Set(seen).size).toBe(40);
});

test("it filters by state, user and text", async () => {
	await using api = await startCaller();
	for (const task of [...api.sandbox.data.location().tasks.values()])
		api.sandbox.data.edit("tasks", task.id, {
			completed: false,
			assignedTo: null,
			title: "plain",
		});
	api.sandbox.data.edit("tasks", "t8", {
		completed: true,
		assignedTo: "u2",
		title: "Order Bricks",
	});
	for (const filter of [
		{ completed: true },
		{ assignedTo: ["u2", "u9"] },
		{ query: "bricks" },
	]) {
		const { body } = await api.send("POST", PATH, filter);
		expect(body.tasks.map((task) => task._id)).toEqual(["t8"]);
	}
});

test.each([
	[{ contactId: "c1" }, "contactId must be an array"],
	[{ contactId: [1] }, "each value in contactId must be a string"],
	[{ completed: "yes" }, "completed must be a boolean value"],
	[{ contacts: [] }, "property contacts should not exist"],
	[{ limit: "5" }, "limit must be a number"],
])("%j is refused", async (body, message) => {
	await using api = await startCaller();
	const answer = await api.send("POST", PATH, body);
	expect([answer.status, answer.body.message]).toEqual([422, [message]]);
});

test("more contact ids than allowed are refused", async () => {
	await using api = await startCaller({ maxSearchContactIds: 2 });
	const ask = (contactId: string[]) => api.send("POST", PATH, { contactId });
	expect((await ask(["c1", "c2"])).status).toBe(201);
	expect((await ask(["c1", "c2", "c3"])).status).toBe(422);
});
