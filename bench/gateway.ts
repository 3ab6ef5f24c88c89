/**
 * The gateway as it runs in production, its log lines written and thrown away; with webhooks and a journal on disk where
 * it is given the keys of their sender. Says what its cache did.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveParent } from "./child.ts";
import { type FastTime, fastClock } from "./fast-clock.ts";

// As src/main.ts does.
enableCompileCache();
const { configFrom } = await import("../src/config/config.ts");
const { readTrustedDocuments } = await import(
	"../src/config/trusted-documents.ts"
);
const { createGateway } = await import("../src/gateway.ts");
const { createLog } = await import("../src/log.ts");

/** Where the Contacts API is, and as whom it is asked. */
export interface Upstream {
	readonly url: string;
	readonly token: string;
	readonly locationId: string;
}

export interface GatewaySettings extends Upstream {
	readonly secret: string;
	/** Public keys of the sender of webhooks, SPKI in PEM. */
	readonly keys?: Readonly<Record<"ed25519" | "rsa", string>>;
	/** Further settings, as the environment would give them. */
	readonly environment?: Readonly<Record<string, string>>;
	/** Faster than the system's, where a bench has a budget to wait for. */
	readonly time?: FastTime;
}

serveParent<GatewaySettings>(
	async ({ url, token, locationId, secret, keys, environment, time }) => {
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
			...(keys && { dataFile: join(newFolder(), "gateway.db") }),
			auth: {
				secret,
				issuer: config.auth.issuer,
				audience: config.auth.audience,
			},
			limits: config.limits,
			cors: config.cors,
			trustedDocuments: {
				mode: config.trustedDocuments.mode,
				documents: config.trustedDocuments.file
					? readTrustedDocuments(config.trustedDocuments.file)
					: {},
			},
			production: true,
			log: createLog({ level: config.logLevel }),
			priceCeiling: config.priceCeiling,
			deadlineMs: config.deadlineMs,
			cache: config.cache,
			writes: config.writes,
			...(keys && {
				reconcile: config.reconcile,
				webhooks: {
					...config.webhooks,
					keys: { ed25519: [keys.ed25519], rsa: [keys.rsa] },
				},
			}),
			streams: config.streams,
			callers: config.callers,
			...(time && { clock: fastClock(time) }),
		});
		return { url: gateway.url, report: gateway.cacheStats };
	},
);

/** Gone when the process ends. */
const newFolder = (): string => {
	const folder = mkdtempSync(join(tmpdir(), "bench-gateway-"));
	process.on("exit", () => rmSync(folder, { recursive: true }));
	return folder;
};
