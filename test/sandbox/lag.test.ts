// Searches run behind the writes; reads by id do not.
import { expect, test } from "vitest";
import { FIRST, startCaller } from "./caller.ts";

const LAG = { searchLagMs: 10_000 };

test("search shows an edit only after the lag, GET at once", async () => {
	await using api = await startCaller(LAG);
	const cityInSearch = async () =>
		(
			await api.search({
				filters: [{ field: "id", operator: "eq", value: "c1" }],
			})
		).body.contacts[0]?.city;
	api.sandbox.data.edit("contacts", "c1", { city: "Old" });
	api.clock.now += 10_000;
	api.sandbox.data.edit("contacts", "c1", { city: "New" });
	expect((await api.get("/contacts/c1")).body.contact.city).toBe("New");
	expect(await cityInSearch()).toBe("Old");
	api.clock.now += 9_999;
	expect(await cityInSearch()).toBe("Old");
	api.clock.now += 1;
	expect(await cityInSearch()).toBe("New");
});

test("search filters by the old value as long as it shows it", async () => {
	await using api = await startCaller(LAG);
	api.sandbox.data.edit("contacts", "c1", { city: "Somewhere" });
	const count = async () =>
		(
			await api.search({
				filters: [{ field: "city", operator: "eq", value: "Somewhere" }],
			})
		).body.total;
	expect(await count()).toBe(0);
	api.clock.now += 10_000;
	expect(await count()).toBe(1);
});

test("a deleted contact stays in search for the lag and is gone by id", async () => {
	await using api = await startCaller(LAG);
	api.sandbox.data.remove("contacts", "c2");
	expect((await api.get("/contacts/c2")).status).toBe(400);
	expect((await api.search({})).body.total).toBe(20);
	api.clock.now += 10_000;
	expect((await api.search({})).body.total).toBe(19);
});

test("tasks/search lags as well", async () => {
	await using api = await startCaller(LAG);
	api.sandbox.data.edit("tasks", "t1", { title: "New title" });
	const titles = async () =>
		(
			await api.send("POST", `/locations/${FIRST}/tasks/search`, {
				contactId: ["c1"],
			})
		).body.tasks.map((task) => task.title);
	expect(await titles()).not.toContain("New title");
	api.clock.now += 10_000;
	expect(await titles()).toContain("New title");
});

test("with a gap the row is missing between its old and its new state", async () => {
	await using api = await startCaller({ ...LAG, searchGapMs: 500 });
	api.sandbox.data.edit("contacts", "c1", { city: "New" });
	const total = async () => (await api.search({})).body.total;
	expect(await total()).toBe(20);
	api.clock.now += 10_000;
	expect(await total()).toBe(19);
	api.clock.now += 500;
	expect(await total()).toBe(20);
});

test("a row deleted right after an edit stays away, gap or not", async () => {
	await using api = await startCaller({ ...LAG, searchGapMs: 500 });
	api.sandbox.data.edit("contacts", "c1", { city: "New" });
	api.clock.now += 200;
	api.sandbox.data.remove("contacts", "c1");
	api.clock.now += 60_000;
	expect((await api.search({})).body.total).toBe(19);
});

test("the history of a record keeps every state and its end", async () => {
	await using api = await startCaller();
	api.sandbox.data.edit("contacts", "c1", { city: "One" });
	api.clock.now += 5;
	api.sandbox.data.edit("contacts", "c1", { city: "Two" });
	api.sandbox.data.remove("contacts", "c1");
	const history = api.sandbox.data.history("contacts", "c1");
	expect(history.map(({ value }) => value?.city).slice(1)).toEqual([
		"One",
		"Two",
		undefined,
	]);
	expect(history[2]?.at).toBe(api.clock.now);
});
