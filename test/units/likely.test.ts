/** What a query made lately tells what it is likely to make. */
import type { OperationDefinitionNode } from "graphql";
import { expect, test } from "vitest";
import { createLikely } from "../../src/graphql/likely.ts";

const OPERATION = { kind: "OperationDefinition" } as OperationDefinitionNode;

test("a query that nobody saw yet is likely to make the worst", () => {
	const likely = createLikely();
	expect(likely.of({}, OPERATION, 43)).toBe(43);
});

test("what it made counts at once where it is more, and fades where it is less", () => {
	const likely = createLikely();
	const location = {};
	likely.made(location, OPERATION, 42, true);
	expect(likely.of(location, OPERATION, 43)).toBe(42);
	for (let time = 0; time < 5; time++)
		likely.made(location, OPERATION, 2, true);
	expect(likely.of(location, OPERATION, 43)).toBe(23);
	for (let time = 0; time < 40; time++)
		likely.made(location, OPERATION, 2, true);
	expect(likely.of(location, OPERATION, 43)).toBeLessThanOrEqual(3);
	likely.made(location, OPERATION, 30, true);
	expect(likely.of(location, OPERATION, 43)).toBe(30);
	expect(likely.of(location, OPERATION, 10)).toBe(10);
});

test("one that made none, or was cut short, says nothing of fewer", () => {
	const likely = createLikely();
	const location = {};
	likely.made(location, OPERATION, 3, false);
	expect(likely.of(location, OPERATION, 43)).toBe(43);
	likely.made(location, OPERATION, 20, true);
	likely.made(location, OPERATION, 0, true);
	likely.made(location, OPERATION, 3, false);
	expect(likely.of(location, OPERATION, 43)).toBe(20);
	likely.made(location, OPERATION, 25, false);
	expect(likely.of(location, OPERATION, 43)).toBe(25);
});

test("another location is another matter", () => {
	const likely = createLikely();
	likely.made({}, OPERATION, 2, true);
	expect(likely.of({}, OPERATION, 43)).toBe(43);
});
