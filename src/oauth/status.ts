/** How a connection is doing, in words an operator acts on. */
import type { InstalledList } from "../store/installed-lists.ts";
import type { TokenRow } from "../store/token-row.ts";

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
 * - `failing`: the last renewal, list or call failed and is tried again.
 * - `reconnect`: only a person can mend it.
 */
export type ConnectionState = "connected" | "waiting" | "failing" | "reconnect";

/** Times are epoch milliseconds. */
export interface Connection {
	readonly kind: ConnectionKind;
	readonly state: ConnectionState;
	readonly locationId: string | undefined;
	readonly companyId: string | undefined;
	/** Undefined where nobody tells: Private Integration Tokens, tokens not minted yet, and answers without scopes. */
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

/**
 * What the API held against a token when a call was made with it, and nothing has disproved since.
 * - `dead`: ended or revoked. `elsewhere`: another location's. `kind`: an agency's where a location's is wanted.
 */
export interface TokenRefusal {
	readonly fault: "dead" | "elsewhere" | "kind";
	readonly at: number;
}

export const connectionOf = (
	row: TokenRow,
	about: {
		scopesNeeded: readonly string[];
		now: number;
		lastWebhookAt: number | undefined;
		refusal: TokenRefusal | undefined;
		/** The agency that a location's tokens are minted by. */
		agency: TokenRow | undefined;
		/** An agency's list of locations, and why it could not be had. */
		list: Pick<InstalledList, "error" | "errorAt"> | undefined;
	},
): Connection => {
	const agency = row.kind === "company";
	const has = row.expiresAt > 0;
	const told = has && row.scopes.length > 0;
	return {
		kind: agency ? "agency" : row.minted ? "minted" : "location",
		...troubleOf(row, about),
		locationId: agency ? undefined : row.id,
		companyId: agency ? row.id : row.companyId,
		scopes: told ? row.scopes : undefined,
		// An agency's token mints and lists although its scopes do not name oauth.* (contract, section 8): its own calls tell.
		missingScopes:
			told && !agency
				? about.scopesNeeded.filter((scope) => !row.scopes.includes(scope))
				: [],
		connectedAt: row.connectedAt,
		tokenAt: has ? (row.renewedAt ?? row.connectedAt) : undefined,
		expiresAt: has ? row.expiresAt : undefined,
		refreshedAt: row.renewedAt,
		webhookAt: about.lastWebhookAt,
	};
};

export const privateConnection = (
	locationId: string,
	{
		refusal,
		lastWebhookAt,
	}: { refusal: TokenRefusal | undefined; lastWebhookAt: number | undefined },
): Connection => ({
	kind: "private",
	state: refusal ? "failing" : "connected",
	locationId,
	companyId: undefined,
	scopes: undefined,
	missingScopes: [],
	connectedAt: undefined,
	tokenAt: undefined,
	expiresAt: undefined,
	refreshedAt: undefined,
	webhookAt: lastWebhookAt,
	error: refusal && PRIVATE[refusal.fault],
	errorAt: refusal?.at,
});

const PRIVATE: Record<TokenRefusal["fault"], string> = {
	dead: "HighLevel refused the Private Integration Token: put a valid one into the configuration",
	elsewhere:
		"HighLevel says that the Private Integration Token is another location's: put this location's own into the configuration",
	kind: "HighLevel says that the Private Integration Token is an agency's: put one of the location into the configuration",
};

const GRANTED: Record<TokenRefusal["fault"], string> = {
	dead: "HighLevel refused the access token",
	elsewhere:
		"HighLevel says that the token does not open this location: connect it again",
	kind: "HighLevel says that the token is an agency's: connect the agency again",
};

const troubleOf = (
	row: TokenRow,
	{
		now,
		refusal,
		agency,
		list,
	}: Pick<
		Parameters<typeof connectionOf>[1],
		"now" | "refusal" | "agency" | "list"
	>,
): Pick<Connection, "state" | "error" | "errorAt"> => {
	const own = { error: row.error, errorAt: row.errorAt };
	if (row.refused) return { state: "reconnect", ...own };
	const ended = row.expiresAt <= now;
	if (row.minted && agency?.refused && ended)
		return {
			state: "reconnect",
			error: `Its agency must be connected again: ${agency.error}`,
			errorAt: agency.errorAt,
		};
	if (refusal)
		return {
			state: "failing",
			error: GRANTED[refusal.fault],
			errorAt: refusal.at,
		};
	if (row.errorAt !== undefined && row.errorAt > (row.renewedAt ?? 0) && ended)
		return { state: "failing", ...own };
	if (list?.error !== undefined)
		return {
			state: "failing",
			error: `Its locations could not be listed: ${list.error}`,
			errorAt: list.errorAt,
		};
	return { state: row.expiresAt === 0 ? "waiting" : "connected", ...own };
};
