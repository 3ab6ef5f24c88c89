/** The store of one process, or a few on one machine: a SQLite file. */
import { createCallerTokens } from "./caller-tokens.ts";
import { createConnectStates } from "./connect-states.ts";
import { sqliteIdempotency } from "./idempotency.ts";
import { createInstalledLists } from "./installed-lists.ts";
import { openJournal } from "./journal.ts";
import { openSqlite } from "./sqlite.ts";
import type { Store } from "./store.ts";
import { DATA_TABLES } from "./tables.ts";
import { createTokenStore } from "./tokens.ts";

/** @throws DataFault */
export const openSqliteStore = (file: string): Store => {
	const sqlite = openSqlite(file, DATA_TABLES);
	return {
		name: "sqlite",
		callers: createCallerTokens(sqlite),
		connectStates: createConnectStates(sqlite),
		installedLists: createInstalledLists(sqlite),
		idempotency: sqliteIdempotency(sqlite),
		tokens: (seal) => createTokenStore(sqlite, seal),
		journal: async (seal) => openJournal(sqlite, seal),
		shared: undefined,
		fault: () =>
			sqlite.isWritable()
				? undefined
				: "the disk of the data directory takes no writes",
		close: async () => sqlite.close(),
	};
};
