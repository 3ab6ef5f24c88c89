// POST /contacts/search: filters, operators, groups, limits, order, cursors.
import { describe, expect, test } from "vitest";
import type { Caller } from "./caller.ts";
import { FIRST, startCaller } from "./caller.ts";

const ids = (answer: { body: { contacts: { id: string }[] } }) =>
	answer.body.contacts.map((one) => one.id);

async function found(api: Caller, ...filters: unknown[]): Promise<string[]> {
	const answer = await api.search({ filters });
	expect(answer.status).toBe(200);
	return ids(answer).sort();
}

/** Twenty contacts where only those the test edits have the value looked for. */
async function startBlank(): Promise<Caller> {
	const api = await startCaller();
	for (const { id } of [...api.sandbox.data.location().contacts.values()])
		api.sandbox.data.edit("contacts", id, {
			firstName: "Zoe",
			email: `${id}@mail.example`,
			city: null,
			tags: [],
			dnd: false,
			dateOfBirth: null,
			opportunities: [],
			customFields: [],
			followers: [],
			companyName: null,
		});
	return api;
}

describe("filters", () => {
	test.each([
		["eq", "city", { city: "Berlin" }, "berlin"],
		["eq", "email", { email: "Only@Mail.example" }, "only@mail.example"],
		["eq", "dnd", { dnd: true }, true],
		["eq", "tags", { tags: ["a", "hot"] }, "hot"],
		["eq", "followers", { followers: ["u3"] }, "u3"],
		["eq", "address", { address1: "12 Elm Row" }, "12 elm row"],
		["contains", "firstNameLowerCase", { firstName: "Maximilian" }, "imil"],
		["contains", "tags", { tags: ["newsletter"] }, "news"],
		["contains", "companyName", { companyName: "Acme GmbH" }, "acme"],
		["exists", "city", { city: "Bonn" }, undefined],
		["exists", "tags", { tags: ["x"] }, undefined],
		[
			"range",
			"dateOfBirth",
			{ dateOfBirth: "1990-05-01" },
			{ gte: "1990-01-01", lt: "1991-01-01" },
		],
		[
			"range",
			"dateAdded",
			{ dateAdded: "2026-11-19T00:00:00.000Z" },
			{ gt: Date.UTC(2026, 10, 18) },
		],
	])(
		"%s on %s finds the one contact",
		async (operator, field, patch, value) => {
			await using api = await startBlank();
			api.sandbox.data.edit("contacts", "c5", patch);
			expect(await found(api, { field, operator, value })).toEqual(["c5"]);
		},
	);

	test.each([
		["not_eq", "Berlin"],
		["not_contains", "Berl"],
		["not_exists", undefined],
	])("%s finds all but the one contact", async (operator, value) => {
		await using api = await startBlank();
		api.sandbox.data.edit("contacts", "c5", { city: "Berlin" });
		const rest = await found(api, { field: "city", operator, value });
		expect(rest).toHaveLength(19);
		expect(rest).not.toContain("c5");
	});

	test("the top level joins with AND, groups nest", async () => {
		await using api = await startBlank();
		for (const id of ["c1", "c2", "c3"])
			api.sandbox.data.edit("contacts", id, { city: "Berlin" });
		api.sandbox.data.edit("contacts", "c2", { tags: ["hot"] });
		api.sandbox.data.edit("contacts", "c3", { dnd: true });
		const either = {
			group: "OR",
			filters: [
				{ field: "tags", operator: "eq", value: "hot" },
				{
					group: "AND",
					filters: [
						{ field: "dnd", operator: "eq", value: true },
						{ field: "city", operator: "exists" },
					],
				},
			],
		};
		const inBerlin = { field: "city", operator: "eq", value: "Berlin" };
		expect(await found(api, inBerlin, either)).toEqual(["c2", "c3"]);
	});

	test("an OR of 500 ids gives those that exist", async () => {
		await using api = await startCaller();
		const filters = Array.from({ length: 500 }, (_, i) => ({
			field: "id",
			operator: "eq",
			value: `c${i + 11}`,
		}));
		expect(await found(api, { group: "OR", filters })).toHaveLength(10);
	});

	test("search by id can be refused", async () => {
		await using api = await startCaller({ refuseIdSearch: true });
		const { status, body } = await api.search({
			filters: [{ field: "id", operator: "eq", value: "c1" }],
		});
		expect([status, body.message]).toEqual([400, "Invalid field id"]);
	});

	test.each(["filters", "value"])(
		"opportunity conditions under %s hold for one and the same opportunity",
		async (key) => {
			await using api = await startBlank();
			const deal = (status: string, stage: string) => ({
				id: `o-${status}`,
				pipeline_id: "p1",
				pipeline_stage_id: stage,
				monetary_value: 1,
				status,
			});
			api.sandbox.data.edit("contacts", "c1", {
				opportunities: [deal("open", "s1"), deal("won", "s2")],
			});
			api.sandbox.data.edit("contacts", "c2", {
				opportunities: [deal("open", "s2")],
			});
			const conditions = [
				{ field: "status", operator: "eq", value: "open" },
				{ field: "pipelineStageId", operator: "eq", value: "s2" },
			];
			expect(
				await found(api, {
					field: "opportunities",
					operator: "nested",
					[key]: conditions,
				}),
			).toEqual(["c2"]);
		},
	);

	test.each([
		["cf1", "TEXT", "Owner", "eq", "owner"],
		["cf3", "NUMERICAL", 40, "range", { gt: 30, lte: 40 }],
		["cf6", "CHECKBOX", ["Solar"], "eq", "Solar"],
		["cf11", "DATE", "2026-05-01", "range", { gte: "2026-01-01" }],
	])(
		"custom field %s of type %s can be searched",
		async (id, _, value, operator, wanted) => {
			await using api = await startBlank();
			api.sandbox.data.edit("contacts", "c7", {
				customFields: [{ id, value }],
			});
			const filter = { field: `customFields.${id}`, operator, value: wanted };
			expect(await found(api, filter)).toEqual(["c7"]);
		},
	);

	test("a box of a text-box list is searched by its own id", async () => {
		await using api = await startBlank();
		api.sandbox.data.edit("contacts", "c7", {
			customFields: [{ id: "cf12", value: { box1: "Golf", box2: "" } }],
		});
		const filter = {
			field: "customFields.cf12.box1",
			operator: "eq",
			value: "golf",
		};
		expect(await found(api, filter)).toEqual(["c7"]);
	});
});

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
});
