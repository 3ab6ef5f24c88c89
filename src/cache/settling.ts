/**
 * Weighs what was read again a moment later, all at once: much of what a busy gateway reads is replaced within that
 * moment, and a read that somebody waits for is not the time to look at every word of it.
 */
import type { LRUCache } from "lru-cache";
import { parsedBytes } from "./asleep.ts";

export interface Settling {
	/** Keeps `value` under `key` at a rough weight, until it is weighed exactly. `overhead` counts either way. */
	keep(key: string, entry: { readonly value: unknown }, overhead: number): void;
	/** Weighs all that still waits. */
	settle(): void;
	stop(): void;
}

const MOMENT_MS = 2_000;
// What waits to be weighed is counted roughly, so it must stay little beside the ceiling.
const MOST_WAITING = 1_000;
// Weighed in one go; then whoever waits for an answer goes first.
const AT_ONCE = 100;
// About what a row of a CRM takes: near enough for a moment.
const ROUGH_ROW = 1_500;

export const createSettling = (kept: LRUCache<string, object>): Settling => {
	// What came since the last look, by key, and what has waited long enough.
	let young = new Map<string, Waiting>();
	let old: Waiting[] = [];
	let timer: NodeJS.Timeout | undefined;

	const settleSome = (most: number): void => {
		// Unless it was dropped, pushed out or replaced meanwhile.
		for (const { key, entry, overhead } of old.splice(0, most))
			if (kept.peek(key) === entry) {
				// Set again while it is there, a value keeps the size it came with.
				kept.delete(key);
				kept.set(key, entry, {
					size: overhead + parsedBytes(JSON.stringify(entry.value).length),
				});
			}
	};
	const look = (): void => {
		timer = undefined;
		if (!old.length) {
			old = [...young.values()];
			young = new Map();
		}
		settleSome(AT_ONCE);
		if (old.length) later(1);
		else if (young.size) later(MOMENT_MS);
	};
	const later = (ms: number): void => {
		timer ??= setTimeout(look, ms).unref();
	};
	const settle = (): void => {
		old.push(...young.values());
		young = new Map();
		settleSome(old.length);
	};
	return {
		keep(key, entry, overhead) {
			kept.set(key, entry, { size: overhead + roughly(entry.value) });
			young.set(key, { key, entry, overhead });
			if (young.size > MOST_WAITING) settle();
			later(MOMENT_MS);
		},
		settle,
		stop() {
			clearTimeout(timer);
			young.clear();
			old = [];
		},
	};
};

interface Waiting {
	readonly key: string;
	readonly entry: { readonly value: unknown };
	readonly overhead: number;
}

/** By the number of rows alone: a value is a row, a list of them, or a page that holds a list. */
const roughly = (value: unknown): number => {
	if (typeof value !== "object" || value === null) return 0;
	if (Array.isArray(value)) return ROUGH_ROW * value.length;
	let rows = 1;
	for (const inner of Object.values(value))
		if (Array.isArray(inner)) rows += inner.length;
	return ROUGH_ROW * rows;
};
