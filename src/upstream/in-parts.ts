/** Sends a list in as few calls as the API takes: the largest part is found by halving, and remembered for the location. */
import type { LocationFacts } from "./location-facts.ts";
import { batchRefusal, type Refusal } from "./refusal.ts";

export interface Part<T, R> {
	readonly items: readonly T[];
	/** What the call answered, or why it failed: a refusal of a single item, or a fault that says nothing. */
	readonly result:
		| R
		| { readonly refusal: Refusal }
		| { readonly fault: unknown };
}

/**
 * Every item is in exactly one part. A part that is refused is halved, down to single items, so that one bad item
 * fails alone; a size that is taken after a larger one was not is remembered under `route`.
 * A refusal that is about none of the items (`meansAll`) is thrown.
 * A part that fails otherwise is not sent again: it is not known whether it took effect.
 */
export const inParts = async <T, R extends object>(
	items: readonly T[],
	route: string,
	facts: LocationFacts,
	send: (items: readonly T[]) => Promise<R>,
	meansAll: (refusal: Refusal) => boolean = () => false,
): Promise<Part<T, R>[]> => {
	const { batchMax } = facts;
	const waiting = split(items, batchMax.get(route) || items.length);
	const done: Part<T, R>[] = [];
	for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
		const most = batchMax.get(route);
		if (most && part.length > most) {
			waiting.unshift(...split(part, most));
			continue;
		}
		try {
			done.push({ items: part, result: await send(part) });
		} catch (error) {
			const refused = batchRefusal(error);
			if (refused && meansAll(error as Refusal)) throw error;
			if (!refused) done.push({ items: part, result: { fault: error } });
			else if (part.length === 1)
				done.push({ items: part, result: { refusal: error as Refusal } });
			else {
				const half = Math.ceil(part.length / 2);
				if (refused === "too many") batchMax.set(route, half);
				waiting.unshift(...split(part, half));
			}
		}
	}
	return done;
};

const split = <T>(items: readonly T[], size: number): T[][] => {
	const parts: T[][] = [];
	for (let start = 0; start < items.length; start += size)
		parts.push(items.slice(start, start + size));
	return parts;
};
