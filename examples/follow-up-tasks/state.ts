/** What the worker must know after a restart: its place in the log, and who had the tag then. */
import { readFile, rename, writeFile } from "node:fs/promises";

export interface State {
	/** The last change that was dealt with. */
	readonly cursor: string;
	/** Contacts that have the tag: only who gains it gets a task. */
	readonly tagged: ReadonlySet<string>;
}

/** Undefined before the first start. */
export const loadState = async (path: string): Promise<State | undefined> => {
	try {
		const { cursor, tagged } = JSON.parse(await readFile(path, "utf8"));
		return { cursor, tagged: new Set(tagged) };
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw error;
	}
};

/** Whole or not at all: a crash leaves the last state that was complete. */
export const saveState = async (
	path: string,
	{ cursor, tagged }: State,
): Promise<void> => {
	await writeFile(
		`${path}.new`,
		JSON.stringify({ cursor, tagged: [...tagged] }),
	);
	await rename(`${path}.new`, path);
};
