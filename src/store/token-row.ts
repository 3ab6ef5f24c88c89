/** One connection as the file keeps it, and as the rest of the program reads it. */

export type HolderKind = "location" | "company";

/** Whose tokens: a location's or a company's. */
export interface Holder {
	readonly kind: HolderKind;
	readonly id: string;
}

export interface Secrets {
	readonly accessToken: string;
	readonly refreshToken?: string | undefined;
}

/** All that is known of one connection, without its secrets. Times are epoch milliseconds. */
export interface TokenRow extends Holder {
	readonly companyId: string | undefined;
	/** True when its tokens come from the company's, false when a person consented for it alone. */
	readonly minted: boolean;
	readonly scopes: readonly string[];
	/** 0 while no token was got yet. */
	readonly expiresAt: number;
	/** Grows with every new token, and across forgetting and connecting again: it starts at the time of the connection. */
	readonly generation: number;
	readonly connectedAt: number;
	/** When a consent or an INSTALL last said whose it is. */
	readonly ownedAt: number;
	readonly renewedAt: number | undefined;
	readonly error: string | undefined;
	readonly errorAt: number | undefined;
	/** The grant itself was refused: only a person can mend that, unless the company's token can. */
	readonly refused: boolean;
	/** Until then no renewal is tried again. */
	readonly retryAt: number;
	/** Renewals that failed since one did not. */
	readonly tries: number;
	/** Until then a process is renewing it; 0 when none is. */
	readonly claimedUntil: number;
}

/** A row of the table `tokens`. */
export interface RawRow {
	readonly kind: HolderKind;
	readonly id: string;
	readonly company_id: string | null;
	readonly minted: number;
	readonly sealed: string | null;
	readonly scopes: string;
	readonly expires_at: number;
	readonly generation: number;
	readonly connected_at: number;
	readonly owned_at: number;
	readonly renewed_at: number | null;
	readonly error: string | null;
	readonly error_at: number | null;
	readonly refused: number;
	readonly retry_at: number;
	readonly tries: number;
	readonly claimed_by: string | null;
	readonly claimed_until: number;
}

export const rowOf = (row: RawRow): TokenRow => ({
	kind: row.kind,
	id: row.id,
	companyId: row.company_id ?? undefined,
	minted: row.minted === 1,
	scopes: row.scopes.split(" ").filter(Boolean),
	expiresAt: row.expires_at,
	generation: row.generation,
	connectedAt: row.connected_at,
	ownedAt: row.owned_at,
	renewedAt: row.renewed_at ?? undefined,
	error: row.error ?? undefined,
	errorAt: row.error_at ?? undefined,
	refused: row.refused === 1,
	retryAt: row.retry_at,
	tries: row.tries,
	claimedUntil: row.claimed_until,
});
