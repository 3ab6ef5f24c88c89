/** Loaders by name: what the cache keeps of a value names its loader, and only here is it found again. */
import type { Context } from "./context.ts";

/** How a loader reads keys anew that nobody waits for. */
export interface Refreshable {
	/** One spelling per key. */
	keyOf(key: unknown): string;
	/** How many keys are read in one call, 1 or less where the API has no such call. */
	batchSize(context: Context): number;
	refresh(keys: readonly unknown[], context: Context): Promise<void>;
}

const byName = new Map<string, Refreshable>();

/** @throws Error where another loader has the name: their values would be taken for each other's. */
export const registerLoader = (name: string, one: Refreshable): void => {
	if (byName.has(name))
		throw new Error(
			`Expected every loader to have a name of its own, but two are named ${JSON.stringify(name)}. Name one of them otherwise.`,
		);
	byName.set(name, one);
};

/** Undefined for one that this version of the gateway does not have. */
export const refreshableNamed = (name: string): Refreshable | undefined =>
	byName.get(name);
