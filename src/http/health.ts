/** The doors /health/live and /health/ready, for whoever decides where requests go. */
import type { Exchange } from "./exchange.ts";
import { sendJson } from "./refuse.ts";

/** Why requests should go elsewhere now; empty when they should come. */
export type Reasons = () => readonly string[];

/** Live says that the process answers at all: restart it when it does not. */
export const liveDoor = () => (exchange: Exchange) =>
	sendJson(exchange, 200, { status: "live" });

/** Ready says whether to send requests: 200, or 503 with the reasons against it. */
export const readyDoor = (reasons: Reasons) => (exchange: Exchange) => {
	const against = reasons();
	sendJson(exchange, against.length ? 503 : 200, {
		status: against.length ? "not ready" : "ready",
		reasons: against,
	});
};
