// Creating, changing, upserting and deleting contacts, with the upstream's quirks.
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

describe("update", () => {
	test("it changes what is given, and tags as a whole", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("contacts", "c1", { city: "Bonn", tags: ["a", "b"] });
		const { status, body } = await api.send("PUT", "/contacts/c1", {
			firstName: "Eva",
			lastName: "Lind",
			tags: ["New One", "b"],
		});
		expect(status).toBe(200);
		expect(body.succeded).toBe(true);
		expect(body.contact).toMatchObject({
			name: "Eva Lind",
			city: "Bonn",
			tags: ["new one", "b"],
		});
		const tags = (await api.get(`/locations/${FIRST}/tags`)).body
			.tags as unknown;
		expect(tags).toContainEqual(expect.objectContaining({ name: "new one" }));
	});

	test("tags may keep their case", async () => {
		await using api = await startCaller({ tagCase: "keep" });
		const { body } = await api.send("PUT", "/contacts/c1", { tags: [" VIP "] });
		expect(body.contact.tags).toEqual(["VIP"]);
	});

	test("null and empty text clear", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("contacts", "c1", {
			city: "Bonn",
			website: "https://x.example",
			email: "a@b.example",
		});
		const { body } = await api.send("PUT", "/contacts/c1", {
			city: null,
			website: "",
			email: null,
		});
		for (const key of ["city", "website", "email"])
			expect(body.contact).not.toHaveProperty(key);
	});

	test.each(["locationId", "companyName", "gender"])(
		"%s cannot be written by update",
		async (key) => {
			await using api = await startCaller();
			const { status, body } = await api.send("PUT", "/contacts/c1", {
				[key]: "x",
			});
			expect([status, body.message]).toEqual([
				422,
				[`property ${key} should not exist`],
			]);
		},
	);

	test("custom fields change one by one, by id or key", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("contacts", "c1", {
			customFields: [
				{ id: "cf1", value: "Owner" },
				{ id: "cf3", value: 5 },
				{ id: "cf11", value: "2020-01-01" },
			],
		});
		const { body } = await api.send("PUT", "/contacts/c1", {
			customFields: [
				{ id: "cf1", field_value: "" },
				{ key: "employees", field_value: "" },
				{ key: "contact.contract_start", field_value: "2026-05-04T10:00:00Z" },
				{ id: "cf6", field_value: ["Solar"] },
				{ id: "none", field_value: "x" },
			],
		});
		expect(body.contact.customFields).toEqual([
			{ id: "cf3", value: 5 },
			{ id: "cf11", value: "2026-05-04" },
			{ id: "cf6", value: ["Solar"] },
		]);
	});

	test("an e-mail of another contact is refused, one's own is not", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("contacts", "c1", { email: "one@x.example" });
		api.sandbox.data.edit("contacts", "c2", { email: "two@x.example" });
		const put = (email: string) => api.send("PUT", "/contacts/c1", { email });
		expect((await put("two@x.example")).status).toBe(400);
		expect((await put("one@x.example")).status).toBe(200);
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

test("a deleted contact takes its tasks, notes and appointments along", async () => {
	await using api = await startCaller();
	const { body } = await api.send("DELETE", "/contacts/c1");
	expect(body).toEqual({ succeded: true });
	expect((await api.get("/contacts/c1")).status).toBe(400);
	const location = api.sandbox.data.location();
	for (const table of ["tasks", "notes", "appointments"] as const)
		expect([table, location[table].group("c1")]).toEqual([table, []]);
	expect((await api.get("/calendars/events/appointments/a1")).status).toBe(400);
	expect((await api.send("DELETE", "/contacts/c1")).body.message).toBe(
		"Contact with id c1 not found",
	);
});
