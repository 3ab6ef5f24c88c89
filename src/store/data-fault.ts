/** What keeps the gateway from its data, each told in one sentence with the path and what to do about it. */

/** A fault of the data directory or a file in it, for the operator to mend: to be shown without a stack. */
export class DataFault extends Error {
	override readonly name = "DataFault";
}

const ELSEWHERE = "or set DATA_DIR to another directory";
const RESTORE =
	"Restore a backup with `npm run restore -- FILE`, or move it away to begin with an empty one";

// Result codes of SQLite (https://sqlite.org/rescode.html), without their extension.
const BUSY = 5;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;
const NEXT_BYTE = 0xff;

const UNWRITABLE = new Set(["EACCES", "EPERM", "EROFS"]);
const NO_ROOM = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** The fault that an error of SQLite or of the file system stands for; any other error comes back as it is. */
export const dataFault = (error: unknown, path: string): unknown => {
	if (error instanceof DataFault) return error;
	const { code, errcode } = error as { code?: string; errcode?: number };
	const said = sentence(code ?? "", (errcode ?? 0) & NEXT_BYTE, path);
	return said === undefined ? error : new DataFault(said, { cause: error });
};

/** True for a write that failed because of the disk, not because of what was written. */
export const isDiskFault = (error: unknown): boolean => {
	const { errcode } = error as { errcode?: number };
	const result = (errcode ?? 0) & NEXT_BYTE;
	return [FULL, IOERR, READONLY, CANTOPEN, CORRUPT].includes(result);
};

const sentence = (
	code: string,
	result: number,
	path: string,
): string | undefined => {
	if (code === "ENOTDIR" || code === "EEXIST")
		return `${path} cannot be used: a file stands where a directory is needed. Move that file away, ${ELSEWHERE}.`;
	if (UNWRITABLE.has(code) || result === READONLY || result === CANTOPEN)
		return `${path} cannot be written by this user. Give it to the user that runs the gateway (chown, or mount it writable), ${ELSEWHERE}.`;
	if (NO_ROOM.has(code) || result === FULL || result === IOERR)
		return `${path} cannot be written: its disk is full or broken. Make room on it, ${ELSEWHERE}.`;
	if (result === NOTADB)
		return `${path} is not a data file of this gateway: it is no SQLite database. ${RESTORE}.`;
	if (result === CORRUPT) return damaged(path);
	if (result === BUSY)
		return `${path} is locked by another program. End that program, ${ELSEWHERE}.`;
	return undefined;
};

export const damaged = (path: string): string =>
	`${path} is damaged: parts of it are missing or changed. ${RESTORE}.`;
