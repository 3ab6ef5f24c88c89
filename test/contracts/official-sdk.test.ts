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
