/** What is counted for a value is near what it takes: measured against the heap, for rows of every kind the API has. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { sizeOf } from "../../src/cache/size.ts";

const SCRIPT = join(import.meta.dirname, "../support/value-memory.ts");

test("the size counted for rows of the API is within a sixth of what the heap holds for them", async () => {
	const { stdout } = await promisify(execFile)(process.execPath, [
		"--expose-gc",
		SCRIPT,
	]);
	const kinds = JSON.parse(stdout) as Record<
		string,
		{ readonly held: number; readonly counted: number }
	>;
	expect(Object.keys(kinds)).toHaveLength(6);
	for (const [kind, { held, counted }] of Object.entries(kinds)) {
		expect(counted / held, kind).toBeGreaterThan(5 / 6);
		expect(counted / held, kind).toBeLessThan(7 / 6);
	}
}, 60_000);

test("a list is counted by a sample spread over it", () => {
	const short = Array.from({ length: 100 }, () => "a row like any other");
	const mixed = short.map((row, index) => (index % 2 ? row.repeat(20) : row));
	const exact = mixed.reduce((sum, row) => sum + sizeOf(row), 0);
	expect(sizeOf(mixed)).toBeGreaterThan(exact * 0.5);
	expect(sizeOf(mixed)).toBeLessThan(exact * 2);
	expect(sizeOf([])).toBeLessThan(100);
});

test("text beyond Latin-1 is counted at two bytes a letter", () => {
	const latin = sizeOf("ä".repeat(1000));
	expect(sizeOf("日".repeat(1000))).toBe(latin + 1000);
});
