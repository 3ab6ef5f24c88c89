/** What the gateway keeps is for its own user alone: directories are 0700, files 0600. */
import {
	chmodSync,
	closeSync,
	existsSync,
	mkdirSync,
	openSync,
	readdirSync,
	statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DataFault, dataFault } from "./data-fault.ts";

const OTHERS = 0o077;
// The modes of Windows say nothing of who may read.
const HAS_MODES = process.platform !== "win32";

/** By these names the gateway knows its own files in a data directory. */
const OWN =
	/^(contact-graph\.sqlite(-wal|-shm)?|(signing|sealing)\.key(\..+)?)$/;

/**
 * Makes the directory, or closes it to others. One that also holds other things is left alone: whoever put them there
 * may need it open.
 * @throws DataFault when it cannot be made or closed.
 */
export const closeDirectory = (path: string): void => {
	try {
		if (mkdirSync(path, { recursive: true, mode: 0o700 })) return;
		if (!HAS_MODES) return;
		const names = readdirSync(path);
		const { mode } = statSync(path);
		if (mode & OTHERS) {
			const foreign = names.find((name) => !OWN.test(name));
			if (foreign !== undefined)
				throw new DataFault(
					`${path} is open to other users (mode ${(mode & 0o777).toString(8)}) and also holds ${foreign}, which is not the gateway's. Close it with \`chmod 700 ${path}\`, or set DATA_DIR to a directory of the gateway's own.`,
				);
			chmodSync(path, 0o700);
		}
		for (const name of names) if (OWN.test(name)) close(join(path, name));
	} catch (error) {
		throw dataFault(error, path);
	}
};

/** Makes the file, empty, or closes it and what SQLite keeps beside it to others. @throws as the file system does. */
export const closeFile = (path: string): void => {
	mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
	// Never opened when it is there: closing it again would end the locks this process may hold on it (POSIX).
	if (!existsSync(path)) create(path);
	for (const file of [path, `${path}-wal`, `${path}-shm`])
		if (existsSync(file)) close(file);
};

const create = (path: string): void => {
	try {
		closeSync(openSync(path, "wx", 0o600));
	} catch (error) {
		// Another process was quicker.
		if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
	}
};

const close = (file: string): void => {
	if (HAS_MODES && statSync(file).mode & OTHERS) chmodSync(file, 0o600);
};
