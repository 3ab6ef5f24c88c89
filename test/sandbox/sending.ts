// A sandbox with a receiver of its events, for the tests about them.
import { createPublicKey, verify } from "node:crypto";
import type { WebhookOptions } from "../../src/sandbox/sandbox.ts";
import { type Caller, startCaller } from "./caller.ts";
import { type Received, type Receiver, startReceiver } from "./receiver.ts";

/** A sandbox that sends its events, one after the other, to a receiver; both end together. */
export async function startSending(options: WebhookOptions = {}) {
	const to = await startReceiver();
	const api = await startCaller({
		webhooks: {
			url: to.url,
			concurrency: 1,
			taskWithoutContact: 0,
			...options,
		},
	});
	return {
		api,
		to,
		async [Symbol.asyncDispose]() {
			await api.sandbox.close();
			await to[Symbol.asyncDispose]();
		},
	};
}

/** The events one action raises. */
export async function eventsOf(
	{ api, to }: { api: Caller; to: Receiver },
	act: () => unknown,
): Promise<string[]> {
	to.received.length = 0;
	await act();
	await api.sandbox.webhooks.settled();
	return to.types();
}

/** Both signatures are over these very bytes. */
export const isGenuine = (
	{ headers, bytes }: Received,
	api: Caller,
): boolean => {
	const { ed25519, rsa } = api.sandbox.webhookKeys;
	const bytesOf = (name: string) =>
		Buffer.from(String(headers[name] ?? ""), "base64");
	return (
		verify(null, bytes, createPublicKey(ed25519), bytesOf("x-ghl-signature")) &&
		verify("sha256", bytes, createPublicKey(rsa), bytesOf("x-wh-signature"))
	);
};
