/** Looks for missed changes where the API tells what changed since a moment, oldest change first. */
import type { Observation } from "../reconcile/observation.ts";
import type { MissedChangeDetector } from "./missed-changes.ts";
import type { Poll, Spent } from "./schedule.ts";

export interface ChangedSinceOptions {
	readonly missed: MissedChangeDetector;
	/**
	 * One page of what changed at or after `since` (epoch milliseconds), oldest change first; `after` is what the page
	 * before gave as `next`, which is undefined on the last one.
	 */
	changed(
		locationId: string,
		spent: Spent,
		since: number,
		after: unknown,
	): Promise<{ sightings: readonly Observation[]; next: unknown }>;
	/** How far the API may run behind, and clocks apart: each look goes back this much further than the last one came. */
	readonly overlapMs: number;
	/** Nothing read longer ago than this is served, so no look goes back further. */
	readonly reachMs: number;
	/** Epoch milliseconds. */
	now(): number;
}

/** How far a location's looks came, and what the last one saw: its overlap is no news to the next. */
interface Progress {
	readonly until: number;
	readonly seen: ReadonlyMap<string, string>;
}

// A look that finds more has met an import; it goes on where it stopped once the calls are paid back.
const MOST_PAGES = 10;

export const pollChanges = (options: ChangedSinceOptions): Poll => {
	const { missed, overlapMs, reachMs, now } = options;
	const progress = new Map<string, Progress>();

	return async (locationId, spent) => {
		const began = now();
		const last = progress.get(locationId);
		const since =
			Math.max(last?.until ?? missed.startedAt, began - reachMs) - overlapMs;
		const seen = new Map<string, string>();
		let reached = since;
		let next: unknown;
		let pages = 0;
		do {
			const page = await options.changed(locationId, spent, since, next);
			missed.judge(
				locationId,
				page.sightings
					.filter(({ id, state }) => last?.seen.get(id) !== state)
					.map(({ updatedAt = Number.POSITIVE_INFINITY, touches }) => ({
						...touches(),
						since: updatedAt,
						until: updatedAt,
					})),
			);
			for (const { id, state, updatedAt } of page.sightings) {
				seen.set(id, state);
				reached = Math.max(reached, updatedAt ?? reached);
			}
			next = page.next;
			pages++;
		} while (next !== undefined && pages < MOST_PAGES);
		// As many changes of one moment as fill a look cannot be stepped over bit by bit.
		const stopped = next !== undefined && reached > since;
		progress.set(locationId, {
			until: stopped ? reached + overlapMs : began,
			seen,
		});
	};
};
