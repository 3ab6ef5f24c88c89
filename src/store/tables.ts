/** Every set of tables in the data file, in the order they are made. */
import { CALLER_TABLES } from "./caller-tokens.ts";
import { STATE_TABLES } from "./connect-states.ts";
import { idempotencyTables } from "./idempotency.ts";
import { LIST_TABLES } from "./installed-lists.ts";
import { journalTables } from "./journal.ts";
import type { Tables } from "./sqlite.ts";
import { TOKEN_TABLES } from "./tokens.ts";

export const DATA_TABLES: readonly Tables[] = [
	TOKEN_TABLES,
	LIST_TABLES,
	STATE_TABLES,
	CALLER_TABLES,
	journalTables,
	idempotencyTables,
];
