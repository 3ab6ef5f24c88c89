/**
 * Tickets for clients that cannot send headers, such as a browser's `EventSource`: the caller's own token, sealed for
 * seconds, so that what stands in an address, and in the logs on the way, is worth nothing soon. Revoking or expiring of the
 * token counts as before, and every process with the same secret opens them.
 */
import { hkdfSync } from "node:crypto";
import { EncryptJWT, errors, jwtDecrypt } from "jose";
import { fail } from "../errors.ts";

/** What a request would have said in headers. */
export interface Credentials {
	readonly authorization: string | undefined;
	readonly locationId: string | undefined;
}

export interface Tickets {
	readonly ttlSeconds: number;
	/** For credentials that were found to be good. */
	issue(credentials: Credentials): Promise<string>;
	/** @throws Failure UNAUTHENTICATED for a ticket that is over, or none of ours. */
	open(ticket: string): Promise<Credentials>;
}

const TTL_SECONDS = 30;
const LONGEST = 16_384;

export const createTickets = (
	secret: Uint8Array | string,
	now: () => number = Date.now,
): Tickets => {
	// Not the secret itself, which signs tokens: a ticket can never pass for one.
	const key = new Uint8Array(
		hkdfSync("sha256", secret, "", "contact-graph ticket", 32),
	);
	return {
		ttlSeconds: TTL_SECONDS,
		issue: ({ authorization, locationId }) =>
			new EncryptJWT({ authorization, locationId })
				.setProtectedHeader({ alg: "dir", enc: "A256GCM" })
				.setExpirationTime(Math.floor(now() / 1000) + TTL_SECONDS)
				.encrypt(key),
		async open(ticket) {
			if (ticket.length > LONGEST) throw notOurs();
			try {
				const { payload } = await jwtDecrypt(ticket, key, {
					currentDate: new Date(now()),
					requiredClaims: ["exp"],
					keyManagementAlgorithms: ["dir"],
					contentEncryptionAlgorithms: ["A256GCM"],
				});
				return payload as unknown as Credentials;
			} catch (cause) {
				if (cause instanceof errors.JWTExpired)
					throw fail(
						"UNAUTHENTICATED",
						`The ticket is older than ${TTL_SECONDS} seconds. Get a new one by POST to /graphql/ticket.`,
						{ cause },
					);
				throw notOurs(cause);
			}
		},
	};
};

const notOurs = (cause?: unknown) =>
	fail(
		"UNAUTHENTICATED",
		"The ticket is none of this gateway's. Get one by POST to /graphql/ticket.",
		{ cause },
	);
