/** How long a value may be served, by how we hear of its changes; the one place where the bounds are stated. */

/**
 * How we hear that a value changed: a webhook, none at all, a webhook for any row of a list, none for rows of a list, or
 * hardly ever. What comes from search lags what we hear. Slots are taken by people we hear of too late, or never.
 */
export type TtlClass =
	| "webhook"
	| "task"
	| "search"
	| "task search"
	| "reference"
	| "slots";

/** All in milliseconds. */
export interface Ttls {
	/** Types with webhooks, while webhooks are arriving for the location. */
	readonly coveredMs: number;
	/** The same types while none arrive: nothing but time tells of a change. */
	readonly uncoveredMs: number;
	/** Tasks: HighLevel sends no word when one is edited. */
	readonly taskMs: number;
	/** Tags, users, calendars, custom fields, businesses, the location itself. */
	readonly referenceMs: number;
	/** Slots that are free: never served past this, whatever the upstream does. */
	readonly slotsMs: number;
	/** "There is no such thing" is believed this long: the thing may be created any moment. */
	readonly missingMs: number;
	/** How far search may run behind a write. */
	readonly searchLagMs: number;
	/** What search answers within its lag after a change is kept this long. */
	readonly withinLagMs: number;
	/** While the upstream is down or out of budget, values up to this age are served and marked stale. */
	readonly staleMs: number;
	/** With such a value at hand, the upstream has this long to answer before it counts as down or out of budget. */
	readonly staleTimeoutMs: number;
}

export const DEFAULT_TTLS: Ttls = {
	coveredMs: 300_000,
	uncoveredMs: 30_000,
	taskMs: 30_000,
	referenceMs: 300_000,
	slotsMs: 5_000,
	missingMs: 5_000,
	searchLagMs: 15_000,
	withinLagMs: 1_000,
	staleMs: 3_600_000,
	staleTimeoutMs: 2_000,
};

/** Every kind of freshness, in a fixed order: its index is how answers remember the oldest read of each. */
export const TTL_CLASSES: readonly TtlClass[] = [
	"webhook",
	"task",
	"search",
	"task search",
	"reference",
	"slots",
];

/** The longest time a value of this kind may be served, in milliseconds. */
export const ttlOf = (
	freshness: TtlClass,
	bounds: Ttls,
	webhooksArriving: boolean,
): number => {
	if (freshness === "task" || freshness === "task search") return bounds.taskMs;
	if (freshness === "reference") return bounds.referenceMs;
	if (freshness === "slots") return bounds.slotsMs;
	return webhooksArriving ? bounds.coveredMs : bounds.uncoveredMs;
};

/** How old a value of this kind may be while the upstream is down or out of budget, in milliseconds. */
export const staleTtlOf = (freshness: TtlClass, bounds: Ttls): number =>
	freshness === "slots" ? bounds.slotsMs : bounds.staleMs;

/** Past this share of its bound a value that is still asked for is read anew, where many are read in one call. */
export const REFRESH_AHEAD_SHARE = 2 / 3;

/** The longest time anything at all may be served, in milliseconds. */
export const longestTtl = (bounds: Ttls): number =>
	Math.max(
		bounds.coveredMs,
		bounds.uncoveredMs,
		bounds.taskMs,
		bounds.referenceMs,
		bounds.slotsMs,
		bounds.staleMs,
	);
