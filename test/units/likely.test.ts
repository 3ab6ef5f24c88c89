/** What a query made lately tells what it is likely to make. */
import type { OperationDefinitionNode } from "graphql";
import { expect, test } from "vitest";
import { createExpectedCosts } from "../../src/cost/expected-cost.ts";

const OPERATION = { kind: "OperationDefinition" } as OperationDefinitionNode;

test("a query that nobody saw yet is likely to make the worst", () => {
	const likely = createExpectedCosts();
	expect(likely.of({}, OPERATION, 43)).toBe(43);
});

test("what it made counts at once where it is more, and fades where it is less", () => {
	const likely = createExpectedCosts();
	const location = {};
	likely.record(location, OPERATION, 42, true);
	expect(likely.of(location, OPERATION, 43)).toBe(42);
	for (let time = 0; time < 5; time++)
		likely.record(location, OPERATION, 2, true);
	expect(likely.of(location, OPERATION, 43)).toBe(23);
	for (let time = 0; time < 40; time++)
		likely.record(location, OPERATION, 2, true);
	expect(likely.of(location, OPERATION, 43)).toBeLessThanOrEqual(3);
	likely.record(location, OPERATION, 30, true);
	expect(likely.of(location, OPERATION, 43)).toBe(30);
	expect(likely.of(location, OPERATION, 10)).toBe(10);
});

test("one that made none, or was cut short, says nothing of fewer", () => {
	const likely = createExpectedCosts();
	const location = {};
	likely.record(location, OPERATION, 3, false);
	expect(likely.of(location, OPERATION, 43)).toBe(43);
	likely.record(location, OPERATION, 20, true);
	likely.record(location, OPERATION, 0, true);
	likely.record(location, OPERATION, 3, false);
	expect(likely.of(location, OPERATION, 43)).toBe(20);
	likely.record(location, OPERATION, 25, false);
	expect(likely.of(location, OPERATION, 43)).toBe(25);
});

test("another location is another matter", () => {
	const likely = createExpectedCosts();
	likely.record({}, OPERATION, 2, true);
	expect(likely.of({}, OPERATION, 43)).toBe(43);
});
