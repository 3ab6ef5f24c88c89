/** Copies of the data file: made beside a gateway that runs, checked whole, and put back where none runs. */
import { randomBytes } from "node:crypto";
import {
	closeSync,
	copyFileSync,
	existsSync,
	openSync,
	renameSync,
	rmSync,
	statSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { DataFault, damaged, dataFault } from "./data-fault.ts";
import { openJournal } from "./journal.ts";
import type { Seal } from "./seal.ts";
import { openSqlite } from "./sqlite.ts";
import { DATA_TABLES } from "./tables.ts";

/**
 * Writes the data as it is at one moment to a new file, readable by its owner only, and checks the copy. Returns its
 * size in bytes. @throws DataFault
 */
export const backUp = (dataFile: string, target: string): number => {
	if (!existsSync(dataFile))
		throw new DataFault(
			`${dataFile} is not there, so there is nothing to back up. Set DATA_DIR to the directory of the gateway's data.`,
		);
	if (existsSync(target))
		throw new DataFault(
			`${target} is there already. Name a new file, or move that one away.`,
		);
	const draft = `${target}.part`;
	try {
		rmSync(draft, { force: true });
		closeSync(openSync(draft, "wx", 0o600));
		const db = new DatabaseSync(dataFile);
		try {
			db.exec("PRAGMA busy_timeout = 5000");
			// A reader beside the gateway: it neither waits for writes nor holds them up.
			db.prepare("VACUUM INTO ?").run(draft);
		} catch (error) {
			throw dataFault(error, isOfTarget(error) ? target : dataFile);
		} finally {
			db.close();
		}
		check(draft);
		renameSync(draft, target);
		return statSync(target).size;
	} catch (error) {
		rmSync(draft, { force: true });
		throw dataFault(error, target);
	}
};

const FULL = 13;
const isOfTarget = (error: unknown): boolean =>
	(error as { errcode?: number }).errcode === FULL;

/** @throws DataFault when a page, a row or an index of it is not as it should be. */
const check = (file: string): void => {
	let found: unknown;
	const db = new DatabaseSync(file, { readOnly: true });
	try {
		found = db.prepare("PRAGMA integrity_check(1)").get()?.integrity_check;
	} catch (error) {
		throw dataFault(error, file);
	} finally {
		db.close();
	}
	if (found !== "ok") throw new DataFault(damaged(file));
};

/**
 * Puts a backup in the place of the data, after it was checked whole and brought to this program's versions. What was
 * there is kept beside it; resolves to that file's name, if there was one. Cursors from before mean nothing afterwards:
 * whoever comes with one is told of a gap.
 * @throws DataFault for a file that cannot be used, and while a gateway runs on the data.
 */
export const restore = async (
	source: string,
	dataFile: string,
	seal: Seal,
): Promise<string | undefined> => {
	if (!existsSync(source))
		throw new DataFault(
			`${source} is not there. Name a file that \`npm run backup\` wrote.`,
		);
	const draft = `${dataFile}.restoring`;
	try {
		remove(draft);
		closeSync(openSync(draft, "wx", 0o600));
		copyFileSync(source, draft);
		check(draft);
		const sqlite = openSqlite(draft, DATA_TABLES);
		try {
			// Before it stands where a gateway finds it: can its rows be opened with the keys at hand?
			openJournal(sqlite, seal);
			await sqlite.write(() =>
				sqlite.db
					.prepare("UPDATE journal_state SET value = ? WHERE key = 'epoch'")
					.run(randomBytes(6).toString("base64url")),
			);
		} finally {
			sqlite.close();
		}
		if (isInUse(dataFile))
			throw new DataFault(
				`${dataFile} is in use by a gateway. Stop it, restore, and start it again.`,
			);
		const old = existsSync(dataFile) ? `${dataFile}.old` : undefined;
		if (old) renameSync(dataFile, old);
		// What was logged for the old file must not be read into the new one.
		for (const end of LOGS) rmSync(`${dataFile}${end}`, { force: true });
		renameSync(draft, dataFile);
		return old;
	} catch (error) {
		remove(draft);
		throw error instanceof DataFault
			? new DataFault(error.message.replaceAll(draft, source), {
					cause: error,
				})
			: dataFault(error, dataFile);
	}
};

const LOGS = ["-wal", "-shm"] as const;

const remove = (file: string): void => {
	for (const end of ["", ...LOGS]) rmSync(`${file}${end}`, { force: true });
};

/** Leaving WAL needs the file for oneself: SQLite refuses it while anybody else has it open. */
const isInUse = (dataFile: string): boolean => {
	if (!existsSync(dataFile)) return false;
	const BUSY = 5;
	const db = new DatabaseSync(dataFile);
	try {
		db.exec("PRAGMA journal_mode = DELETE");
		return false;
	} catch (error) {
		// What is damaged is about to be replaced.
		return ((error as { errcode?: number }).errcode ?? 0) % 256 === BUSY;
	} finally {
		db.close();
	}
};
