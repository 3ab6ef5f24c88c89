/** `/health/live` and `/health/ready`: what decides over restarts and over where requests go, and which version it is. */
import { sendJson } from "./error-response.ts";
import type { RequestHandler } from "./http-server.ts";

export interface Health {
	readonly version: string;
	/** Why requests should go elsewhere now; empty when they should come. */
	notReady(): readonly string[];
	/** What readiness says beside: which store there is, and how it is doing. */
	storeState(): Readonly<Record<string, string>>;
}

export const healthRoutes = ({
	version,
	notReady,
	storeState,
}: Health): Readonly<Record<string, RequestHandler>> => ({
	"/health/live": async (http) =>
		sendJson(http, 200, { status: "alive", version }),
	"/health/ready": async (http) => {
		const reasons = notReady();
		sendJson(http, reasons.length ? 503 : 200, {
			status: reasons.length ? "not ready" : "ready",
			version,
			reasons,
			...storeState(),
		});
	},
});
