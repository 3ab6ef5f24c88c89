// Every writing operation of the vendor's OpenAPI file, sent to the sandbox; requests and answers checked against the file.
import { describe, expect, test } from "vitest";
import type { Exchange } from "../../src/sandbox/sandbox.ts";
import { FIRST, startCaller } from "../sandbox/caller.ts";
import { BOOKING, CONTACT, WRITES } from "./every-call.ts";
import { contractMissing, loadContract } from "./openapi.ts";

if (contractMissing !== undefined)
	process.stderr.write(`sandbox-writes: ${contractMissing}\n`);

/** Refused as declared: the operation, then the status. */
const REFUSALS: readonly [number, string, string, object?][] = [
	[400, "POST", "/contacts/", CONTACT],
	[422, "POST", "/contacts/", { ...CONTACT, email: "none" }],
	[422, "PUT", "/contacts/c1", { locationId: FIRST }],
	[400, "PUT", "/contacts/none", {}],
	[422, "POST", "/contacts/c1/tasks", {}],
	[422, "POST", "/contacts/c1/notes", {}],
	[400, "DELETE", "/contacts/c1/tasks/none"],
	[422, "POST", "/contacts/bulk/business", {}],
	[
		400,
		"POST",
		"/calendars/events/appointments",
		{ ...BOOKING, assignedUserId: "u12" },
	],
];

describe.skipIf(contractMissing !== undefined)(
	"against the OpenAPI file",
	() => {
		test("every writing operation, its request and its answer", async () => {
			const contract = loadContract();
			const exchanges: Exchange[] = [];
			await using api = await startCaller({
				onExchange: (exchange) => exchanges.push(exchange),
			});
			let last = "";
			for (const [method, path, body] of WRITES) {
				const answer = await api.send(method, path.replace("LAST", last), body);
				expect([method, path, answer.status]).toEqual([
					method,
					path,
					expect.toSatisfy((status) => status === 200 || status === 201),
				]);
				const made = (answer.body.note ??
					answer.body.tag ??
					answer.body.customField) as { id: string } | undefined;
				if (made !== undefined) last = made.id;
			}
			expect(exchanges).toHaveLength(WRITES.length);
			const faults = exchanges.flatMap((exchange) =>
				[
					...contract.requestFaults(exchange),
					...contract.answerFaults(exchange),
				].map((fault) => `${exchange.method} ${exchange.path}: ${fault}`),
			);
			expect(faults).toEqual([]);
			const seen = new Set(
				exchanges.map(({ method, path }) => contract.operationOf(method, path)),
			);
			const writes = contract.operations.filter(
				(one) =>
					!one.startsWith("GET ") &&
					!one.endsWith("/search") &&
					!one.includes("/oauth/"),
			);
			expect([...seen].sort()).toEqual(writes.sort());
		});

		test("refusals have the declared shape", async () => {
			const contract = loadContract();
			await using api = await startCaller();
			await api.send("POST", "/contacts/", CONTACT);
			for (const [status, method, path, body] of REFUSALS) {
				const { status: got, body: answer } = await api.send(
					method,
					path,
					body,
				);
				expect([method, path, got]).toEqual([method, path, status]);
				const exchange = { method, path, status, answer };
				expect(contract.answerFaults(exchange)).toEqual([]);
			}
		});
	},
);
