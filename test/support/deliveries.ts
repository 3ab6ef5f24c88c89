/** A sender of webhooks with keys of its own, as the Contacts API signs them. */
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { Agent } from "undici";
import type { WebhookKeys } from "../../src/changes/verify.ts";

const pair = generateKeyPairSync("ed25519");

/** What a gateway must trust to take deliveries of `createSender`. */
export const SENDER_KEYS: WebhookKeys = {
	ed25519: [pair.publicKey.export({ type: "spki", format: "pem" }).toString()],
	rsa: [],
};

/** The same key as a setting holds it. */
export const SENDER_KEY_TEXT = pair.publicKey
	.export({ type: "spki", format: "der" })
	.toString("base64");

export const signed = (raw: string | Buffer): string =>
	sign(null, Buffer.from(raw), pair.privateKey).toString("base64");

export const LOCATION = "sandbox-location-1";

/** A delivery's body: `{ type, locationId, timestamp, webhookId, ...fields }`. */
export const delivery = (
	type: string,
	fields: Record<string, unknown> = {},
): Record<string, unknown> => ({
	type,
	locationId: LOCATION,
	timestamp: new Date().toISOString(),
	webhookId: randomUUID(),
	...fields,
});

export interface Sent {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	readonly text: string;
}

export interface Sender {
	/** Signs and posts; `raw` sends other bytes than were signed. */
	send(
		body: Record<string, unknown> | string,
		options?: {
			headers?: Record<string, string>;
			signature?: string;
			raw?: string;
		},
	): Promise<Sent>;
	/** Signs and posts a delivery of this type, and expects 200. */
	tell(type: string, fields?: Record<string, unknown>): Promise<void>;
	close(): Promise<void>;
}

export const createSender = (url: string): Sender => {
	const agent = new Agent({ connections: 50 });
	const send: Sender["send"] = async (body, options = {}) => {
		const text = typeof body === "string" ? body : JSON.stringify(body);
		const answered = await agent.request({
			origin: url,
			path: "/webhooks/contacts",
			method: "POST",
			headers: {
				"content-type": "application/json",
				"x-ghl-signature": options.signature ?? signed(text),
				...options.headers,
			},
			body: options.raw ?? text,
		});
		return {
			status: answered.statusCode,
			headers: answered.headers,
			text: await answered.body.text(),
		};
	};
	return {
		send,
		async tell(type, fields) {
			const { status, text } = await send(delivery(type, fields));
			if (status !== 200)
				throw new Error(`expected ${type} to be taken, but ${status}: ${text}`);
		},
		close: () => agent.close(),
	};
};
