/** A gateway in a process of its own, so that a test can kill it: told what to be by its parent, tells its address back. */
import { createGateway } from "../../src/gateway.ts";
import { createLog } from "../../src/log.ts";

export interface Told {
	readonly apiUrl: string;
	readonly locationId: string;
	readonly apiToken: string;
	readonly dataFile: string;
	readonly secret: string;
	readonly issuer: string;
	readonly audience: string;
	/** Default 0: what the API does, it does before it answers, so what a read does not find was not done. */
	readonly settleMs?: number;
	/** 32 bytes in hexadecimal; default: the one of the file's folder. */
	readonly sealKey?: string;
	/** The Redis that it shares with others, instead of the file. */
	readonly redisUrl?: string;
	/** In base64, as a setting holds it: whose webhooks are taken. */
	readonly webhookKey?: string;
	/** Neither budget nor breaker keeps a call from being sent. */
	readonly unlimited?: boolean;
}

process.once("message", async (told: Told) => {
	const gateway = await createGateway({
		port: 0,
		contactsApi: {
			url: told.apiUrl,
			connections: 20,
			timeoutMs: 10_000,
			token: () => told.apiToken,
			...(told.unlimited && {
				budget: { limit: 1e9, dailyLimit: 1e9 },
				breaker: { failures: 1e9 },
			}),
		},
		locations: [told.locationId],
		dataFile: told.dataFile,
		...(told.redisUrl && { redis: { url: told.redisUrl, prefix: "test" } }),
		...(told.sealKey && { sealKeys: [Buffer.from(told.sealKey, "hex")] }),
		...(told.webhookKey && {
			webhooks: { keys: { ed25519: [told.webhookKey], rsa: [] } },
		}),
		auth: told,
		limits: {
			bodyBytes: 1_000_000,
			depth: 15,
			aliases: 100,
			rootFields: 50,
			directives: 50,
			tokens: 5000,
			pageSize: 500,
		},
		writes: { settleMs: told.settleMs ?? 0, readBackAfterMs: [0] },
		cors: { origins: [] },
		production: true,
		log: createLog({ level: "silent" }),
	});
	process.send?.({ url: gateway.url });
});
