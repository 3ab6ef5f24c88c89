/** Looks for missed changes where the API tells only what a list holds now: part by part, each compared with what it held before. */
import { LRUCache } from "lru-cache";
import type { Logger } from "../log.ts";
import type { DatedObservation } from "../reconcile/observation.ts";
import type { MissedChangeDetector, ObservedChange } from "./missed-changes.ts";
import { isRefusal, type Poll, type Spent } from "./schedule.ts";

/** Epoch milliseconds. */
export interface Span {
	readonly from: number;
	readonly to: number;
}

export interface ListedOptions {
	readonly missed: MissedChangeDetector;
	readonly log: Logger;
	/** The parts a location's list is read in. */
	parts(locationId: string, spent: Spent): Promise<readonly string[]>;
	/** All that a part holds within the span. */
	list(
		locationId: string,
		spent: Spent,
		part: string,
		span: Span,
	): Promise<readonly DatedObservation[]>;
	/** The span that is looked at, around now. */
	readonly pastMs: number;
	readonly aheadMs: number;
	/** How far the API may run behind, and clocks apart. */
	readonly overlapMs: number;
	/** Nothing read longer ago than this is served, so what was seen before then compares with nothing. */
	readonly reachMs: number;
	/** Epoch milliseconds. */
	now(): number;
}

/** What a part held when it was last looked at. */
interface Held {
	readonly at: number;
	readonly things: ReadonlyMap<string, DatedObservation>;
}

/** A location's rounds over its parts. */
interface Walk {
	parts: readonly string[];
	partsReadAt: number;
	next: number;
	refused: number;
	/** Whether the next part failed already once in this round. */
	failed: boolean;
	readonly held: Map<string, Held>;
}

// New parts are met this much later at most.
const PARTS_MS = 10 * 60_000;
// Each may hold thousands of rows; where more locations are in use, those unused longest start anew.
const LOCATIONS = 500;

export const pollLists = (options: ListedOptions): Poll => {
	const { missed, log, pastMs, aheadMs, overlapMs, reachMs, now } = options;
	const walks = new LRUCache<string, Walk>({ max: LOCATIONS });

	const compare = (
		before: Held | undefined,
		sightings: readonly DatedObservation[],
		{ from }: Span,
		began: number,
	): ObservedChange[] => {
		const since = before?.at ?? Math.max(missed.startedAt, began - reachMs);
		const met: ObservedChange[] = [];
		const here = new Set<string>();
		for (const sighting of sightings) {
			here.add(sighting.id);
			const known = before?.things.get(sighting.id);
			const { updatedAt = Number.POSITIVE_INFINITY } = sighting;
			// One that is old and was not there before has come into the span with the days.
			if (
				known ? known.state === sighting.state : updatedAt < since - overlapMs
			)
				continue;
			const touches = sighting.touches();
			met.push({
				...touches,
				tags: [...touches.tags, ...(known?.touches().tags ?? [])],
				since: updatedAt,
				until: updatedAt,
			});
		}
		for (const [id, known] of before?.things ?? []) {
			// One that left the span with the days has not changed by that.
			if (here.has(id) || known.at < from) continue;
			met.push({ ...known.touches(), since, until: began });
		}
		return met;
	};

	const readParts = async (
		locationId: string,
		spent: Spent,
		began: number,
	): Promise<void> => {
		const parts = await options.parts(locationId, spent);
		const held = walks.get(locationId)?.held ?? new Map<string, Held>();
		for (const [part, { at, things }] of held) {
			if (parts.includes(part)) continue;
			held.delete(part);
			// Nobody knows what becomes of things whose part goes, so they are read again and nobody is blamed.
			missed.judge(
				locationId,
				[...things.values()].map((thing) => ({
					...thing.touches(),
					since: at,
					until: Number.POSITIVE_INFINITY,
				})),
			);
		}
		walks.set(locationId, {
			parts,
			partsReadAt: began,
			next: 0,
			refused: 0,
			failed: false,
			held,
		});
	};

	/** @throws what the API says when it refuses every part of a round. */
	const skip = (
		walk: Walk,
		locationId: string,
		part: string,
		err: unknown,
	): void => {
		const refused = isRefusal(err);
		// A part that failed is tried once more before the round goes on without it.
		if (!refused && !walk.failed) {
			walk.failed = true;
			throw err;
		}
		walk.failed = false;
		walk.next++;
		if (refused) walk.refused++;
		if (!refused || walk.refused === walk.parts.length) throw err;
		log.warn({ err, locationId, part }, "left out of reconciliation");
	};

	return async (locationId, spent) => {
		const began = now();
		const walk = walks.get(locationId);
		const roundOver = !walk || walk.next >= walk.parts.length;
		if (roundOver && began - (walk?.partsReadAt ?? 0) >= PARTS_MS)
			return readParts(locationId, spent, began);
		if (!walk || walk.parts.length === 0) return;
		if (roundOver) {
			walk.next = 0;
			walk.refused = 0;
		}
		const part = walk.parts[walk.next] as string;
		const span = { from: began - pastMs, to: began + aheadMs };
		let sightings: readonly DatedObservation[];
		try {
			sightings = await options.list(locationId, spent, part, span);
		} catch (err) {
			skip(walk, locationId, part, err);
			return;
		}
		walk.failed = false;
		walk.next++;
		const known = walk.held.get(part);
		const before = known && known.at >= began - reachMs ? known : undefined;
		walk.held.set(part, {
			at: began,
			things: new Map(sightings.map((sighting) => [sighting.id, sighting])),
		});
		missed.judge(locationId, compare(before, sightings, span, began));
	};
};
