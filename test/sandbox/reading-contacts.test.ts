// Reading contacts, apart from the search.
import { describe, expect, test } from "vitest";
import { FIRST, startCaller } from "./caller.ts";

describe("contacts", () => {
	test("a contact by id has address1, and additional e-mails as objects", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("contacts", "c1", {
			address1: "1 Main St",
			additionalEmails: ["second@mail.example"],
			timezone: "America/Chicago",
		});
		const { status, body } = await api.get("/contacts/c1");
		expect(status).toBe(200);
		expect(body.contact).toMatchObject({
			id: "c1",
			address1: "1 Main St",
			timezone: "America/Chicago",
			additionalEmails: [{ email: "second@mail.example" }],
		});
		expect(body.contact).not.toHaveProperty("address");
	});

	test("fields never filled in are left out of a contact by id", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("contacts", "c1", { email: null, phone: null });
		const { body } = await api.get("/contacts/c1");
		expect(body.contact).not.toHaveProperty("email");
		expect(body.contact).not.toHaveProperty("phone");
	});

	test("a missing contact is 400 with its text, not 404", async () => {
		await using api = await startCaller();
		const { status, body } = await api.get("/contacts/nobody");
		expect(status).toBe(400);
		expect(body).toEqual({
			statusCode: 400,
			message: "Contact with id nobody not found",
			error: "Bad Request",
			traceId: expect.any(String),
		});
	});

	test("a wrong word under /contacts is read as a contact id", async () => {
		await using api = await startCaller();
		const { status, body } = await api.get("/contacts/searching");
		expect([status, body.message]).toEqual([
			400,
			"Contact with id searching not found",
		]);
	});

	test("an unknown route is 404 and names the route", async () => {
		await using api = await startCaller();
		const { status, body } = await api.get("/contactz/c1");
		expect([status, body.message]).toEqual([404, "Cannot GET /contactz/c1"]);
	});

	test("the deprecated list is walked to its end by meta", async () => {
		await using api = await startCaller();
		const seen: string[] = [];
		let url = `${api.sandbox.url}/contacts/?locationId=${FIRST}&limit=6`;
		for (let pages = 0; url !== "" && pages < 10; pages++) {
			const { body } = await api.get(url.slice(api.sandbox.url.length));
			seen.push(...body.contacts.map((one) => one.id));
			expect(body.meta.total).toBe(20);
			url = body.meta.nextPageUrl ?? "";
		}
		expect(seen).toHaveLength(20);
		expect(new Set(seen).size).toBe(20);
	});

	test("the deprecated list refuses more than 100 a page", async () => {
		await using api = await startCaller();
		const path = `/contacts/?locationId=${FIRST}&limit=101`;
		expect((await api.get(path)).status).toBe(422);
	});

	test("contacts of a business are paged by skip and limit, with their count", async () => {
		await using api = await startCaller();
		for (const id of ["c1", "c2", "c3"])
			api.sandbox.data.edit("contacts", id, { businessId: "b9" });
		for (const contact of api.sandbox.data.location().contacts.values())
			if (
				contact.businessId === "b9" &&
				!["c1", "c2", "c3"].includes(contact.id)
			)
				api.sandbox.data.edit("contacts", contact.id, { businessId: null });
		const page = await api.get(
			`/contacts/business/b9?locationId=${FIRST}&limit=2&skip=1`,
		);
		const tooMany = `/contacts/business/b9?locationId=${FIRST}&limit=101`;
		expect((await api.get(tooMany)).status).toBe(422);
		expect(page.body.count).toBe(3);
		expect(page.body.contacts).toHaveLength(2);
	});

	test("duplicate search finds by e-mail without regard to case, else by phone", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("contacts", "c3", {
			email: "Ann+crm@mail.example",
			phone: "+15550001111",
		});
		const by = (query: string) =>
			api.get(`/contacts/search/duplicate?locationId=${FIRST}&${query}`);
		expect((await by("email=ann%2Bcrm%40mail.example")).body.contact.id).toBe(
			"c3",
		);
		expect((await by("number=%2B15550001111")).body.contact.id).toBe("c3");
		expect((await by("number=%2B19990000000")).body.contact).toBeNull();
		expect((await by("")).status).toBe(400);
	});
});
