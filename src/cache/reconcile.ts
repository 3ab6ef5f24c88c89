/** Finds what webhooks missed: asks now and then which contacts changed lately, and drops those nobody told of. */
import { NAME, type Names } from "../change.ts";
import type { Logger } from "../log.ts";
import type { Place } from "./drops.ts";

export interface ChangedContact {
	readonly id: string;
	/** Epoch milliseconds of its last change, by the API's clock. */
	readonly updatedAt: number;
}

export interface ReconcileOptions {
	readonly names: Names;
	readonly log: Logger;
	/** Between two passes over a location; each pass costs one call, and one more for every 500 changes. */
	readonly everyMs: number;
	/** How far search may run behind, and clocks apart: each pass looks back this much further than the last one came. */
	readonly overlapMs: number;
	/** Locations somebody has asked about since the last pass: where nobody asks, nothing stale can be served. */
	active(): readonly string[];
	place(locationId: string): Place;
	/** One page of the contacts that changed at or after `since`, oldest change first. */
	changed(
		locationId: string,
		since: number,
		page: number,
	): Promise<{ contacts: readonly ChangedContact[]; more: boolean }>;
	/** Epoch milliseconds. */
	now(): number;
}

export interface Reconciliation {
	/** One pass over every active location. Resolves with the number of changes that had been missed. */
	pass(): Promise<number>;
	/** Missed changes found so far. */
	readonly found: number;
	stop(): void;
}

// A pass that finds more has met an import: its lists are dropped anyway, and the bounds take care of the rest.
const MOST_PAGES = 10;

export const startReconciliation = (
	options: ReconcileOptions,
): Reconciliation => {
	const { names, log, everyMs, overlapMs, now } = options;
	// By location: how far the last pass came, and what it saw within the overlap.
	const progress = new Map<
		string,
		{ until: number; seen: Map<string, number> }
	>();
	const startedAt = now();
	let found = 0;
	let passing = false;

	const passOver = async (locationId: string): Promise<number> => {
		const { until, seen } = progress.get(locationId) ?? {
			until: startedAt,
			seen: new Map<string, number>(),
		};
		const began = now();
		const since = until - overlapMs;
		const place = options.place(locationId);
		const missed: string[] = [];
		const seenNow = new Map<string, number>();
		for (let page = 1; page <= MOST_PAGES; page++) {
			const { contacts, more } = await options.changed(locationId, since, page);
			for (const { id, updatedAt } of contacts) {
				seenNow.set(id, updatedAt);
				if (seen.get(id) === updatedAt) continue;
				const told = place.droppedAt(NAME.contact(id));
				if (told === undefined || told < updatedAt) missed.push(id);
			}
			if (!more) break;
		}
		if (missed.length)
			names.drop(locationId, [...missed.map(NAME.contact), NAME.contacts]);
		progress.set(locationId, { until: began, seen: seenNow });
		found += missed.length;
		return missed.length;
	};

	const pass = async (): Promise<number> => {
		let sum = 0;
		for (const locationId of options.active())
			try {
				sum += await passOver(locationId);
			} catch (err) {
				// The next pass looks back as far as this one would have.
				log.warn({ err, locationId }, "reconciliation put off");
			}
		return sum;
	};

	const timer = setInterval(async () => {
		if (passing) return;
		passing = true;
		const missed = await pass();
		passing = false;
		if (missed) log.info({ missed }, "changes found that no webhook told of");
	}, everyMs);
	timer.unref();
	return {
		pass,
		get found() {
			return found;
		},
		stop: () => clearInterval(timer),
	};
};
