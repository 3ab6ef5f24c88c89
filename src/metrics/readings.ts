/** What is read when Prometheus asks: the state of budgets, cache, journal, streams and tokens. */
import { AGE_BUCKETS_S, type CacheStats } from "../cache/stats.ts";
import type { Connection } from "../oauth/status.ts";
import type { BudgetState } from "../upstream/budget/budget.ts";
import type { MetricName } from "./names.ts";
import type { Reading } from "./registry.ts";

/** Rooms that can be looked at without changing anything. */
export interface Sources {
	readonly version: string;
	cacheStats(): CacheStats;
	budgets(): Iterable<readonly [locationId: string, state: BudgetState]>;
	openBreakers(): number;
	journalLag(): number;
	longLived(): { readonly connections: number; readonly subscriptions: number };
	connections(): readonly Connection[];
	/** Epoch milliseconds. */
	now(): number;
}

export const readingsOf = (
	sources: Sources,
	locationLabel: (locationId: string) => string,
): Partial<Record<MetricName, () => Reading>> => ({
	contact_graph_build_info: () => [[{ version: sources.version }, 1]],
	contact_graph_upstream_breakers_open: () => one(sources.openBreakers()),
	...budgetReadings(sources, locationLabel),
	...cacheReadings(sources),
	...tokenReadings(sources, locationLabel),
	contact_graph_journal_lag_changes: () => one(sources.journalLag()),
	contact_graph_long_lived_connections: () =>
		one(sources.longLived().connections),
	contact_graph_subscriptions: () => one(sources.longLived().subscriptions),
});

const one = (value: number): Reading => [[{}, value]];

/** Locations beyond those with a label of their own stand together: the least that is left, the most that waits. */
const budgetReadings = (
	{ budgets }: Sources,
	locationLabel: (locationId: string) => string,
) => {
	const of =
		(
			field: keyof BudgetState,
			pick: (a: number, b: number) => number,
		): (() => Reading) =>
		() => {
			const byLabel = new Map<string, number>();
			for (const [locationId, state] of budgets()) {
				const label = locationLabel(locationId);
				const known = byLabel.get(label);
				byLabel.set(
					label,
					known === undefined ? state[field] : pick(known, state[field]),
				);
			}
			return [...byLabel].map(([location, value]) => [{ location }, value]);
		};
	return {
		contact_graph_budget_limit_calls: of("limit", Math.min),
		contact_graph_budget_remaining_calls: of("remaining", Math.min),
		contact_graph_budget_day_limit_calls: of("dailyLimit", Math.min),
		contact_graph_budget_day_remaining_calls: of("dailyRemaining", Math.min),
		contact_graph_budget_queued_calls: of("queued", Math.max),
	};
};

const cacheReadings = ({ cacheStats }: Sources) => ({
	contact_graph_cache_lookups_total: (): Reading => {
		const { values, answers } = cacheStats();
		return [
			[{ kind: "value", result: "hit" }, values.hits],
			[{ kind: "value", result: "miss" }, values.misses],
			[{ kind: "value", result: "shared" }, values.shared],
			[{ kind: "value", result: "stale" }, values.stale],
			[{ kind: "response", result: "hit" }, answers.hits],
			[{ kind: "response", result: "miss" }, answers.misses],
		];
	},
	contact_graph_cache_served_values_total: (): Reading =>
		cacheStats().ages.map((count, index) => [
			{ age_le: String(AGE_BUCKETS_S[index] ?? "+Inf") },
			count,
		]),
	contact_graph_cache_overtaken_total: () => one(cacheStats().values.overtaken),
	contact_graph_cache_invalidations_total: () =>
		one(cacheStats().invalidations),
	contact_graph_cache_evictions_total: () => one(cacheStats().evictions),
	contact_graph_cache_entries: () => one(cacheStats().entries),
	contact_graph_cache_bytes: () => one(cacheStats().bytes),
	contact_graph_cache_limit_bytes: () => one(cacheStats().ceilingBytes),
});

const STATES = ["connected", "waiting", "failing", "reconnect"] as const;

const tokenReadings = (
	{ connections, now }: Sources,
	locationLabel: (locationId: string) => string,
) => {
	/** Of the locations that stand together the worst. */
	const tokens = (
		secondsOf: (connection: Connection) => number | undefined,
		worst: (a: number, b: number) => number,
	): Reading => {
		const byLabel = new Map<string, number>();
		for (const connection of connections()) {
			const seconds = secondsOf(connection);
			if (seconds === undefined || connection.locationId === undefined)
				continue;
			const label = locationLabel(connection.locationId);
			const known = byLabel.get(label);
			byLabel.set(label, known === undefined ? seconds : worst(known, seconds));
		}
		return [...byLabel].map(([location, value]) => [{ location }, value]);
	};
	return {
		contact_graph_connections: (): Reading => {
			const all = connections();
			return STATES.map((state) => [
				{ state },
				all.filter((connection) => connection.state === state).length,
			]);
		},
		contact_graph_token_expires_seconds: () =>
			tokens(
				({ expiresAt }) =>
					expiresAt === undefined ? undefined : (expiresAt - now()) / 1000,
				Math.min,
			),
		contact_graph_token_age_seconds: () =>
			tokens(
				({ tokenAt }) =>
					tokenAt === undefined ? undefined : (now() - tokenAt) / 1000,
				Math.max,
			),
	};
};
