/** The gateway's own keys where none are configured: made once, kept in Redis, the same for every process. */
import { randomBytes } from "node:crypto";
import type { Logger } from "../../log.ts";
import type { RedisSettings } from "../store.ts";
import { connectionOf, newClient, reached } from "./connection.ts";

export interface SharedKeys {
	/** Signs and verifies the gateway's own tokens. */
	readonly signing: Uint8Array;
	/** Seals OAuth tokens and webhooks: it protects only copies of single keys, for it stands beside them. */
	readonly sealing: Uint8Array;
}

const KEY_BYTES = 32;

/** @throws DataFault for a server that cannot be reached. */
export const sharedKeys = async (
	{ url, prefix }: RedisSettings,
	log: Logger,
): Promise<SharedKeys> => {
	const client = newClient(url, log);
	try {
		await reached(client);
		const connection = connectionOf(client);
		const keyOf = async (name: string): Promise<Uint8Array> => {
			const key = `${prefix}:{shared}:key:${name}`;
			const made = randomBytes(KEY_BYTES).toString("base64url");
			await connection.call("SET", key, made, "NX");
			const kept = String(await connection.call("GET", key));
			return Buffer.from(kept, "base64url");
		};
		return { signing: await keyOf("signing"), sealing: await keyOf("sealing") };
	} finally {
		client.disconnect();
	}
};
