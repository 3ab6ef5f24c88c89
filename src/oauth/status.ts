/** How a connection is doing, in words an operator acts on. */
import type { TokenRow } from "../store/token-row.ts";
import { AGENCY_SCOPES } from "./scopes.ts";

/**
 * - `private`: a Private Integration Token from the configuration.
 * - `location`: consent for one location.
 * - `agency`: consent for a company; it is no location itself.
 * - `minted`: a location whose tokens come from its agency's.
 */
export type ConnectionKind = "private" | "location" | "agency" | "minted";

/**
 * - `connected`: works, as far as is known.
 * - `waiting`: no token was needed yet; the first call gets one.
 * - `failing`: the last renewal failed and is tried again.
 * - `reconnect`: only a person can mend it.
 */
export type ConnectionState = "connected" | "waiting" | "failing" | "reconnect";

/** Times are epoch milliseconds. */
export interface Connection {
	readonly kind: ConnectionKind;
	readonly state: ConnectionState;
	readonly locationId: string | undefined;
	readonly companyId: string | undefined;
	/** Undefined where nobody tells: Private Integration Tokens, and tokens not minted yet. */
	readonly scopes: readonly string[] | undefined;
	readonly missingScopes: readonly string[];
	readonly connectedAt: number | undefined;
	/** When the present token was got. */
	readonly tokenAt: number | undefined;
	readonly expiresAt: number | undefined;
	readonly refreshedAt: number | undefined;
	readonly webhookAt: number | undefined;
	readonly error: string | undefined;
	readonly errorAt: number | undefined;
}

export const connectionOf = (
	row: TokenRow,
	about: {
		scopesNeeded: readonly string[];
		now: number;
		lastWebhookAt: number | undefined;
	},
): Connection => {
	const agency = row.kind === "company";
	const has = row.expiresAt > 0;
	const needed = agency ? AGENCY_SCOPES : about.scopesNeeded;
	return {
		kind: agency ? "agency" : row.minted ? "minted" : "location",
		state: stateOf(row, about.now),
		locationId: agency ? undefined : row.id,
		companyId: agency ? row.id : row.companyId,
		scopes: has ? row.scopes : undefined,
		missingScopes: has
			? needed.filter((scope) => !row.scopes.includes(scope))
			: [],
		connectedAt: row.connectedAt,
		tokenAt: has ? (row.renewedAt ?? row.connectedAt) : undefined,
		expiresAt: has ? row.expiresAt : undefined,
		refreshedAt: row.renewedAt,
		webhookAt: about.lastWebhookAt,
		error: row.error,
		errorAt: row.errorAt,
	};
};

export const privateConnection = (
	locationId: string,
	about: { refusedAt: number | undefined; lastWebhookAt: number | undefined },
): Connection => ({
	kind: "private",
	state: about.refusedAt === undefined ? "connected" : "failing",
	locationId,
	companyId: undefined,
	scopes: undefined,
	missingScopes: [],
	connectedAt: undefined,
	tokenAt: undefined,
	expiresAt: undefined,
	refreshedAt: undefined,
	webhookAt: about.lastWebhookAt,
	error:
		about.refusedAt === undefined
			? undefined
			: "HighLevel refused the Private Integration Token: put a valid one into the configuration",
	errorAt: about.refusedAt,
});

const stateOf = (row: TokenRow, now: number): ConnectionState => {
	if (row.refused) return "reconnect";
	if (row.errorAt !== undefined && row.errorAt > (row.renewedAt ?? 0))
		return row.expiresAt > now ? "connected" : "failing";
	return row.expiresAt === 0 ? "waiting" : "connected";
};
