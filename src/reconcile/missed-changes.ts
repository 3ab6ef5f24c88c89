/** Judges changes that were met by looking: who told of them, and if nobody did, whether the location's webhooks are to be trusted. */
import { LRUCache } from "lru-cache";
import type { InvalidationLog } from "../cache/invalidation-log.ts";
import type { Invalidations } from "../cache/tags.ts";
import type { Logger } from "../log.ts";
import type { ObservedTags } from "../reconcile/observation.ts";

/** Something changed, at some moment from `since` to `until` (epoch milliseconds). Infinity where nobody knows when. */
export interface ObservedChange extends ObservedTags {
	readonly since: number;
	readonly until: number;
}

export interface MissedChangeOptions {
	readonly names: Invalidations;
	readonly log: Logger;
	place(locationId: string): InvalidationLog;
	/** How far search may run behind, and clocks apart. */
	readonly overlapMs: number;
	/** A webhook may be under way for so long: until then its change is not one that was missed. */
	readonly lateMs: number;
	/** How long webhooks are not relied on after the last change they missed. */
	readonly distrustMs: number;
	/** Epoch milliseconds. */
	now(): number;
}

export interface MissedChangeDetector {
	/** Drops what nobody told of. */
	judge(locationId: string, met: readonly ObservedChange[]): void;
	/** Judges again what was too young when it was met. */
	review(locationId: string): void;
	/** Whether webhooks of the location were lost lately. */
	losesWebhooks(locationId: string): boolean;
	readonly startedAt: number;
}

/** A drop of what was found here, and when others had dropped the same name before. */
interface OwnDrop {
	readonly at: number;
	readonly toldAt: number | undefined;
}

// Drops of our own that are told from those of webhooks and writes.
const OWN_DROPS = 20_000;
// Changes of one location that wait for their webhook; beyond, the oldest blame nobody.
const SUSPECTS = 1000;

export const createMissedChangeDetector = (
	options: MissedChangeOptions,
): MissedChangeDetector => {
	const { names, log, place, overlapMs, lateMs, distrustMs, now } = options;
	const startedAt = now();
	const own = new LRUCache<string, OwnDrop>({ max: OWN_DROPS });
	const lostAt = new Map<string, number>();
	const suspects = new Map<string, readonly ObservedChange[]>();

	const keyOf = (locationId: string, name: string) => `${locationId}\n${name}`;

	/** When a webhook or a write last dropped the name. */
	const toldAt = (locationId: string, name: string): number | undefined => {
		const at = place(locationId).lastInvalidated(name);
		const ours = own.get(keyOf(locationId, name));
		return ours?.at === at ? ours?.toldAt : at;
	};

	const drop = (locationId: string, dropped: Iterable<string>): void => {
		const at = now();
		const told = [...new Set(dropped)].map(
			(name) => [name, toldAt(locationId, name)] as const,
		);
		if (told.length === 0) return;
		names.invalidate(
			locationId,
			told.map(([name]) => name),
		);
		for (const [name, toldAt] of told)
			own.set(keyOf(locationId, name), { at, toldAt });
	};

	/** Whether whatever was read before it happened is gone already. */
	const dropped = (
		locationId: string,
		{ notifiedBy, until }: ObservedChange,
	): boolean =>
		notifiedBy.some(
			(name) => (place(locationId).lastInvalidated(name) ?? -1) >= until,
		);

	/** Whether webhooks or writes tell why it changed, be it a little before the API says that it did. */
	const explained = (
		locationId: string,
		{ notifiedBy, related, alwaysNotified, since }: ObservedChange,
	): boolean =>
		(alwaysNotified ? notifiedBy : [...notifiedBy, ...related]).some(
			(name) => (toldAt(locationId, name) ?? -1) >= since - overlapMs,
		);

	const losesWebhooks = (locationId: string): boolean => {
		const at = lostAt.get(locationId);
		return at !== undefined && now() - at < distrustMs;
	};

	/** Their webhooks did not come: whatever else happened there may have been missed as well. */
	const blame = (
		locationId: string,
		missed: readonly ObservedChange[],
	): void => {
		if (missed.length === 0) return;
		drop(
			locationId,
			missed.flatMap(({ related }) => related),
		);
		if (distrustMs > 0 && !losesWebhooks(locationId))
			log.warn(
				{ locationId, changes: missed.length, forMs: distrustMs },
				"webhooks are missing: they are not relied on for a while",
			);
		lostAt.set(locationId, now());
	};

	return {
		startedAt,
		losesWebhooks,
		judge(locationId, met) {
			const untold = met.filter((one) => !dropped(locationId, one));
			if (untold.length === 0) return;
			// Before the drop, which would hide who else had dropped them. What happened before this process listened
			// was told to another, or to nobody.
			const open = untold.filter(
				(one) =>
					Number.isFinite(one.until) &&
					one.since >= startedAt &&
					!explained(locationId, one),
			);
			drop(
				locationId,
				untold.flatMap((one) => one.tags),
			);
			log.info(
				{ locationId, changes: untold.length },
				"changes found that nobody told of",
			);
			const ripe = now() - lateMs;
			blame(
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
			blame(
				locationId,
				all.filter((one) => one.until <= ripe && !explained(locationId, one)),
			);
		},
	};
};
