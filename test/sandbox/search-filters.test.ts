// POST /contacts/search: filters, operators, groups.
import { describe, expect, test } from "vitest";
import { type Caller, startCaller } from "./caller.ts";

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
				pipelineId: "p1",
				pipelineStageId: stage,
				monetaryValue: 1,
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
