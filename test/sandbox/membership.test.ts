// Tags, followers, campaigns, workflows of a contact; bulk operations; tags and custom fields of the location.
import { describe, expect, test } from "vitest";
import { FIRST, startCaller } from "./caller.ts";

test("tags are added and removed one by one", async () => {
	await using api = await startCaller();
	api.sandbox.data.edit("contacts", "c1", { tags: ["a"] });
	const added = await api.send("POST", "/contacts/c1/tags", {
		tags: ["B", "a"],
	});
	expect([added.status, added.body.tags]).toEqual([201, ["a", "b"]]);
	const removed = await api.send("DELETE", "/contacts/c1/tags", {
		tags: ["A"],
	});
	expect([removed.status, removed.body.tags]).toEqual([200, ["b"]]);
	expect((await api.send("POST", "/contacts/c1/tags", {})).status).toBe(422);
});

test("followers are added and removed; unknown users are not", async () => {
	await using api = await startCaller();
	api.sandbox.data.edit("contacts", "c1", { followers: ["u1"] });
	const path = "/contacts/c1/followers";
	const added = await api.send("POST", path, { followers: ["u1", "u2"] });
	expect(added.body).toMatchObject({
		followers: ["u1", "u2"],
		followersAdded: ["u2"],
	});
	const removed = await api.send("DELETE", path, { followers: ["u1"] });
	expect(removed.body).toMatchObject({
		followers: ["u2"],
		followersRemoved: ["u1"],
	});
	expect((await api.send("POST", path, { followers: ["u99"] })).status).toBe(
		400,
	);
});

test("campaigns are joined, left, and left all at once", async () => {
	await using api = await startCaller();
	const path = "/contacts/c1/campaigns";
	const campaigns = () => api.sandbox.data.get("contacts", "c1")?.campaigns;
	expect((await api.send("POST", `${path}/camp1`, {})).status).toBe(201);
	await api.send("POST", `${path}/camp2`, {});
	expect(campaigns()).toEqual(["camp1", "camp2"]);
	expect((await api.send("DELETE", `${path}/camp1`)).body).toEqual({
		succeded: true,
		traceId: expect.any(String),
	});
	expect(campaigns()).toEqual(["camp2"]);
	await api.send("DELETE", `${path}/removeAll`);
	expect(campaigns()).toEqual([]);
	expect((await api.send("POST", `${path}/none`, {})).status).toBe(400);
});

test("workflows are started and stopped; a draft is refused", async () => {
	await using api = await startCaller();
	api.sandbox.data.edit("contacts", "c1", {
		activeWorkflows: [],
		finishedWorkflows: [],
	});
	const path = "/contacts/c1/workflow";
	const started = await api.send("POST", `${path}/w1`, {
		eventStartTime: "2026-12-01T10:00:00+01:00",
	});
	expect([started.status, started.body]).toEqual([
		200,
		{ succeded: true, traceId: expect.any(String) },
	]);
	expect(api.sandbox.data.get("contacts", "c1")?.activeWorkflows).toEqual([
		"w1",
	]);
	await api.send("DELETE", `${path}/w1`, {});
	expect(api.sandbox.data.get("contacts", "c1")).toMatchObject({
		activeWorkflows: [],
		finishedWorkflows: ["w1"],
	});
	expect((await api.send("POST", `${path}/w5`, {})).status).toBe(400);
	expect(
		(await api.send("POST", `${path}/w1`, { eventStartTime: "later" })).status,
	).toBe(422);
});

describe("bulk", () => {
	const TAGS = "/contacts/bulk/tags/update";
	const body = { locationId: FIRST, tags: ["x"] };

	test("tags of many contacts change, with a result for each", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("contacts", "c1", { tags: ["old"] });
		api.sandbox.data.remove("contacts", "c3");
		const contacts = ["c1", "c3", "nope"];
		const { status, body: answer } = await api.send("POST", `${TAGS}/add`, {
			...body,
			contacts,
		});
		expect(status).toBe(201);
		expect(answer).toEqual({
			succeded: true,
			traceId: expect.any(String),
			errorCount: 2,
			responses: [
				{
					contactId: "c1",
					message: "Tags updated",
					type: "success",
					oldTags: ["old"],
					tagsAdded: ["x"],
					tagsRemoved: [],
				},
				{ contactId: "c3", message: "contact is deleted", type: "error" },
				{
					contactId: "nope",
					message: "contact id is not a valid firebase id",
					type: "error",
				},
			],
		});
		await api.send("POST", `${TAGS}/remove`, {
			...body,
			tags: [],
			contacts: ["c1"],
			removeAllTags: true,
		});
		expect(api.sandbox.data.get("contacts", "c1")?.tags).toEqual([]);
	});

	test.each([
		["add", { contacts: ["c1"], removeAllTags: true }],
		["swap", { contacts: ["c1"] }],
		["add", { contacts: ["c1", "c2", "c3", "c4"] }],
		["add", { contacts: [] }],
	])("%s with %j is 422", async (type, patch) => {
		await using api = await startCaller({ bulkMax: 3 });
		expect(
			(await api.send("POST", `${TAGS}/${type}`, { ...body, ...patch })).status,
		).toBe(422);
	});

	test("a business is set for many contacts and cleared by null", async () => {
		await using api = await startCaller();
		const set = (businessId: string | null) =>
			api.send("POST", "/contacts/bulk/business", {
				locationId: FIRST,
				ids: ["c1", "nope", "c2"],
				businessId,
			});
		expect((await set("b3")).body).toEqual({
			success: true,
			traceId: expect.any(String),
			ids: ["c1", "c2"],
		});
		expect(api.sandbox.data.get("contacts", "c2")?.businessId).toBe("b3");
		await set(null);
		expect(api.sandbox.data.get("contacts", "c2")?.businessId).toBeNull();
		expect((await set("none")).status).toBe(400);
	});
});

describe("the location's lists", () => {
	test("a tag is created, renamed on every contact, and deleted from them", async () => {
		await using api = await startCaller();
		const base = `/locations/${FIRST}/tags`;
		const made = await api.send("POST", base, { name: "Gold" });
		expect([made.status, made.body.tag]).toMatchObject([200, { name: "gold" }]);
		expect((await api.send("POST", base, { name: "gold" })).status).toBe(400);
		api.sandbox.data.edit("contacts", "c1", { tags: ["gold", "a"] });
		const path = `${base}/${(made.body.tag as { id: string }).id}`;
		await api.send("PUT", path, { name: "silver" });
		expect(api.sandbox.data.get("contacts", "c1")?.tags).toEqual([
			"silver",
			"a",
		]);
		expect((await api.send("DELETE", path)).body).toEqual({
			succeded: true,
			traceId: expect.any(String),
		});
		expect(api.sandbox.data.get("contacts", "c1")?.tags).toEqual(["a"]);
	});

	test("a custom field is created, changed and deleted", async () => {
		await using api = await startCaller();
		const base = `/locations/${FIRST}/customFields`;
		const made = await api.send("POST", base, {
			name: "Shoe size",
			dataType: "TEXTBOX_LIST",
			textBoxListOptions: [{ label: "Left" }, { label: "Right" }],
		});
		expect(made.status).toBe(201);
		const field = made.body.customField as { id: string };
		expect(field).toMatchObject({
			fieldKey: "contact.shoe_size",
			model: "contact",
		});
		const path = `${base}/${field.id}`;
		const changed = await api.send("PUT", path, { name: "Hat size" });
		expect(changed.body.customField).toMatchObject({
			name: "Hat size",
			fieldKey: "contact.shoe_size",
		});
		expect((await api.send("DELETE", path)).body).toEqual({
			succeded: true,
			traceId: expect.any(String),
		});
		expect((await api.get(path)).status).toBe(400);
		expect(
			(await api.send("POST", base, { name: "x", dataType: "COLOUR" })).status,
		).toBe(422);
	});
});
