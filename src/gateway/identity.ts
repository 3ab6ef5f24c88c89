/** Who may call the gateway, and with which tokens and keys it works. */
import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import {
	type Authenticator,
	createAuthenticator,
} from "../auth/authenticator.ts";
import { createTickets } from "../auth/tickets.ts";
import type { Clock } from "../clock.ts";
import { sealingKey } from "../config/signing-key.ts";
import type { GatewayOptions } from "../gateway-options.ts";
import { createOAuth } from "../oauth/oauth.ts";
import type { Store } from "../store/store.ts";

/** `address` is where the gateway listens, as far as it is known. */
export const openIdentity = (
	options: GatewayOptions,
	store: Store,
	clock: Clock,
	address: () => string,
) => {
	const { locations, log } = options;
	const oauth = createOAuth({
		store,
		app: options.oauth,
		apiUrl: options.contactsApi.url,
		configured: locations,
		privateToken: options.contactsApi.token,
		publicUrl: () => options.publicUrl ?? address(),
		log,
		clock,
	});
	const authenticator: Authenticator = createAuthenticator({
		...options.auth,
		locations,
		serves: oauth.connections.serves,
		isRevoked: oauth.callers.isRevoked,
	});
	const { secret, now } = options.auth;
	return { oauth, authenticator, tickets: createTickets(secret, now) };
};

/** What seals webhooks at rest: the first seals, all open. */
export const sealKeysOf = async ({
	sealKeys,
	oauth,
	dataFile,
}: GatewayOptions): Promise<readonly Uint8Array[]> =>
	sealKeys ??
	oauth?.tokenKeys ?? [
		dataFile ? await sealingKey(dirname(dataFile)) : randomBytes(32),
	];
