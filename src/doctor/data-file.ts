/** What a gateway with the same settings kept in DATA_DIR: connections and the journal of webhooks. Nothing is written. */
import { existsSync } from "node:fs";
import { type Config, dataFileIn } from "../config/config.ts";
import { sealingKey } from "../config/signing-key.ts";
import { journalTables } from "../store/journal.ts";
import { createSeal } from "../store/seal.ts";
import { openSqlite, type Sqlite } from "../store/sqlite.ts";
import type { TokenRow } from "../store/token-row.ts";
import {
	createTokenStore,
	TOKEN_TABLES,
	type TokenStore,
} from "../store/tokens.ts";

export interface DataFile extends Disposable {
	readonly db: Sqlite["db"];
	/** Locations and companies that are connected by OAuth. */
	readonly connections: readonly TokenRow[];
	readonly secrets: TokenStore["secrets"];
}

/** Undefined where no gateway ran yet. @throws NewerFile */
export const openData = async ({
	upstream,
	auth,
}: Config): Promise<DataFile | undefined> => {
	const path = dataFileIn(auth.dataDir);
	if (!existsSync(path)) return undefined;
	const sqlite = openSqlite(path, [journalTables, TOKEN_TABLES]);
	const oauth = upstream.kind === "api" ? upstream.oauth : undefined;
	// Without an app nothing sealed is looked at.
	const keys = oauth
		? (oauth.tokenKeys?.map((key) => Buffer.from(key, "base64")) ?? [
				await sealingKey(auth.dataDir),
			])
		: [Buffer.alloc(32)];
	const tokens = createTokenStore(sqlite, createSeal(keys));
	return {
		db: sqlite.db,
		connections: oauth ? tokens.all() : [],
		secrets: tokens.secrets,
		[Symbol.dispose]: () => sqlite.close(),
	};
};
