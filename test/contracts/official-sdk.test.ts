// The vendor's own client library, pointed at the sandbox: what it can do there it should be able to do upstream.
import { GHLError, HighLevel } from "@gohighlevel/api-client";
import { describe, expect, test } from "vitest";
import { type Caller, FIRST, startCaller } from "../sandbox/caller.ts";

/** The library has no base-URL option; its HTTP client's default can be set. */
function clientOf(api: Caller) {
	const client = new HighLevel({
		privateIntegrationToken: api.sandbox.tokens[FIRST] ?? "",
		logLevel: "none",
	});
	client.getHttpClient().defaults.baseURL = api.sandbox.url;
	return client;
}

describe("reading", () => {
	test("a contact", async () => {
		await using api = await startCaller();
		const answer = await clientOf(api).contacts.getContact({ contactId: "c1" });
		expect(answer.contact?.id).toBe("c1");
		expect(answer.contact?.locationId).toBe(FIRST);
	});

	test("a search, page by page", async () => {
		await using api = await startCaller();
		const { contacts } = clientOf(api);
		const ids: string[] = [];
		for (const page of [1, 2]) {
			const body = { locationId: FIRST, page, pageLimit: 10 };
			const answer: { contacts: { id: string }[] } =
				await contacts.searchContactsAdvanced(body);
			ids.push(...answer.contacts.map((one) => one.id));
		}
		expect(new Set(ids).size).toBe(20);
	});

	test("tasks, notes and appointments", async () => {
		await using api = await startCaller();
		const { contacts } = clientOf(api);
		const of = { contactId: "c1" };
		const tasks = await contacts.getAllTasks(of);
		expect(tasks.tasks?.map((task) => task.id)).toEqual(["t1", "t2"]);
		const notes = await contacts.getAllNotes(of);
		expect(notes.notes?.map((note) => note.id)).toEqual(["n1", "n2"]);
		const events = await contacts.getAppointmentsForContact(of);
		expect(events.events?.map((event) => event.id)).toEqual(["a1", "a2"]);
	});

	test("a missing contact is an error with the status 400", async () => {
		await using api = await startCaller();
		const asked = clientOf(api).contacts.getContact({ contactId: "nobody" });
		await expect(asked).rejects.toThrow(GHLError);
		await expect(asked).rejects.toMatchObject({ statusCode: 400 });
	});

	test("the library reads the budget from a 429 and tries again", async () => {
		await using api = await startCaller({
			rateLimit: { burst: 100, intervalMs: 20, daily: 1_000 },
		});
		const client = new HighLevel({
			privateIntegrationToken: api.sandbox.tokens[FIRST] ?? "",
			logLevel: "none",
			rateLimitRetry: true,
		});
		client.getHttpClient().defaults.baseURL = api.sandbox.url;
		api.sandbox.next(429);
		const answer = await client.contacts.getContact({ contactId: "c1" });
		expect(answer.contact?.id).toBe("c1");
		expect(api.sandbox.calls().map(({ status }) => status)).toEqual([429, 200]);
	});
});

describe("writing", () => {
	test("a contact's whole life", async () => {
		await using api = await startCaller();
		const { contacts } = clientOf(api);
		const made = await contacts.createContact({
			locationId: FIRST,
			firstName: "Ann",
			email: "ann@new.example",
		});
		const contactId = made.contact?.id ?? "";
		expect(contactId).toBe("c21");
		const changed = await contacts.updateContact(
			{ contactId },
			{ city: "Ulm" },
		);
		expect([changed.succeded, changed.contact?.city]).toEqual([true, "Ulm"]);
		const again = await contacts.upsertContact({
			locationId: FIRST,
			email: "ann@new.example",
			firstName: "Anna",
		});
		expect([again.new, again.contact?.firstName]).toEqual([false, "Anna"]);
		const found: { contacts: { id: string }[] } =
			await contacts.searchContactsAdvanced({
				locationId: FIRST,
				pageLimit: 1,
				filters: [{ field: "email", operator: "eq", value: "ann@new.example" }],
			} as object);
		expect(found.contacts[0]?.id).toBe(contactId);
		const gone = await contacts.deleteContact({ contactId });
		expect(gone.succeded).toBe(true);
		await expect(contacts.getContact({ contactId })).rejects.toMatchObject({
			statusCode: 400,
		});
	});

	test("a duplicate is refused with the contact it repeats", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("contacts", "c3", { email: "twin@x.example" });
		const again = clientOf(api).contacts.createContact({
			locationId: FIRST,
			email: "twin@x.example",
		});
		await expect(again).rejects.toMatchObject({
			statusCode: 400,
			response: { meta: { contactId: "c3", matchingField: "email" } },
		});
	});

	test("tasks and notes", async () => {
		await using api = await startCaller();
		const { contacts } = clientOf(api);
		const contactId = "c1";
		const task = await contacts.createTask(
			{ contactId },
			{ title: "Call", dueDate: "2026-12-01T10:00:00Z", completed: false },
		);
		const ofTask = { contactId, taskId: task.task?.id ?? "" };
		const renamed = await contacts.updateTask(ofTask, { title: "Visit" });
		expect(renamed.task?.title).toBe("Visit");
		const done = await contacts.updateTaskCompleted(ofTask, {
			completed: true,
		});
		expect(done.task?.completed).toBe(true);
		expect((await contacts.getTask(ofTask)).task?.completed).toBe(true);
		expect((await contacts.deleteTask(ofTask)).succeded).toBe(true);
		const note = await contacts.createNote({ contactId }, { body: "Hello" });
		const ofNote = { contactId, id: note.note?.id ?? "" };
		await contacts.updateNote(ofNote, { body: "Bye" });
		expect((await contacts.getNote(ofNote)).note?.body).toBe("Bye");
		expect((await contacts.deleteNote(ofNote)).succeded).toBe(true);
		expect((await contacts.getAllNotes({ contactId })).notes).toHaveLength(2);
	});

	test("tags, followers, campaigns, workflows and business", async () => {
		await using api = await startCaller();
		const { contacts } = clientOf(api);
		const of = { contactId: "c1" };
		api.sandbox.data.edit("contacts", "c1", {
			tags: [],
			followers: [],
			activeWorkflows: [],
		});
		expect((await contacts.addTags(of, { tags: ["x", "y"] })).tags).toEqual([
			"x",
			"y",
		]);
		expect((await contacts.removeTags(of, { tags: ["x"] })).tags).toEqual([
			"y",
		]);
		const followed = await contacts.addFollowersContact(of, {
			followers: ["u1"],
		});
		expect(followed.followersAdded).toEqual(["u1"]);
		const left = await contacts.removeFollowersContact(of, {
			followers: ["u1"],
		});
		expect(left.followersRemoved).toEqual(["u1"]);
		await contacts.addContactToCampaign({ ...of, campaignId: "camp1" }, {});
		await contacts.removeContactFromCampaign({ ...of, campaignId: "camp1" });
		await contacts.removeContactFromEveryCampaign(of);
		await contacts.addContactToWorkflow({ ...of, workflowId: "w1" }, {});
		await contacts.deleteContactFromWorkflow({ ...of, workflowId: "w1" }, {});
		expect(api.sandbox.data.get("contacts", "c1")).toMatchObject({
			tags: ["y"],
			campaigns: [],
			activeWorkflows: [],
		});
		await contacts.addRemoveContactFromBusiness({
			locationId: FIRST,
			ids: ["c1"],
			businessId: "b1",
		});
		const listed = await contacts.getContactsByBusinessId({
			businessId: "b1",
			locationId: FIRST,
		});
		expect(listed.contacts?.map((one) => one.id)).toContain("c1");
		const bulk = await contacts.createAssociation(
			{ type: "add" },
			{ locationId: FIRST, contacts: ["c1", "c2"], tags: ["bulk"] },
		);
		expect(bulk.errorCount).toBe(0);
	});
});
