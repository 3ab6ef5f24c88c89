/** One SQLite file that outlives the process: versioned tables, durable commits, and many writes in one commit. */
import { DatabaseSync } from "node:sqlite";
import { DataFault, damaged, dataFault, isDiskFault } from "./data-fault.ts";
import { closeFile } from "./private-files.ts";

/** A set of tables with a version of its own. Each migration is the SQL that leads from one version to the next. */
export interface Tables {
	readonly name: string;
	readonly migrations: readonly string[];
}

export interface Sqlite extends Disposable {
	/** For reads and prepared statements; writes go through `write`. */
	readonly db: DatabaseSync;
	/**
	 * Runs `work` in a transaction and resolves once it is on disk. All work handed over in one turn of the event loop
	 * shares one commit: a flood costs one sync per turn, not per write. Work that throws rejects alone: its own
	 * changes are rolled back, its neighbours' are kept. `work` must be synchronous.
	 */
	write<T>(work: () => T): Promise<T>;
	/** Whether the disk takes writes: false from one that failed because of it until one succeeds, which this tries. */
	isWritable(): boolean;
	close(): void;
}

/**
 * Opens (and creates) the file in WAL mode with synchronous=FULL, so that a commit survives a loss of power, and
 * brings every set of tables to its newest version.
 * @throws DataFault when the file cannot be used, is damaged, not ours, or has a set of tables that is newer than this
 * program: an older program must not write to it.
 */
export const openSqlite = (
	path: string,
	sets: readonly Tables[] = [],
): Sqlite => {
	const db = opened(path, sets);
	let waiting: Waiting[] = [];
	let failed = false;
	let lockedSince: number | undefined;
	let again: ReturnType<typeof setTimeout> | undefined;
	// Prepared: as text they would be parsed for every piece of work.
	const savepoint = db.prepare("SAVEPOINT one");
	const release = db.prepare("RELEASE one");

	const one = ({ work, resolve, reject }: Waiting): (() => void) => {
		savepoint.run();
		try {
			const value = work();
			release.run();
			return () => resolve(value);
		} catch (error) {
			// A full disk may have ended the whole transaction, not this work alone.
			if (!db.isTransaction) throw error;
			db.exec("ROLLBACK TO one; RELEASE one");
			return () => reject(error);
		}
	};
	const reject = (batch: readonly Waiting[], error: unknown): void => {
		failed = isDiskFault(error);
		for (const one of batch) one.reject(error);
	};
	/** Whether it has begun. Not while another process writes: then only those who write wait, not the whole process. */
	const begin = (waitMs: number): boolean => {
		try {
			db.exec(`PRAGMA busy_timeout = ${waitMs}; BEGIN IMMEDIATE`);
			lockedSince = undefined;
			return true;
		} catch (error) {
			lockedSince ??= performance.now();
			const isPassing =
				isLocked(error) && performance.now() - lockedSince < LOCK_MS;
			if (isPassing && waitMs === 0) again = setTimeout(commit, LOOK_AGAIN_MS);
			else {
				lockedSince = undefined;
				reject(waiting.splice(0), error);
			}
			return false;
		} finally {
			db.exec(`PRAGMA busy_timeout = ${LOCK_MS}`);
		}
	};
	let nextAt = 0;
	/** Under a flood, commits take half of the time at most: what arrives meanwhile shares the next one. */
	const soon = (): void => {
		const waitMs = nextAt - performance.now();
		if (waitMs < 1) setImmediate(commit);
		else again = setTimeout(commit, waitMs);
	};
	const commit = (waitMs = 0): void => {
		const began = performance.now();
		clearTimeout(again);
		if (waiting.length === 0 || !begin(waitMs)) return;
		const batch = waiting;
		waiting = [];
		let settle: Array<() => void>;
		try {
			settle = batch.map(one);
			db.exec("COMMIT");
			failed = false;
		} catch (error) {
			if (db.isTransaction) db.exec("ROLLBACK");
			reject(batch, error);
			return;
		}
		const ended = performance.now();
		nextAt = ended + Math.min(ended - began, LONGEST_PAUSE_MS);
		for (const done of settle) done();
	};
	const tryWriting = (): boolean => {
		try {
			const { tries } = db
				.prepare("SELECT user_version AS tries FROM pragma_user_version")
				.get() as { tries: number };
			db.exec(`PRAGMA user_version = ${(tries + 1) % 1_000_000}`);
			return true;
		} catch {
			return false;
		}
	};

	return {
		db,
		write: (work) =>
			new Promise((resolve, reject) => {
				if (waiting.length === 0) soon();
				waiting.push({ work, resolve: resolve as Waiting["resolve"], reject });
			}),
		isWritable() {
			if (failed) failed = !tryWriting();
			return !failed;
		},
		close() {
			commit(LOCK_MS);
			db.close();
		},
		[Symbol.dispose]() {
			this.close();
		},
	};
};

// A writer that takes longer is broken, or is not one of ours.
const LOCK_MS = 5000;
const LOOK_AGAIN_MS = 5;

// https://sqlite.org/rescode.html#busy
const SQLITE_BUSY = 5;

const isLocked = (error: unknown): boolean =>
	((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY;

const LONGEST_PAUSE_MS = 10;

interface Waiting {
	work(): unknown;
	resolve(value: unknown): void;
	reject(error: unknown): void;
}

// Stands in the head of every file of ours, so that another program's is told from one (https://sqlite.org/fileformat2.html).
const APPLICATION_ID = 0x63677068;

const opened = (path: string, sets: readonly Tables[]): DatabaseSync => {
	let db: DatabaseSync | undefined;
	try {
		if (path !== ":memory:") closeFile(path);
		db = new DatabaseSync(path);
		db.exec(
			// The wait comes first: another process may be about to turn the same new file into a WAL. Deleted content is
			// overwritten, so that what was erased cannot be read from the file.
			`PRAGMA busy_timeout = ${LOCK_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON`,
		);
		checkWhole(db, path);
		for (const tables of sets) migrate(db, tables, path);
		return db;
	} catch (error) {
		db?.close();
		throw dataFault(error, path);
	}
};

/** @throws DataFault for a file of another program, and for a damaged one. */
const checkWhole = (db: DatabaseSync, path: string): void => {
	const { id, tables, ours } = db
		.prepare(
			"SELECT application_id AS id, (SELECT count(*) FROM sqlite_schema) AS tables, (SELECT count(*) FROM sqlite_schema WHERE name = 'schema_version') AS ours FROM pragma_application_id",
		)
		.get() as { id: number; tables: number; ours: number };
	// Files from before they were marked are known by their table of versions.
	if (id !== APPLICATION_ID && (id !== 0 || (tables > 0 && ours === 0)))
		throw new DataFault(
			`${path} is another program's database. Move it away, or set DATA_DIR to another directory.`,
		);
	if (id === 0) db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
	const { quick_check: found } = db.prepare("PRAGMA quick_check(1)").get() as {
		quick_check: string;
	};
	if (found !== "ok") throw new DataFault(damaged(path));
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
			throw new DataFault(
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
