/** How long a value may be served, by how the gateway is notified of its changes; the one place that states TTLs. */

/**
 * How the gateway is notified that a value changed: by a webhook, not at all, by a webhook for any row of a list, not for rows
 * of a list, or hardly ever. Values of search lag behind notifications. Slots are taken by others, of whom the gateway is
 * notified too late or never.
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
	/** The same types while none arrive: nothing but the TTL ends them. */
	readonly uncoveredMs: number;
	/** Tasks: HighLevel sends no webhook when one is edited. */
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

/** Every TTL class, in a fixed order: cached responses store the oldest read of each by its index. */
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
	ttl: TtlClass,
	ttls: Ttls,
	webhooksArriving: boolean,
): number => {
	if (ttl === "task" || ttl === "task search") return ttls.taskMs;
	if (ttl === "reference") return ttls.referenceMs;
	if (ttl === "slots") return ttls.slotsMs;
	return webhooksArriving ? ttls.coveredMs : ttls.uncoveredMs;
};

/** How old a value of this kind may be while the upstream is down or out of budget, in milliseconds. */
export const staleTtlOf = (ttl: TtlClass, ttls: Ttls): number =>
	ttl === "slots" ? ttls.slotsMs : ttls.staleMs;

/** Past this share of its TTL a value that is still requested is read again, where one call reads many. */
export const REFRESH_AHEAD_SHARE = 2 / 3;

/** The longest time anything at all may be served, in milliseconds. */
export const longestTtl = (ttls: Ttls): number =>
	Math.max(
		ttls.coveredMs,
		ttls.uncoveredMs,
		ttls.taskMs,
		ttls.referenceMs,
		ttls.slotsMs,
		ttls.staleMs,
	);
