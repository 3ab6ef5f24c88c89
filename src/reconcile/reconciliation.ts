/** Reconciliation put together: what each entity can be asked for, at what pace, and what is made of what is found. */
import type { Cache } from "../cache/cache.ts";
import type { Invalidations } from "../cache/tags.ts";
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { OperationOptions, Upstream } from "../upstream/client.ts";
import { createMissedChangeDetector } from "./missed-changes.ts";
import type { DatedObservation, Observation } from "./observation.ts";
import { pollChanges } from "./poll-changes.ts";
import { pollLists, type Span } from "./poll-lists.ts";
import { type Spent, startReconciliation } from "./schedule.ts";

/** All in milliseconds. */
export interface ReconcileSettings {
	/** How often to ask which contacts changed, one call each time. Default 0: never. */
	readonly contactsMs: number;
	/** How often to look through one calendar, one call each time. Default 0: never. */
	readonly calendarsMs: number;
	/** The days of a calendar that are looked at, around now. Defaults: 7 days back, 28 ahead. */
	readonly pastMs: number;
	readonly aheadMs: number;
	/** A webhook may be under way for so long before it counts as lost. Default 30,000. */
	readonly lateMs: number;
	/** How long a location's webhooks are not relied on after one was lost. Default 15 minutes; 0 always relies on them. */
	readonly distrustMs: number;
}

export interface ReconciliationOptions extends Partial<ReconcileSettings> {
	/** Told of changes whose webhooks were lost. */
	onLost?(changes: number): void;
	/** What can be asked for by when it changed, oldest change first; `after` is the `next` of the page before. */
	changedSince(
		upstream: Upstream,
		since: number,
		after: unknown,
	): Promise<{ sightings: readonly Observation[]; next: unknown }>;
	/** What the API only lists: the parts it lists, and what one of them holds within a span. */
	readonly listed: {
		parts(upstream: Upstream): Promise<readonly string[]>;
		list(
			upstream: Upstream,
			part: string,
			span: Span,
		): Promise<readonly DatedObservation[]>;
	};
	readonly cache: Cache;
	readonly invalidations: Invalidations;
	readonly clock: Pick<Clock, "after">;
	readonly log: Logger;
	upstream(locationId: string, calls: OperationOptions): Upstream;
}

export interface Reconciliation {
	/** Whether webhooks of the location were lost recently. */
	losesWebhooks(locationId: string): boolean;
	stop(): void;
}

const DAY_MS = 86_400_000;
const PAST_MS = 7 * DAY_MS;
const AHEAD_MS = 28 * DAY_MS;
const LATE_MS = 30_000;
const DISTRUST_MS = 15 * 60_000;

// A call that nobody waits for gives up its turn when the budget has none to spare for so long.
const SPARE_MS = 10_000;
const LONGEST_CALL_MS = 60_000;

export const startReconciliationOf = ({
	contactsMs = 0,
	calendarsMs = 0,
	pastMs = PAST_MS,
	aheadMs = AHEAD_MS,
	lateMs = LATE_MS,
	distrustMs = DISTRUST_MS,
	cache,
	invalidations,
	clock,
	log,
	upstream,
	changedSince,
	listed,
	onLost,
}: ReconciliationOptions): Reconciliation => {
	const { ttls, now } = cache;
	// Twice the lag: for search, and for clocks.
	const overlapMs = 2 * ttls.searchLagMs;
	const reachMs = Math.max(ttls.staleMs, ttls.coveredMs);
	const missed = createMissedChangeDetector({
		invalidations,
		log,
		logOf: cache.log,
		overlapMs,
		lateMs,
		distrustMs,
		now,
		...(onLost && { onLost }),
	});

	/** A call of the background's share: one that the budget can spare, or none. */
	const spare = async <A>(
		locationId: string,
		meter: Spent,
		ask: (upstream: Upstream) => Promise<A>,
	): Promise<A> => {
		const calls = upstream(locationId, {
			meter,
			lane: "background",
			maxCost: 1,
			deadlineMs: SPARE_MS,
			signal: AbortSignal.timeout(LONGEST_CALL_MS),
		});
		try {
			return await ask(calls);
		} finally {
			calls.end();
		}
	};
	const contacts = pollChanges({
		missed,
		overlapMs,
		reachMs,
		now,
		changed: (locationId, spent, since, after) =>
			spare(locationId, spent, (calls) => changedSince(calls, since, after)),
	});
	const calendars = pollLists({
		missed,
		log,
		pastMs,
		aheadMs,
		overlapMs,
		reachMs,
		now,
		parts: (locationId, spent) => spare(locationId, spent, listed.parts),
		list: (locationId, spent, part, span) =>
			spare(locationId, spent, (calls) => listed.list(calls, part, span)),
	});
	const stop = startReconciliation({
		routines: [
			{ what: "contacts", everyMs: contactsMs, poll: contacts },
			{ what: "calendars", everyMs: calendarsMs, poll: calendars },
		],
		missed,
		log,
		activeSince: cache.activeSince,
		now,
		after: clock.after,
	});
	return { losesWebhooks: missed.losesWebhooks, stop };
};
