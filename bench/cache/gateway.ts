/** The gateway as it runs in production, with webhooks, a journal on disk and reconciliation; says what its cache did. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configFrom } from "../../src/config.ts";
import { createGateway } from "../../src/gateway.ts";
import { createLog } from "../../src/log.ts";
import { serveParent } from "../child.ts";
import type { GatewaySettings } from "../nested/gateway.ts";

export interface CachingSettings extends GatewaySettings {
	/** Public keys of the sender of webhooks, SPKI in PEM. */
	readonly keys: Readonly<Record<"ed25519" | "rsa", string>>;
	/** Further settings, as the environment would give them. */
	readonly environment?: Readonly<Record<string, string>>;
}

serveParent<CachingSettings>(
	async ({ url, token, locationId, secret, keys, environment }) => {
		const folder = mkdtempSync(join(tmpdir(), "bench-cache-"));
		process.on("exit", () => rmSync(folder, { recursive: true }));
		const config = configFrom({
			CONTACTS_API_URL: url,
			CONTACTS_API_TOKEN: token,
			LOCATION_ID: locationId,
			AUTH_SECRET: secret,
			NODE_ENV: "production",
			...environment,
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
			dataFile: join(folder, "gateway.db"),
			auth: {
				secret,
				issuer: config.auth.issuer,
				audience: config.auth.audience,
			},
			limits: config.limits,
			cors: config.cors,
			production: true,
			log: createLog({ level: config.logLevel }),
			priceCeiling: config.priceCeiling,
			deadlineMs: config.deadlineMs,
			cache: config.cache,
			writes: config.writes,
			reconcile: config.reconcile,
			webhooks: {
				...config.webhooks,
				keys: { ed25519: [keys.ed25519], rsa: [keys.rsa] },
			},
			streams: config.streams,
		});
		return { url: gateway.url, report: gateway.cacheStats };
	},
);
