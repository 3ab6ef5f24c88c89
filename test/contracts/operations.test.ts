/** The table of docs/operations.md holds: every operation of the vendor's file has a row, every row a field that calls it. */
import { isInterfaceType, isObjectType } from "graphql";
import { describe, expect, test } from "vitest";
import type { Exchange } from "../../src/sandbox/sandbox.ts";
import { schema } from "../../src/schema.ts";
import { call, patternOf, reached, rows, worldFor } from "./called-by.ts";
import { contractMissing, loadContract } from "./openapi.ts";

if (contractMissing !== undefined)
	process.stderr.write(`operations: ${contractMissing}\n`);

/** In the vendor's documentation, but not in the part of the file that is at hand. */
const BEYOND_THE_FILE = ["GET /calendars/{calendarId}/free-slots"];

test.skipIf(contractMissing)(
	"every operation of the vendor's file has one row, and what goes beyond it is known",
	() => {
		expect(rows.map(({ operation }) => operation).sort()).toEqual(
			[...loadContract().operations, ...BEYOND_THE_FILE].sort(),
		);
	},
);

test("all 32 operations of contacts have a field", () => {
	const contacts = reached.filter(({ operation }) =>
		/ \/contacts\//.test(operation),
	);
	expect(contacts).toHaveLength(32);
});

describe.each(reached)("$operation", ({ operation, type, field }) => {
	test(`is reached by ${type}.${field}`, async () => {
		const owner = schema.getType(String(type));
		const known =
			isObjectType(owner) || isInterfaceType(owner) ? owner.getFields() : {};
		expect(Object.keys(known)).toContain(field);

		const exchanges: Exchange[] = [];
		await using world = await worldFor(operation, exchanges);
		const { data, errors } = await call(world, operation, field);
		expect(errors).toBeUndefined();
		if (type === "Mutation") {
			const payload = data[String(field)];
			expect(payload.userErrors).toEqual([]);
			expect(Object.values(payload)[0]).not.toBeNull();
		}
		const [method] = operation.split(" ");
		const template = new RegExp(patternOf(operation));
		const calls = world.calls.filter((call) => call.method === method);
		expect(calls.filter(({ path }) => template.test(path))).not.toEqual([]);
		if (contractMissing) return;
		// What the gateway sends is what the vendor's file takes; a fault of ours has no answer to check.
		const contract = loadContract();
		const inFile = exchanges.filter(
			({ method, path }) =>
				!BEYOND_THE_FILE.includes(operation) ||
				contract.operationOf(method, path) !== undefined,
		);
		const faults = inFile.flatMap((exchange) =>
			contract
				.requestFaults(exchange)
				.map((fault) => `${exchange.method} ${exchange.path}: ${fault}`),
		);
		expect(faults).toEqual([]);
	});
});
