/** One SQLite file that outlives the process: versioned tables, durable commits, and many writes in one commit. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** A set of tables with a version of its own. Each migration is the SQL that leads from one version to the next. */
export interface Tables {
	readonly name: string;
	readonly migrations: readonly string[];
}

/** The file is of a newer program; the message says what to do. */
export class NewerFile extends Error {}

export interface Sqlite extends Disposable {
	/** For reads and prepared statements; writes go through `write`. */
	readonly db: DatabaseSync;
	/**
	 * Runs `work` in a transaction and resolves once it is on disk. All work handed over in one turn of the event loop
	 * shares one commit: a flood costs one sync per turn, not per write. Work that throws rejects alone: its own
	 * changes are rolled back, its neighbours' are kept. `work` must be synchronous.
	 */
	write<T>(work: () => T): Promise<T>;
	close(): void;
}

/**
 * Opens (and creates) the file in WAL mode with synchronous=FULL, so that a commit survives a loss of power, and
 * brings every set of tables to its newest version.
 * @throws NewerFile when a set in the file is newer than this program: an older program must not write to it.
 */
export const openSqlite = (
	path: string,
	sets: readonly Tables[] = [],
): Sqlite => {
	if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
	const db = new DatabaseSync(path);
	db.exec(
		// The wait comes first: another process may be about to turn the same new file into a WAL.
		"PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON",
	);
	for (const tables of sets) migrate(db, tables, path);

	let waiting: Array<() => () => void> = [];
	let scheduled = false;
	const commit = () => {
		scheduled = false;
		const batch = waiting;
		waiting = [];
		if (batch.length === 0) return;
		let settle: Array<() => void> = [];
		try {
			db.exec("BEGIN IMMEDIATE");
			settle = batch.map((run) => run());
			db.exec("COMMIT");
		} catch (error) {
			if (db.isTransaction) db.exec("ROLLBACK");
			for (const { reject } of pending.splice(0)) reject(error);
			return;
		}
		pending.length = 0;
		for (const done of settle) done();
	};
	const pending: Array<{ reject(error: unknown): void }> = [];

	return {
		db,
		write: (work) =>
			new Promise((resolve, reject) => {
				pending.push({ reject });
				waiting.push(() => {
					db.exec("SAVEPOINT one");
					try {
						const value = work();
						db.exec("RELEASE one");
						return () => resolve(value);
					} catch (error) {
						db.exec("ROLLBACK TO one; RELEASE one");
						return () => reject(error);
					}
				});
				if (!scheduled) {
					scheduled = true;
					setImmediate(commit);
				}
			}),
		close() {
			commit();
			db.close();
		},
		[Symbol.dispose]() {
			this.close();
		},
	};
};

const migrate = (
	db: DatabaseSync,
	{ name, migrations }: Tables,
	path: string,
): void => {
	db.exec("BEGIN IMMEDIATE");
	try {
		db.exec(
			"CREATE TABLE IF NOT EXISTS schema_version (name TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT",
		);
		const row = db
			.prepare("SELECT version FROM schema_version WHERE name = ?")
			.get(name);
		const version = Number(row?.version ?? 0);
		if (version > migrations.length)
			throw new NewerFile(
				`${path} holds ${name} in version ${version}, but this program knows only up to ${migrations.length}. Start the newer program again, or give this one another DATA_DIR.`,
			);
		for (const sql of migrations.slice(version)) db.exec(sql);
		db.prepare(
			"INSERT INTO schema_version (name, version) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET version = excluded.version",
		).run(name, migrations.length);
		db.exec("COMMIT");
	} catch (error) {
		db.exec("ROLLBACK");
		throw error;
	}
};
