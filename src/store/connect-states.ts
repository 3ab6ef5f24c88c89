/** Remembers who went off to the consent page, so that only the browser that went may come back, once and soon. */
import { createHash } from "node:crypto";
import type { Sqlite, Tables } from "./sqlite.ts";

export const STATE_TABLES: Tables = {
	name: "connect_states",
	migrations: [
		`CREATE TABLE connect_states (
			state TEXT PRIMARY KEY, browser TEXT NOT NULL, subject TEXT NOT NULL, expires_at INTEGER NOT NULL
		) STRICT`,
		`ALTER TABLE connect_states ADD COLUMN connected TEXT`,
	],
};

export interface ConnectStates {
	/** Times are epoch milliseconds. */
	put(
		state: string,
		about: { browser: string; subject: string; expiresAt: number },
		now: number,
	): Promise<void>;
	/**
	 * Takes the state away and answers who began. `connected` says that it was taken before by the same browser, and what
	 * came of it. Undefined when it is unknown, used in vain, too old or another browser's.
	 */
	take(
		state: string,
		browser: string,
		now: number,
	): Promise<{ subject: string; connected?: string } | undefined>;
	/** Keeps what a state that was taken led to, for a browser that loads the page again. */
	done(
		state: string,
		about: {
			browser: string;
			subject: string;
			expiresAt: number;
			connected: string;
		},
	): Promise<void>;
}

export const createConnectStates = ({ db, write }: Sqlite): ConnectStates => ({
	put: (state, { browser, subject, expiresAt }, now) =>
		write(() => {
			db.prepare("DELETE FROM connect_states WHERE expires_at <= ?").run(now);
			keep(db, state, { browser, subject, expiresAt, connected: null });
		}),
	take: (state, browser, now) =>
		write(() => {
			const row = db
				.prepare("SELECT * FROM connect_states WHERE state = ?")
				.get(hashOf(state));
			// Gone whoever asks: a state that was seen elsewhere is spent.
			if (row && row.connected === null)
				db.prepare("DELETE FROM connect_states WHERE state = ?").run(
					hashOf(state),
				);
			if (!row || row.browser !== hashOf(browser)) return undefined;
			if (Number(row.expires_at) <= now) return undefined;
			return {
				subject: String(row.subject),
				...(row.connected !== null && { connected: String(row.connected) }),
			};
		}),
	done: (state, about) => write(() => keep(db, state, about)),
});

const keep = (
	db: Sqlite["db"],
	state: string,
	{
		browser,
		subject,
		expiresAt,
		connected,
	}: {
		browser: string;
		subject: string;
		expiresAt: number;
		connected: string | null;
	},
): void => {
	db.prepare("INSERT INTO connect_states VALUES (?, ?, ?, ?, ?)").run(
		hashOf(state),
		hashOf(browser),
		subject,
		expiresAt,
		connected,
	);
};

// Hashes, so that a copy of the file does not let its reader finish somebody's connection.
const hashOf = (text: string): string =>
	createHash("sha256").update(text).digest("base64url");
