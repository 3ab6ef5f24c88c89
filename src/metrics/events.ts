/** Counts what the rooms tell: requests, operations, REST calls, webhooks. */
import type { CallEnd, Observer, RequestEnd } from "../observer.ts";
import { bounded, OTHER } from "./bounded.ts";
import type { Registered } from "./registry.ts";

export interface EventOptions {
	/** Whether a path has a route: every other is whatever a caller sends. */
	isRoute(path: string): boolean;
	/** The most operation names with a label of their own. */
	readonly operations: number;
	readonly locationLabel: (locationId: string) => string;
}

const WEBHOOKS = "/webhooks/contacts";
const GRAPHQL = "/graphql";

// Methods are whatever a caller sends.
const METHODS = new Set(["GET", "POST", "HEAD", "OPTIONS"]);

export const eventsTo = (
	metrics: Registered,
	{ isRoute, operations, locationLabel }: EventOptions,
): Observer => {
	const nameLabel = bounded(operations);

	const request = ({ path, method = "", status, durationMs }: RequestEnd) => {
		const route = isRoute(path) ? path : OTHER;
		metrics.count("contact_graph_http_requests_total", {
			route,
			method: METHODS.has(method) ? method : OTHER,
			status: String(status),
		});
		metrics.observe(
			"contact_graph_http_request_duration_seconds",
			durationMs / 1000,
			{ route },
		);
	};
	const operation = ({ notes, transport, status, durationMs }: RequestEnd) => {
		const kind = String(notes.operation ?? "none");
		const name = notes.operationName
			? nameLabel(String(notes.operationName))
			: "";
		const refused = status !== undefined && status >= 400;
		metrics.count("contact_graph_operations_total", {
			operation: kind,
			name,
			transport,
			code: String(notes.code ?? (refused ? status : "OK")),
		});
		if (typeof notes.price === "number")
			metrics.observe("contact_graph_operation_price_calls", notes.price, {
				operation: kind,
			});
		if (typeof notes.calls === "number")
			metrics.count(
				"contact_graph_operation_calls_total",
				{ operation: kind, name },
				notes.calls,
			);
		if (kind === "query" || kind === "mutation")
			metrics.observe(
				"contact_graph_operation_duration_seconds",
				durationMs / 1000,
				{ operation: kind, transport },
			);
	};
	return {
		requestEnded(end) {
			if (end.transport === "http") request(end);
			if (end.path === WEBHOOKS)
				metrics.count("contact_graph_webhook_deliveries_total", {
					outcome: outcomeOf(end),
				});
			else if (end.path === GRAPHQL && end.method !== "OPTIONS") operation(end);
		},
		callEnded(call: CallEnd) {
			const route = call.operation;
			metrics.count("contact_graph_upstream_calls_total", {
				route,
				status: String(call.status),
			});
			metrics.count("contact_graph_upstream_calls_by_location_total", {
				location: locationLabel(call.locationId),
			});
			metrics.observe(
				"contact_graph_upstream_call_duration_seconds",
				call.durationMs / 1000,
				{ route },
			);
			metrics.observe(
				"contact_graph_upstream_queue_wait_seconds",
				call.waitedMs / 1000,
				{ lane: call.lane },
			);
		},
		webhookJournaled(delayMs) {
			if (delayMs !== undefined)
				metrics.observe(
					"contact_graph_webhook_delay_seconds",
					Math.max(0, delayMs) / 1000,
				);
		},
		webhooksLost(changes) {
			metrics.count("contact_graph_webhooks_lost_total", {}, changes);
		},
	};
};

/** 429 and 5xx are sent again by HighLevel; what is refused otherwise never is. */
const outcomeOf = ({ status = 0, notes }: RequestEnd): string => {
	if (status === 200) return notes.duplicate ? "duplicate" : "accepted";
	return status === 429 || status >= 500 ? "failed" : "refused";
};
