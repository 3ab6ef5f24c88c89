// Every reading operation of the vendor's OpenAPI file, asked of the sandbox and checked against the file.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Caller, startCaller } from "../sandbox/caller.ts";
import { READS } from "./every-call.ts";
import {
	type Contract,
	contractMissing,
	loadContract,
	loadSearchAnswer,
} from "./openapi.ts";

if (contractMissing !== undefined)
	process.stderr.write(`sandbox-openapi: ${contractMissing}\n`);

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
