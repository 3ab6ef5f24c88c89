// Creating and upserting contacts, with the duplicate rules.
import { describe, expect, test } from "vitest";
import { FIRST, SECOND, startCaller } from "./caller.ts";

const create = {
	locationId: FIRST,
	firstName: "Ann",
	email: "ann@new.example",
};

describe("create", () => {
	test("a new contact is there by id at once and in search after the lag", async () => {
		await using api = await startCaller({ searchLagMs: 10_000 });
		const { status, body } = await api.send("POST", "/contacts/", create);
		expect(status).toBe(201);
		expect(body.contact).toMatchObject({
			firstName: "Ann",
			dateAdded: new Date(api.clock.now).toISOString(),
			deleted: false,
		});
		const { id } = body.contact;
		expect((await api.get(`/contacts/${id}`)).body.contact.email).toBe(
			"ann@new.example",
		);
		const total = async () => (await api.search({})).body.total;
		expect(await total()).toBe(20);
		api.clock.now += 10_000;
		expect(await total()).toBe(21);
	});

	test.each([
		["email", { email: "ANN@twin.example" }],
		["phone", { phone: "+1 (555) 000-2222" }],
	])(
		"a second contact with the same %s is 400 with meta",
		async (matchingField, keys) => {
			await using api = await startCaller();
			api.sandbox.data.edit("contacts", "c4", {
				email: "ann@twin.example",
				phone: "+15550002222",
				name: "Ann Twin",
			});
			const { status, body } = await api.send("POST", "/contacts/", {
				...create,
				email: "other@new.example",
				...keys,
			});
			expect(status).toBe(400);
			expect(body).toMatchObject({
				message: "This location does not allow duplicated contacts.",
				meta: { contactId: "c4", matchingField, contactName: "Ann Twin" },
			});
		},
	);

	test("the second location allows duplicates", async () => {
		await using api = await startCaller();
		const how = { token: api.sandbox.tokens[SECOND] ?? "" };
		const body = { ...create, locationId: SECOND };
		expect((await api.send("POST", "/contacts/", body, how)).status).toBe(201);
		expect((await api.send("POST", "/contacts/", body, how)).status).toBe(201);
	});

	test.each([
		[{ firstName: "A" }, ["locationId should not be empty"]],
		[{ ...create, emial: "x" }, ["property emial should not exist"]],
		[{ ...create, email: "nonsense" }, ["email must be an email"]],
		[
			{ ...create, firstName: 7, dnd: "yes" },
			["firstName must be a string", "dnd must be a boolean value"],
		],
		[{ ...create, tags: "a" }, ["tags must be an array"]],
		[
			{ ...create, dateOfBirth: "1990-02-30" },
			["dateOfBirth must be a valid date"],
		],
		[{ ...create, businessId: "b1" }, ["property businessId should not exist"]],
		[
			{ ...create, dndSettings: { Call: { status: "off" } } },
			[
				"dndSettings Call.status must be one of the following values: active, inactive, permanent",
			],
		],
		[
			{ ...create, customFields: [{ id: "cf1", value: "x" }] },
			["customFields property value should not exist"],
		],
	])("%j is 422 with every fault", async (body, faults) => {
		await using api = await startCaller();
		const answer = await api.send("POST", "/contacts/", body);
		expect([answer.status, answer.body.message]).toEqual([422, faults]);
		expect(api.sandbox.data.location().contacts.size).toBe(20);
	});

	test("another location is 403", async () => {
		await using api = await startCaller();
		const body = { ...create, locationId: SECOND };
		expect((await api.send("POST", "/contacts/", body)).status).toBe(403);
	});

	test.each([
		"1990/09/25",
		"09/25/1990",
		"1990-09-25",
		"09-25-1990",
		"1990.09.25",
		"09.25.1990",
		"1990_09_25",
		"09_25_1990",
	])("birth date %s is read as a day", async (dateOfBirth) => {
		await using api = await startCaller();
		const made = await api.send("POST", "/contacts/", {
			...create,
			dateOfBirth,
		});
		expect(made.body.contact).toMatchObject({
			dateOfBirth: "1990-09-25T00:00:00.000Z",
			birthMonth: 9,
			birthDay: 25,
		});
		const read = await api.get(`/contacts/${made.body.contact.id}`);
		expect(read.body.contact.dateOfBirth).toBe("1990-09-25");
	});
});

describe("upsert", () => {
	const path = "/contacts/upsert";

	test("it creates, then changes the same contact", async () => {
		await using api = await startCaller();
		const first = await api.send("POST", path, create);
		const again = await api.send("POST", path, { ...create, city: "Ulm" });
		expect([first.body.new, again.body.new]).toEqual([true, false]);
		expect(again.body.contact).toMatchObject({
			id: first.body.contact.id,
			city: "Ulm",
		});
	});

	test("if e-mail and phone match two contacts the phone is dropped without a word", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("contacts", "c1", {
			email: "one@x.example",
			phone: "+15550000001",
		});
		api.sandbox.data.edit("contacts", "c2", {
			email: "two@x.example",
			phone: "+15550000002",
		});
		const { body } = await api.send("POST", path, {
			locationId: FIRST,
			email: "one@x.example",
			phone: "+15550000002",
			city: "Ulm",
		});
		expect(body.contact).toMatchObject({
			id: "c1",
			city: "Ulm",
			phone: "+15550000001",
		});
	});

	test("a secondary e-mail becomes primary and the old one is lost", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("contacts", "c1", {
			email: "one@x.example",
			additionalEmails: ["second@x.example"],
		});
		const { body } = await api.send("POST", path, {
			locationId: FIRST,
			email: "second@x.example",
		});
		expect(body.contact).toMatchObject({
			id: "c1",
			email: "second@x.example",
			additionalEmails: [],
		});
	});

	test("createNewIfDuplicateAllowed makes a second one only where the location allows it", async () => {
		await using api = await startCaller();
		const twice = async (locationId: string) => {
			const how = { token: api.sandbox.tokens[locationId] ?? "" };
			const body = { ...create, locationId, createNewIfDuplicateAllowed: true };
			await api.send("POST", path, body, how);
			return (await api.send("POST", path, body, how)).body.new;
		};
		expect(await twice(FIRST)).toBe(false);
		expect(await twice(SECOND)).toBe(true);
	});
});
