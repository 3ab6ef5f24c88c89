/** What a gateway with the same settings kept in DATA_DIR: connections and the journal of webhooks. Only read. */
import { existsSync } from "node:fs";
import { type Config, dataFileIn } from "../config/config.ts";
import { sealKeys } from "../config/signing-key.ts";
import { createSeal } from "../store/seal.ts";
import { openSqlite, type Sqlite } from "../store/sqlite.ts";
import { DATA_TABLES } from "../store/tables.ts";
import type { TokenRow } from "../store/token-row.ts";
import { createTokenStore, type TokenStore } from "../store/tokens.ts";

export interface DataFile extends Disposable {
	readonly db: Sqlite["db"];
	/** Locations and companies that are connected by OAuth. */
	readonly connections: readonly TokenRow[];
	readonly secrets: TokenStore["secrets"];
}

/** Undefined where no gateway ran yet. @throws DataFault */
export const openData = async ({
	upstream,
	auth,
	tokenKeys,
}: Config): Promise<DataFile | undefined> => {
	const path = dataFileIn(auth.dataDir);
	if (!existsSync(path)) return undefined;
	const sqlite = openSqlite(path, DATA_TABLES);
	const keys = await sealKeys(auth.dataDir, tokenKeys);
	const tokens = createTokenStore(sqlite, createSeal(keys));
	const oauth = upstream.kind === "api" ? upstream.oauth : undefined;
	return {
		db: sqlite.db,
		connections: oauth ? tokens.all() : [],
		secrets: tokens.secrets,
		[Symbol.dispose]: () => sqlite.close(),
	};
};
