// POST /contacts/search: what it refuses, order, pages, cursors.
import { describe, expect, test } from "vitest";
import { FIRST, startCaller } from "./caller.ts";

const ids = (answer: { body: { contacts: { id: string }[] } }) =>
	answer.body.contacts.map((one) => one.id);

describe("refusals", () => {
	const leaf = (field: string, operator: string, value?: unknown) => ({
		filters: [{ field, operator, value }],
	});
	test.each([
		[
			"an unknown field",
			leaf("businessId", "eq", "b1"),
			400,
			"Invalid field businessId",
		],
		["an unknown operator", leaf("city", "gte", 1), 422, ["Invalid Operator"]],
		[
			"an operator the field lacks",
			leaf("email", "contains", "abc"),
			422,
			["Invalid Operator"],
		],
		[
			"contains under three characters",
			leaf("city", "contains", "ab"),
			400,
			"value must be longer than or equal to 3 characters",
		],
		[
			"contains with special characters",
			leaf("city", "contains", "a&b!"),
			400,
			"value must not contain special characters",
		],
		[
			"a value over 75 characters",
			leaf("city", "eq", "x".repeat(76)),
			422,
			["value must be shorter than or equal to 75 characters"],
		],
		[
			"a list as value",
			leaf("id", "eq", ["c1"]),
			422,
			["value must be a string, number or boolean"],
		],
		[
			"a query over 75 characters",
			{ query: "x".repeat(76) },
			422,
			["query must be shorter than or equal to 75 characters"],
		],
		[
			"more than two sort keys",
			{ sort: [{ field: "email" }, { field: "dnd" }, { field: "source" }] },
			422,
			["sort must contain no more than 2 elements"],
		],
		[
			"a page over 500",
			{ pageLimit: 501 },
			422,
			["pageLimit must not be greater than 500"],
		],
		[
			"page together with searchAfter",
			{ page: 1, searchAfter: [1, "c1"] },
			422,
			["page should not be sent together with searchAfter"],
		],
		[
			"rows beyond 10,000 by page",
			{ page: 21 },
			422,
			[
				"page * pageLimit must not be greater than 10000, use searchAfter instead",
			],
		],
		["an unknown key", { limit: 1 }, 422, ["property limit should not exist"]],
	])("%s is refused", async (_, body, status, message) => {
		await using api = await startCaller();
		const answer = await api.search(body);
		expect([answer.status, answer.body.message]).toEqual([status, message]);
	});

	test.each(["pageLimit", "locationId"])(
		"a body without %s is 422",
		async (key) => {
			await using api = await startCaller();
			const answer = await api.search({ [key]: undefined });
			expect(answer.status).toBe(422);
			expect(answer.body.message[0]).toBe(`${key} should not be empty`);
		},
	);

	test("a body that is no JSON is 400", async () => {
		await using api = await startCaller();
		const answer = await api.send("POST", "/contacts/search", "{");
		expect(answer.status).toBe(400);
	});
});

describe("order and pages", () => {
	test("the newest contact comes first, and pages by number do not overlap", async () => {
		await using api = await startCaller();
		const all = await api.search({});
		const dates = all.body.contacts.map((one) => one.dateAdded);
		expect(dates).toEqual([...dates].sort().reverse());
		const pages = [];
		for (const page of [1, 2, 3])
			pages.push(...ids(await api.search({ page, pageLimit: 8 })));
		expect(pages).toEqual(ids(all));
		expect(all.body.total).toBe(20);
	});

	test.each([
		["without sort", undefined],
		[
			"by two keys with gaps in them",
			[
				{ field: "businessName", direction: "desc" },
				{ field: "firstNameLowerCase", direction: "asc" },
			],
		],
		["by dnd", [{ field: "dnd", direction: "asc" }]],
	])("searchAfter walks all rows once, %s", async (_, sort) => {
		await using api = await startCaller();
		const whole = ids(await api.search({ sort }));
		const walked: string[] = [];
		let searchAfter: unknown;
		for (let pages = 0; pages < 10; pages++) {
			const page = await api.search({ sort, pageLimit: 3, searchAfter });
			if (page.body.contacts.length === 0) break;
			walked.push(...ids(page));
			searchAfter = page.body.contacts.at(-1)?.searchAfter;
		}
		expect(walked).toEqual(whole);
	});

	test("a cursor goes on after its row was deleted", async () => {
		await using api = await startCaller();
		const whole = ids(await api.search({}));
		const page = await api.search({ pageLimit: 5 });
		const last = page.body.contacts.at(-1);
		api.sandbox.data.remove("contacts", last?.id ?? "");
		const next = await api.search({
			pageLimit: 5,
			searchAfter: last?.searchAfter,
		});
		expect(ids(next)).toEqual(whole.slice(5, 10));
	});

	test("full text finds by name, e-mail, phone and company", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("contacts", "c4", {
			name: "Žofie Nováková",
			phone: "+420555123",
			companyName: "Pekárna",
		});
		for (const query of ["žofie", "555123", "pekár žof"])
			expect(ids(await api.search({ query }))).toEqual(["c4"]);
	});

	test("rows have address, additional e-mails as text and null for gaps, but no time zone", async () => {
		await using api = await startCaller();
		api.sandbox.data.edit("contacts", "c1", {
			address1: "1 Main St",
			email: null,
			additionalEmails: ["second@mail.example"],
		});
		const { body } = await api.search({
			filters: [{ field: "id", operator: "eq", value: "c1" }],
		});
		expect(body.contacts[0]).toMatchObject({
			address: "1 Main St",
			email: null,
			additionalEmails: ["second@mail.example"],
			locationId: FIRST,
		});
		expect(body.contacts[0]).not.toHaveProperty("timezone");
		expect(body.traceId).toEqual(expect.any(String));
	});

	test("names may come in lower case only", async () => {
		await using api = await startCaller({ searchNames: "lower" });
		api.sandbox.data.edit("contacts", "c1", { firstName: "Ann" });
		const { body } = await api.search({
			filters: [{ field: "id", operator: "eq", value: "c1" }],
		});
		expect(body.contacts[0]).toMatchObject({ firstNameLowerCase: "ann" });
		expect(body.contacts[0]).not.toHaveProperty("firstName");
	});
});
