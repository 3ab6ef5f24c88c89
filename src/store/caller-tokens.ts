/** Remembers the tokens minted for callers by their ids, never the tokens themselves, so that they can be listed and revoked. */
import type { Sqlite, Tables } from "./sqlite.ts";

export const CALLER_TABLES: Tables = {
	name: "caller_tokens",
	migrations: [
		`CREATE TABLE caller_tokens (
			id TEXT PRIMARY KEY, subject TEXT NOT NULL, locations TEXT NOT NULL, scopes TEXT NOT NULL,
			minted_at INTEGER, expires_at INTEGER, revoked_at INTEGER
		) STRICT`,
	],
};

/** Times are epoch milliseconds. */
export interface CallerToken {
	readonly id: string;
	readonly subject: string;
	readonly locations: readonly string[];
	readonly scopes: readonly string[];
	readonly mintedAt: number;
	readonly expiresAt: number;
	readonly revokedAt: number | undefined;
}

export interface CallerTokens {
	add(token: Omit<CallerToken, "revokedAt">): Promise<void>;
	/** Those that have not expired, newest first. */
	list(now: number): CallerToken[];
	/**
	 * Refuses the token from now on, in every process that uses this file. An id that was never minted here, such as
	 * an identity provider's `jti`, is taken as well. False when it was revoked before.
	 */
	revoke(id: string, now: number): Promise<boolean>;
	isRevoked(id: string): boolean;
}

export const createCallerTokens = ({ db, write }: Sqlite): CallerTokens => {
	const revoked = db.prepare(
		"SELECT 1 FROM caller_tokens WHERE id = ? AND revoked_at IS NOT NULL",
	);
	return {
		add: ({ id, subject, locations, scopes, mintedAt, expiresAt }) =>
			write(() => {
				db.prepare("DELETE FROM caller_tokens WHERE expires_at < ?").run(
					mintedAt - KEPT_MS,
				);
				db.prepare(
					"INSERT INTO caller_tokens VALUES (?, ?, ?, ?, ?, ?, NULL)",
				).run(
					id,
					subject,
					JSON.stringify(locations),
					JSON.stringify(scopes),
					mintedAt,
					expiresAt,
				);
			}),
		list: (now) =>
			db
				.prepare(
					"SELECT * FROM caller_tokens WHERE expires_at > ? ORDER BY minted_at DESC",
				)
				.all(now)
				.map((row) => ({
					id: String(row.id),
					subject: String(row.subject),
					locations: JSON.parse(String(row.locations)) as string[],
					scopes: JSON.parse(String(row.scopes)) as string[],
					mintedAt: Number(row.minted_at),
					expiresAt: Number(row.expires_at),
					revokedAt:
						row.revoked_at === null ? undefined : Number(row.revoked_at),
				})),
		revoke: (id, now) =>
			write(
				() =>
					db
						.prepare(
							`INSERT INTO caller_tokens VALUES (?, '', '[]', '[]', NULL, NULL, ?)
							ON CONFLICT (id) DO UPDATE SET revoked_at = excluded.revoked_at WHERE revoked_at IS NULL`,
						)
						.run(id, now).changes === 1,
			),
		isRevoked: (id) => revoked.get(id) !== undefined,
	};
};

// A token is remembered a little longer than it lives, since clocks may differ.
const KEPT_MS = 86_400_000;
