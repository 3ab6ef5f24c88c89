/** The doors /health/live and /health/ready, for whoever decides where requests go. */

import { sendJson } from "./error-response.ts";
import type { RequestContext } from "./request-context.ts";

/** Why requests should go elsewhere now; empty when they should come. */
export type Reasons = () => readonly string[];

/** Live says that the process answers at all: restart it when it does not. */
export const liveRoute = () => (exchange: RequestContext) =>
	sendJson(exchange, 200, { status: "live" });

/** Ready says whether to send requests: 200, or 503 with the reasons against it. */
export const readyRoute = (reasons: Reasons) => (exchange: RequestContext) => {
	const against = reasons();
	sendJson(exchange, against.length ? 503 : 200, {
		status: against.length ? "not ready" : "ready",
		reasons: against,
	});
};
