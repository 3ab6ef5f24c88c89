/** The gateway as it runs in production, its log lines written and thrown away. */

import { configFrom } from "../../src/config.ts";
import { createGateway } from "../../src/gateway.ts";
import { createLog } from "../../src/log.ts";
import { serveParent } from "../child.ts";
import type { Upstream } from "../nested.ts";

export interface GatewaySettings extends Upstream {
	readonly secret: string;
}

serveParent<GatewaySettings>(async ({ url, token, locationId, secret }) => {
	const config = configFrom({
		CONTACTS_API_URL: url,
		CONTACTS_API_TOKEN: token,
		LOCATION_ID: locationId,
		AUTH_SECRET: secret,
		NODE_ENV: "production",
	});
	const gateway = await createGateway({
		port: 0,
		contactsApi: {
			url,
			connections: config.connections,
			timeoutMs: config.timeoutMs,
			token: () => token,
		},
		locations: [locationId],
		auth: {
			secret,
			issuer: config.auth.issuer,
			audience: config.auth.audience,
		},
		limits: config.limits,
		cors: config.cors,
		production: true,
		log: createLog({ level: config.logLevel }),
	});
	return gateway.url;
});
