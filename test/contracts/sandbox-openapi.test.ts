// Every reading operation of the vendor's OpenAPI file, asked of the sandbox and checked against the file.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Caller, FIRST, startCaller } from "../sandbox/caller.ts";
import {
	type Contract,
	contractMissing,
	loadContract,
	loadSearchAnswer,
} from "./openapi.ts";

if (contractMissing !== undefined)
	process.stderr.write(`sandbox-openapi: ${contractMissing}\n`);

const WINDOW = "startTime=1700000000000&endTime=1900000000000";
const LOCATION = `locationId=${FIRST}`;

/** Each operation with the paths to ask; `*` runs over the first contacts, tasks, notes and so on. */
const READS: readonly [operation: string, paths: string[], body?: object][] = [
	["GET /contacts/", [`/contacts/?${LOCATION}&limit=100`]],
	[
		"POST /contacts/search",
		["/contacts/search"],
		{ locationId: FIRST, pageLimit: 500 },
	],
	[
		"GET /contacts/search/duplicate",
		[`/contacts/search/duplicate?${LOCATION}&email=a%40b.example`],
	],
	["GET /contacts/{contactId}", each("c", 150, (id) => `/contacts/${id}`)],
	[
		"GET /contacts/{contactId}/tasks",
		each("c", 50, (id) => `/contacts/${id}/tasks`),
	],
	["GET /contacts/{contactId}/tasks/{taskId}", ["/contacts/c1/tasks/t1"]],
	[
		"GET /contacts/{contactId}/notes",
		each("c", 50, (id) => `/contacts/${id}/notes`),
	],
	["GET /contacts/{contactId}/notes/{id}", ["/contacts/c1/notes/n1"]],
	[
		"GET /contacts/{contactId}/appointments",
		each("c", 50, (id) => `/contacts/${id}/appointments`),
	],
	[
		"GET /contacts/business/{businessId}",
		each("b", 25, (id) => `/contacts/business/${id}?${LOCATION}`),
	],
	["GET /locations/{locationId}", [`/locations/${FIRST}`]],
	["GET /locations/{locationId}/tags", [`/locations/${FIRST}/tags`]],
	[
		"GET /locations/{locationId}/tags/{tagId}",
		[`/locations/${FIRST}/tags/tag1`],
	],
	[
		"POST /locations/{locationId}/tasks/search",
		[`/locations/${FIRST}/tasks/search`],
		{ limit: 500 },
	],
	[
		"GET /locations/{locationId}/customFields",
		[`/locations/${FIRST}/customFields`],
	],
	[
		"GET /locations/{locationId}/customFields/{id}",
		each("cf", 16, (id) => `/locations/${FIRST}/customFields/${id}`),
	],
	["GET /businesses/", [`/businesses/?${LOCATION}`]],
	["GET /businesses/{businessId}", each("b", 25, (id) => `/businesses/${id}`)],
	["GET /users/", [`/users/?${LOCATION}`]],
	["GET /users/search", ["/users/search?companyId=sandbox-company"]],
	["GET /users/{userId}", each("u", 12, (id) => `/users/${id}`)],
	["GET /calendars/", [`/calendars/?${LOCATION}`]],
	["GET /calendars/{calendarId}", each("cal", 4, (id) => `/calendars/${id}`)],
	[
		"GET /calendars/events",
		each(
			"cal",
			4,
			(id) => `/calendars/events?${LOCATION}&${WINDOW}&calendarId=${id}`,
		),
	],
	[
		"GET /calendars/events/appointments/{eventId}",
		each("a", 50, (id) => `/calendars/events/appointments/${id}`),
	],
	[
		"GET /calendars/appointments/{appointmentId}/notes",
		each(
			"a",
			50,
			(id) => `/calendars/appointments/${id}/notes?limit=20&offset=0`,
		),
	],
	["GET /workflows/", [`/workflows/?${LOCATION}`]],
	["GET /campaigns/", [`/campaigns/?${LOCATION}`]],
];

describe.skipIf(contractMissing !== undefined)(
	"against the OpenAPI file",
	() => {
		let api: Caller;
		let contract: Contract;
		beforeAll(async () => {
			contract = loadContract();
			api = await startCaller({ contacts: 300 });
		});
		afterAll(() => api.sandbox.close());

		test("the list below names every reading operation of the file", () => {
			const reads = contract.operations.filter(
				(one) =>
					!one.includes("/oauth/") &&
					(one.startsWith("GET ") || /^POST .*\/search$/.test(one)),
			);
			expect(READS.map(([operation]) => operation).sort()).toEqual(
				reads.sort(),
			);
		});

		test.each(READS)("%s", async (operation, paths, body) => {
			for (const path of paths) {
				const method = operation.split(" ")[0] ?? "GET";
				const { status, body: answer } = await api.send(method, path, body);
				const exchange = { method, path, request: body, status, answer };
				expect(contract.operationOf(method, path)).toBe(operation);
				expect([path, status]).toEqual([
					path,
					method === "POST" && path.includes("tasks") ? 201 : 200,
				]);
				expect([path, contract.requestFaults(exchange)]).toEqual([path, []]);
				expect([path, contract.answerFaults(exchange)]).toEqual([path, []]);
			}
		});

		test.each([
			["/contacts/nobody", 400],
			["/contacts/c1/notes/none", 400],
			["/contacts/?limit=1", 422],
		])("the error answer of %s is as declared", async (path, status) => {
			const answer = await api.get(path);
			expect(answer.status).toBe(status);
			const exchange = { method: "GET", path, status, answer: answer.body };
			expect(contract.answerFaults(exchange)).toEqual([]);
		});

		test("search rows have the shape the vendor once published", async () => {
			const check = loadSearchAnswer();
			const { body } = await api.search({});
			expect(body.contacts).toHaveLength(300);
			expect(check(body)).toEqual([]);
			expect(check({ contacts: [{ id: 1 }], total: 1 })).toEqual([
				"/contacts/0/id must be string",
			]);
		});

		test("a wrong answer does not pass", () => {
			const exchange = { method: "GET", path: "/contacts/c1", status: 200 };
			expect(
				contract.answerFaults({ ...exchange, answer: { contact: { id: 7 } } }),
			).toEqual(["/contact/id must be string"]);
			expect(
				contract.requestFaults({
					method: "POST",
					path: "/contacts/",
					request: { email: 3 },
					status: 201,
					answer: {},
				}),
			).toEqual([
				"body must have required property 'locationId'",
				"/email must be string",
			]);
		});
	},
);

function each(
	prefix: string,
	count: number,
	path: (id: string) => string,
): string[] {
	return Array.from({ length: count }, (_, i) => path(`${prefix}${i + 1}`));
}
