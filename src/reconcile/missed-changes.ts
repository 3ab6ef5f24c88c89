/** Decides whether a webhook or a write reported a change that a poll found; if not, invalidates it and distrusts webhooks. */
import { LRUCache } from "lru-cache";
import type { InvalidationLog } from "../cache/invalidation-log.ts";
import type { Invalidations } from "../cache/tags.ts";
import type { Logger } from "../log.ts";
import type { ObservedTags } from "../reconcile/observation.ts";

/** An object changed at some moment from `since` to `until` (epoch milliseconds); Infinity where the moment is unknown. */
export interface ObservedChange extends ObservedTags {
	readonly since: number;
	readonly until: number;
}

export interface MissedChangeOptions {
	readonly invalidations: Invalidations;
	readonly log: Logger;
	logOf(locationId: string): InvalidationLog;
	/** How far search may run behind, and clocks apart. */
	readonly overlapMs: number;
	/** How long a webhook may take to arrive: until then its change does not count as missed. */
	readonly lateMs: number;
	/** How long webhooks are distrusted after the last change they missed. */
	readonly distrustMs: number;
	/** Told of changes whose webhooks were lost. */
	onLost?(changes: number): void;
	/** Epoch milliseconds. */
	now(): number;
}

export interface MissedChangeDetector {
	/** Invalidates the changes that nobody reported. */
	judge(locationId: string, changes: readonly ObservedChange[]): void;
	/** Decides on changes whose webhook could still arrive when they were found. */
	review(locationId: string): void;
	/** Whether webhooks of the location were lost recently. */
	losesWebhooks(locationId: string): boolean;
	readonly startedAt: number;
}

/** An invalidation made here, and when a webhook or a write had invalidated the same tag before. */
interface OwnInvalidation {
	readonly at: number;
	readonly notifiedAt: number | undefined;
}

// Own invalidations, remembered to distinguish them from those of webhooks and writes.
const OWN_INVALIDATIONS = 20_000;
// Changes of one location that wait for their webhook; the oldest beyond that do not count as missed.
const SUSPECTS = 1000;

export const createMissedChangeDetector = (
	options: MissedChangeOptions,
): MissedChangeDetector => {
	const { invalidations, log, logOf, overlapMs, lateMs, distrustMs, now } =
		options;
	const startedAt = now();
	const own = new LRUCache<string, OwnInvalidation>({ max: OWN_INVALIDATIONS });
	const lostAt = new Map<string, number>();
	const suspects = new Map<string, readonly ObservedChange[]>();

	const keyOf = (locationId: string, tag: string) => `${locationId}\n${tag}`;

	/** When a webhook or a write last invalidated the tag. */
	const notifiedAt = (locationId: string, tag: string): number | undefined => {
		const at = logOf(locationId).lastInvalidated(tag);
		const ours = own.get(keyOf(locationId, tag));
		return ours?.at === at ? ours?.notifiedAt : at;
	};

	const invalidate = (locationId: string, tags: Iterable<string>): void => {
		const at = now();
		const invalidated = [...new Set(tags)].map(
			(tag) => [tag, notifiedAt(locationId, tag)] as const,
		);
		if (invalidated.length === 0) return;
		invalidations.invalidate(
			locationId,
			invalidated.map(([tag]) => tag),
		);
		for (const [tag, notifiedAt] of invalidated)
			own.set(keyOf(locationId, tag), { at, notifiedAt });
	};

	/** Whether every value read before the change is invalidated already. */
	const isInvalidated = (
		locationId: string,
		{ notifiedBy, until }: ObservedChange,
	): boolean =>
		notifiedBy.some(
			(tag) => (logOf(locationId).lastInvalidated(tag) ?? -1) >= until,
		);

	/** Whether a webhook or a write reported the change, be it a little before the time the API gives it. */
	const isReported = (
		locationId: string,
		{ notifiedBy, related, alwaysNotified, since }: ObservedChange,
	): boolean =>
		(alwaysNotified ? notifiedBy : [...notifiedBy, ...related]).some(
			(tag) => (notifiedAt(locationId, tag) ?? -1) >= since - overlapMs,
		);

	const losesWebhooks = (locationId: string): boolean => {
		const at = lostAt.get(locationId);
		return at !== undefined && now() - at < distrustMs;
	};

	/** Webhooks of these changes were lost, and so may be others of the same objects. */
	const distrust = (
		locationId: string,
		missed: readonly ObservedChange[],
	): void => {
		if (missed.length === 0) return;
		options.onLost?.(missed.length);
		invalidate(
			locationId,
			missed.flatMap(({ related }) => related),
		);
		if (distrustMs > 0 && !losesWebhooks(locationId))
			log.warn(
				{ locationId, changes: missed.length, forMs: distrustMs },
				"webhooks are missing: TTLs are shorter for a while",
			);
		lostAt.set(locationId, now());
	};

	return {
		startedAt,
		losesWebhooks,
		judge(locationId, changes) {
			const missed = changes.filter((one) => !isInvalidated(locationId, one));
			if (missed.length === 0) return;
			// Before the invalidation below, which would hide earlier ones of the same tags. A webhook of a change from
			// before this process started went to another process, or to none.
			const open = missed.filter(
				(one) =>
					Number.isFinite(one.until) &&
					one.since >= startedAt &&
					!isReported(locationId, one),
			);
			invalidate(
				locationId,
				missed.flatMap((one) => one.tags),
			);
			log.info(
				{ locationId, changes: missed.length },
				"changes found without a webhook",
			);
			const ripe = now() - lateMs;
			distrust(
				locationId,
				open.filter(({ until }) => until <= ripe),
			);
			const young = open.filter(({ until }) => until > ripe);
			if (young.length > 0)
				suspects.set(
					locationId,
					[...(suspects.get(locationId) ?? []), ...young].slice(-SUSPECTS),
				);
		},
		review(locationId) {
			const all = suspects.get(locationId);
			if (!all) return;
			const ripe = now() - lateMs;
			const young = all.filter(({ until }) => until > ripe);
			if (young.length > 0) suspects.set(locationId, young);
			else suspects.delete(locationId);
			distrust(
				locationId,
				all.filter((one) => one.until <= ripe && !isReported(locationId, one)),
			);
		},
	};
};
