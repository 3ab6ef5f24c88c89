/** Remembers who went off to the consent page, so that only the browser that went may come back, once and soon. */
import { createHash } from "node:crypto";
import type { Sqlite, Tables } from "./sqlite.ts";

export const STATE_TABLES: Tables = {
	name: "connect_states",
	migrations: [
		`CREATE TABLE connect_states (
			state TEXT PRIMARY KEY, browser TEXT NOT NULL, subject TEXT NOT NULL, expires_at INTEGER NOT NULL
		) STRICT`,
	],
};

export interface ConnectStates {
	/** Times are epoch milliseconds. */
	put(
		state: string,
		about: { browser: string; subject: string; expiresAt: number },
		now: number,
	): Promise<void>;
	/** Takes the state away and answers who began, or undefined when it is unknown, used, too old or another browser's. */
	take(
		state: string,
		browser: string,
		now: number,
	): Promise<{ subject: string } | undefined>;
}

export const createConnectStates = ({ db, write }: Sqlite): ConnectStates => ({
	put: (state, { browser, subject, expiresAt }, now) =>
		write(() => {
			db.prepare("DELETE FROM connect_states WHERE expires_at <= ?").run(now);
			db.prepare("INSERT INTO connect_states VALUES (?, ?, ?, ?)").run(
				hashOf(state),
				hashOf(browser),
				subject,
				expiresAt,
			);
		}),
	take: (state, browser, now) =>
		write(() => {
			// Gone whoever asks: a state that was seen elsewhere is spent.
			const row = db
				.prepare("DELETE FROM connect_states WHERE state = ? RETURNING *")
				.get(hashOf(state));
			if (!row || row.browser !== hashOf(browser)) return undefined;
			if (Number(row.expires_at) <= now) return undefined;
			return { subject: String(row.subject) };
		}),
});

// Hashes, so that a copy of the file does not let its reader finish somebody's connection.
const hashOf = (text: string): string =>
	createHash("sha256").update(text).digest("base64url");
