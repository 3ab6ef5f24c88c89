/** When each agency's list of locations was had last, why not, and when it is to be asked for again. */
import type { Sqlite, Tables } from "./sqlite.ts";

/** After `tokens`: agencies that were connected before this table was there have theirs listed soon. */
export const LIST_TABLES: Tables = {
	name: "installed_lists",
	migrations: [
		`CREATE TABLE installed_lists (
			company_id TEXT PRIMARY KEY, due_at INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
			listed_at INTEGER, error TEXT, error_at INTEGER
		) STRICT;
		INSERT INTO installed_lists (company_id, due_at) SELECT id, 0 FROM tokens WHERE kind = 'company'`,
	],
};

/** Times are epoch milliseconds. */
export interface InstalledList {
	readonly companyId: string;
	/** Failures since it was had last. */
	readonly tries: number;
	readonly error: string | undefined;
	readonly errorAt: number | undefined;
}

export interface InstalledLists {
	/** The agency was connected: its list is to be had. */
	begin(companyId: string, dueAt: number): Promise<void>;
	/** The right to ask for one that is due, for one process at a time; undefined when it is not due. */
	claim(
		companyId: string,
		times: { now: number; leaseMs: number },
	): Promise<InstalledList | undefined>;
	/** It was had, or failed for a reason. */
	done(
		companyId: string,
		result: { now: number; dueAt: number; error?: string },
	): Promise<void>;
	due(now: number): string[];
	all(): Map<string, InstalledList>;
	forget(companyId: string): Promise<void>;
}

export const createInstalledLists = ({ db, write }: Sqlite): InstalledLists => {
	const every = db.prepare("SELECT * FROM installed_lists");
	const dueBy = db.prepare(
		"SELECT company_id FROM installed_lists WHERE due_at <= ?",
	);
	return {
		begin: (companyId, dueAt) =>
			write(() => {
				db.prepare(
					`INSERT INTO installed_lists (company_id, due_at) VALUES (?, ?)
					ON CONFLICT (company_id) DO UPDATE SET due_at = excluded.due_at, tries = 0`,
				).run(companyId, dueAt);
			}),
		claim: (companyId, { now, leaseMs }) =>
			write(() => {
				const row = db
					.prepare(
						"UPDATE installed_lists SET due_at = ? WHERE company_id = ? AND due_at <= ? RETURNING *",
					)
					.get(now + leaseMs, companyId, now);
				return row && listOf(row);
			}),
		done: (companyId, { now, dueAt, error }) =>
			write(() => {
				if (error === undefined)
					db.prepare(
						"UPDATE installed_lists SET due_at = ?, tries = 0, listed_at = ?, error = NULL, error_at = NULL WHERE company_id = ?",
					).run(dueAt, now, companyId);
				else
					db.prepare(
						"UPDATE installed_lists SET due_at = ?, tries = tries + 1, error = ?, error_at = ? WHERE company_id = ?",
					).run(dueAt, error, now, companyId);
			}),
		due: (now) => dueBy.all(now).map((row) => String(row.company_id)),
		all: () =>
			new Map(
				every.all().map((row) => {
					const list = listOf(row);
					return [list.companyId, list];
				}),
			),
		forget: (companyId) =>
			write(() => {
				db.prepare("DELETE FROM installed_lists WHERE company_id = ?").run(
					companyId,
				);
			}),
	};
};

const listOf = (row: Record<string, unknown>): InstalledList => ({
	companyId: String(row.company_id),
	tries: Number(row.tries),
	error: row.error === null ? undefined : String(row.error),
	errorAt: row.error_at === null ? undefined : Number(row.error_at),
});
