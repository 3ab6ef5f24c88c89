/** Every metric of the gateway's own: name, kind, labels and what it says. The table of docs/metrics.md is printed from here. */

export interface MetricRow {
	readonly kind: "counter" | "gauge" | "histogram";
	readonly labels: readonly string[];
	readonly help: string;
}

// Bounds of histograms, in seconds and in REST calls.
export const SECONDS = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
export const CALLS = [0, 1, 2, 5, 10, 25, 50, 100, 250];

const row =
	(kind: MetricRow["kind"]) =>
	(help: string, ...labels: readonly string[]): MetricRow => ({
		kind,
		labels,
		help,
	});
const counter = row("counter");
const gauge = row("gauge");
const histogram = row("histogram");

export const METRICS = {
	contact_graph_build_info: gauge("1, with the version that runs.", "version"),
	contact_graph_http_requests_total: counter(
		"HTTP requests by route; every path without a route is `other`.",
		"route",
		"method",
		"status",
	),
	contact_graph_http_request_duration_seconds: histogram(
		"Time from the head of a request to the end of its answer. An event stream counts when it ends.",
		"route",
	),
	contact_graph_operations_total: counter(
		"GraphQL operations. `code` is `OK`, or that of the first error.",
		"operation",
		"name",
		"transport",
		"code",
	),
	contact_graph_operation_duration_seconds: histogram(
		"Time of queries and mutations; a subscription lasts as long as its client.",
		"operation",
		"transport",
	),
	contact_graph_operation_price_calls: histogram(
		"Maximum cost of operations, in REST calls, computed before they ran.",
		"operation",
	),
	contact_graph_operation_calls_total: counter(
		"REST calls that operations made.",
		"operation",
		"name",
	),
	contact_graph_upstream_calls_total: counter(
		"REST calls by operation of the API and status; 0 where no answer came.",
		"route",
		"status",
	),
	contact_graph_upstream_calls_by_location_total: counter(
		"REST calls by location.",
		"location",
	),
	contact_graph_upstream_call_duration_seconds: histogram(
		"Time from the budget's permission for a REST call to the end of its answer.",
		"route",
	),
	contact_graph_upstream_queue_wait_seconds: histogram(
		"Time that REST calls waited in the queue for the budget.",
		"lane",
	),
	contact_graph_upstream_breakers_open: gauge(
		"Circuit breakers (location and endpoint family) that let no call through.",
	),
	contact_graph_budget_limit_calls: gauge(
		"Burst limit of a location, in REST calls.",
		"location",
	),
	contact_graph_budget_remaining_calls: gauge(
		"REST calls that may be sent now.",
		"location",
	),
	contact_graph_budget_day_limit_calls: gauge(
		"Daily limit of a location, in REST calls.",
		"location",
	),
	contact_graph_budget_day_remaining_calls: gauge(
		"REST calls left of the day.",
		"location",
	),
	contact_graph_budget_queued_calls: gauge(
		"REST calls that wait for the budget.",
		"location",
	),
	contact_graph_cache_lookups_total: counter(
		"Lookups in the cache. `kind` is value or response; `result` is hit, miss, shared (joined a read in flight) or stale.",
		"kind",
		"result",
	),
	contact_graph_cache_served_values_total: counter(
		"Cached values served, by their age: at most `age_le` seconds, and more than the bound before.",
		"age_le",
	),
	contact_graph_cache_overtaken_total: counter(
		"Values that were read and not cached, because a change came meanwhile.",
	),
	contact_graph_cache_invalidations_total: counter(
		"Cache tags invalidated by mutations, webhooks and reconciliation.",
	),
	contact_graph_cache_evictions_total: counter(
		"Entries that left the cache for want of room.",
	),
	contact_graph_cache_entries: gauge("Entries of the cache."),
	contact_graph_cache_bytes: gauge("Size of the cache."),
	contact_graph_cache_limit_bytes: gauge("Maximum size of the cache."),
	contact_graph_webhook_deliveries_total: counter(
		"Webhook deliveries: accepted, duplicate, refused (signature, time, form), or failed (not stored, to be sent again).",
		"outcome",
	),
	contact_graph_webhook_delay_seconds: histogram(
		"Time from a change to the journaling of its webhook, by the delivery's own timestamp.",
	),
	contact_graph_webhooks_lost_total: counter(
		"Changes that reconciliation found and no webhook had reported in time.",
	),
	contact_graph_journal_lag_changes: gauge(
		"Webhooks in the journal that are not applied yet.",
	),
	contact_graph_long_lived_connections: gauge(
		"Open WebSockets and event streams.",
	),
	contact_graph_subscriptions: gauge("Subscriptions that run."),
	contact_graph_connections: gauge(
		"Locations and agencies by the state of their token: connected, waiting, failing or reconnect.",
		"state",
	),
	contact_graph_token_expires_seconds: gauge(
		"Time until the token of a location expires; OAuth only.",
		"location",
	),
	contact_graph_token_age_seconds: gauge(
		"Time since the token of a location was issued; OAuth only.",
		"location",
	),
} as const satisfies Readonly<Record<string, MetricRow>>;

export type MetricName = keyof typeof METRICS;

/** For docs/metrics.md. */
export const metricsTable = (): string =>
	[
		"| metric | kind | labels | says |",
		"| --- | --- | --- | --- |",
		...Object.entries<MetricRow>(METRICS).map(
			([name, { kind, labels, help }]) =>
				`| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help} |`,
		),
	].join("\n");
