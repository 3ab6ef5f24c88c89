/** The cache's ceiling in bytes means bytes: measured in a process of its own, with a hundred thousand contacts. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

interface Measured {
	readonly kept: number;
	readonly counted: number;
	readonly heldBytes: number;
	readonly evictions: number;
	readonly heldAfterChurn: number;
}

const told = async (script: string, ...args: string[]): Promise<unknown> => {
	const { stdout } = await promisify(execFile)(process.execPath, [
		"--expose-gc",
		join(import.meta.dirname, "../support", script),
		...args,
	]);
	return JSON.parse(stdout);
};

const measure = async (...args: string[]) =>
	(await told("cache-memory.ts", ...args)) as Measured;

const CEILING = 256 * 1024 * 1024;

test("a hundred thousand contacts fit the default ceiling, and weigh what is counted for them", async () => {
	const { kept, counted, heldBytes, evictions } = await measure("100000", "0");
	expect(evictions).toBe(0);
	expect(kept).toBe(100_000);
	expect(counted).toBeLessThan(CEILING);
	// What the process really holds for them, against what is counted.
	expect(heldBytes).toBeLessThan(CEILING * 1.1);
	expect(heldBytes / counted).toBeGreaterThan(0.5);
	expect(heldBytes / counted).toBeLessThan(1.5);
}, 120_000);

test("churn past the ceiling evicts, and memory does not grow", async () => {
	const { counted, heldBytes, evictions, heldAfterChurn } = await measure(
		"40000",
		"60000",
		String(64 * 1024 * 1024),
	);
	expect(counted).toBeLessThanOrEqual(64 * 1024 * 1024);
	expect(evictions).toBeGreaterThan(50_000);
	expect(heldAfterChurn).toBeLessThan(heldBytes * 1.2);
}, 120_000);

test("days of changes to ever new contacts leave nothing behind", async () => {
	// One a second for two days.
	const { invalidations, heldBytes } = (await told(
		"drop-memory.ts",
		"172800",
		"1000",
	)) as { invalidations: number; heldBytes: number };
	// Of each the contact, the lists, and eleven blocks of time.
	expect(invalidations).toBe(172_800 * 13);
	expect(heldBytes).toBeLessThan(4 * 1024 * 1024);
}, 60_000);

test("whole answers hold no more memory than is counted for them", async () => {
	const ceiling = 16 * 1024 * 1024;
	const { counted, heldBytes } = (await told(
		"answer-memory.ts",
		"20000",
		String(ceiling),
	)) as { counted: number; heldBytes: number };
	expect(counted).toBeGreaterThan(ceiling * 0.9);
	expect(heldBytes).toBeLessThan(counted);
}, 60_000);
