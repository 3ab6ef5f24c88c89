/** What callers hear when there is no token for them. */
import { type Failure, fail } from "../errors.ts";
import { SealBroken } from "../store/seal.ts";
import type { Holder, TokenRow } from "../store/token-row.ts";

/** A token that cannot be opened is no bug of a caller's request: an operator has to do something. */
export const readable = <T>({ kind }: Holder, read: () => T): T => {
	try {
		return read();
	} catch (cause) {
		if (!(cause instanceof SealBroken)) throw cause;
		throw fail(
			"UPSTREAM_UNAUTHORIZED",
			`This gateway cannot open the token it stored for the ${WHO[kind]}. An operator must restore TOKEN_KEYS, or connect it again at /oauth/connect.`,
			{ cause },
		);
	}
};

/** Nobody has connected it, or it was taken away since. */
export const notConnected = ({ kind }: Holder): Failure =>
	fail(
		"UPSTREAM_UNAUTHORIZED",
		`This gateway holds no token for the ${WHO[kind]}. An operator must connect it at /oauth/connect.`,
	);

/** Why the last renewal of a row came to nothing, and when the next one is tried. */
export const failureOf = (
	{ refused, kind, retryAt }: TokenRow,
	now: number,
): Failure =>
	refused
		? fail(
				"UPSTREAM_UNAUTHORIZED",
				`HighLevel no longer accepts this gateway's grant for the ${WHO[kind]}. An operator must reconnect it at /oauth/connect.`,
			)
		: fail(
				"UPSTREAM_UNAVAILABLE",
				`The token of the ${WHO[kind]} cannot be renewed at the moment. Try again later.`,
				retryAt > now ? { extensions: { retryAfterMs: retryAt - now } } : {},
			);

export const notInTime = ({ kind }: Holder, waitedMs: number): Failure =>
	fail(
		"UPSTREAM_UNAVAILABLE",
		`The token of the ${WHO[kind]} could not be renewed within ${waitedMs} ms. Try again later.`,
	);

const WHO: Record<Holder["kind"], string> = {
	location: "location",
	company: "location's agency",
};
