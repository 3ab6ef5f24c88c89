/** The journal of deliveries: on disk before the sender gets 200, once each, in one order, until retention takes it. */
import { randomBytes } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { DataFault } from "./data-fault.ts";
import { journalPruner, type Retention } from "./journal-retention.ts";
import type { Seal } from "./seal.ts";
import type { Sqlite, Tables } from "./sqlite.ts";

/** `seen` outlives its journal row, so that a late retry of a delivery is still known. `lost` is the end of what is gone. */
export const journalTables: Tables = {
	name: "journal",
	migrations: [
		`CREATE TABLE journal (
			seq INTEGER PRIMARY KEY AUTOINCREMENT,
			location_id TEXT NOT NULL,
			type TEXT NOT NULL,
			kind TEXT,
			contact_id TEXT,
			subject_id TEXT,
			occurred_at INTEGER,
			received_at INTEGER NOT NULL,
			waiting INTEGER NOT NULL DEFAULT 0,
			body TEXT NOT NULL
		) STRICT;
		CREATE INDEX journal_by_location ON journal (location_id, seq) WHERE kind IS NOT NULL;
		CREATE INDEX journal_waiting ON journal (seq) WHERE waiting = 1;
		CREATE TABLE journal_seen (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
		CREATE INDEX journal_seen_at ON journal_seen (at);
		CREATE TABLE journal_lost (location_id TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
		CREATE TABLE journal_state (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;`,
		// A sealed row has an empty body. By the index rows of older keys, or of none, are found.
		`ALTER TABLE journal ADD COLUMN sealed BLOB;
		ALTER TABLE journal ADD COLUMN sealed_by TEXT;
		CREATE INDEX journal_by_key ON journal (sealed_by);`,
	],
};

/** The type of a row that only says: forget what is cached, for a contact was erased. */
export const ERASED = "contact-graph.erased";

export interface JournalEntry {
	/** Empty for deliveries about no location. */
	readonly locationId: string;
	/** The sender's word for what happened. */
	readonly type: string;
	/** Null for what nobody can subscribe to. */
	readonly kind: string | null;
	readonly contactId: string | null;
	readonly subjectId: string | null;
	/** Epoch milliseconds. */
	readonly occurredAt: number | null;
	readonly receivedAt: number;
	/** The body as it came. @throws SealBroken when it was changed at rest. */
	readonly body: string;
}

export interface JournalRow extends JournalEntry {
	readonly seq: number;
	/** Of its body, as it is kept. */
	readonly bytes: number;
	/** Not shown yet: its contact is still being looked for. */
	readonly waiting: boolean;
}

export interface Range {
	readonly locationId: string;
	/** Exclusive bounds. */
	readonly after: number;
	readonly before: number;
	readonly limit: number;
	readonly fromEnd?: boolean;
	readonly kinds?: readonly string[] | undefined;
	readonly contactIds?: readonly string[] | undefined;
}

export interface Journal {
	/** Tells this file from another: places in one mean nothing in the other. */
	readonly epoch: string;
	/** The newest row, 0 when there never was one. */
	last(): Promise<number>;
	/**
	 * Resolves once the entry is on disk, or with undefined when one of `ids` is known: then nothing is written.
	 * With `waiting` it is kept and shown to nobody until `settle`.
	 */
	append(
		entry: JournalEntry,
		ids: readonly string[],
		waiting?: boolean,
	): Promise<JournalRow | undefined>;
	/** Ends a wait: appends the row again at the end, with its contact. Undefined when it was settled before. */
	settle(
		row: JournalRow,
		found: Pick<JournalEntry, "kind" | "contactId" | "body">,
	): Promise<JournalRow | undefined>;
	/** Rows that can be subscribed to, in order of `seq`. */
	range(range: Range): Promise<JournalRow[]>;
	/** Rows of every kind behind `seq`. */
	behind(seq: number, limit: number): Promise<JournalRow[]>;
	waiting(): Promise<JournalRow[]>;
	/** Rows of the location up to here are gone; 0 when none is. */
	lostUpTo(locationId: string): Promise<number>;
	/**
	 * Reports rows that any process appended, until the returned function is called: each row as it comes where the store
	 * says so, else how far the journal reaches, looked up every `everyMs`. A store that may have missed some waits for
	 * what `hear` returns.
	 */
	watch(
		hear: (last: number, row?: JournalRow) => undefined | Promise<unknown>,
		options: { everyMs: number; failed(error: unknown): void },
	): () => void;
	/**
	 * Resolves when no process serves any more what the row invalidates. Undefined where a process is alone, or need not
	 * wait.
	 */
	dropped?(row: JournalRow): Promise<void> | undefined;
	/**
	 * Which process looks for the contact of a waiting row: this one, another one that is there, or none any more. Always
	 * this one where left out.
	 */
	turn?(row: JournalRow): Promise<"mine" | "another's" | "over">;
	applied(): Promise<number>;
	saveApplied(seq: number): Promise<void>;
	/** Notes, at most once a minute, which header vouched for a delivery: for whoever asks how deliveries are signed. */
	signedBy(header: string, at: number): void;
	/** Seals rows that an older key sealed, or none, a little at a time. Resolves to how many. */
	reseal(): Promise<number>;
	/** Takes out what retention no longer covers, a little at a time; nothing that was not applied. */
	prune(now: number, retention: Retention): Promise<number>;
}

const SIGNED_EVERY_MS = 60_000;

// So many rows in one transaction: deliveries must not wait behind it.
const AT_ONCE = 500;

/**
 * With a seal bodies are kept sealed. The ids beside them stay readable, for they are what is looked for.
 * @throws DataFault when rows were sealed with a key that is not configured.
 */
export const openJournal = ({ db, write }: Sqlite, seal?: Seal): Journal => {
	if (seal) checkKeys(db, seal);
	const rowOf = rowReader(seal);
	const insert = db.prepare(
		"INSERT INTO journal (location_id, type, kind, contact_id, subject_id, occurred_at, received_at, waiting, body, sealed, sealed_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	);
	const unsealed = db.prepare(
		`SELECT * FROM journal WHERE sealed_by IS NULL OR sealed_by < ?1 OR sealed_by > ?1 LIMIT ${AT_ONCE}`,
	);
	const sealed = db.prepare(
		"UPDATE journal SET body = '', sealed = ?, sealed_by = ? WHERE seq = ?",
	);
	const known = db.prepare("SELECT 1 FROM journal_seen WHERE id = ?");
	const remember = db.prepare(
		"INSERT INTO journal_seen (id, at) VALUES (?, ?)",
	);
	const calm = db.prepare(
		"UPDATE journal SET waiting = 0 WHERE seq = ? AND waiting = 1",
	);
	const behind = db.prepare(
		"SELECT * FROM journal WHERE seq > ? ORDER BY seq LIMIT ?",
	);
	const waiting = db.prepare(
		"SELECT * FROM journal WHERE waiting = 1 ORDER BY seq",
	);
	const last = db.prepare(
		"SELECT seq FROM sqlite_sequence WHERE name = 'journal'",
	);
	const lost = db.prepare("SELECT seq FROM journal_lost WHERE location_id = ?");
	const get = db.prepare("SELECT value FROM journal_state WHERE key = ?");
	const set = db.prepare(
		"INSERT INTO journal_state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
	);
	// Whoever opens the file first names it, also when two processes open it at once.
	const begin = db.prepare(
		"INSERT INTO journal_state (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING",
	);
	begin.run("epoch", randomBytes(6).toString("base64url"));
	begin.run("bytes", 0);
	const epoch = String(get.get("epoch")?.value);
	const grow = db.prepare(
		"UPDATE journal_state SET value = value + ? WHERE key = 'bytes'",
	);
	const pruner = journalPruner(db);
	const signedAt = new Map<string, number>();

	const put = (entry: JournalEntry, wait: boolean): JournalRow => {
		const kept = seal?.closeBytes(entry.body, placeOf(entry));
		const { lastInsertRowid } = insert.run(
			entry.locationId,
			entry.type,
			entry.kind,
			entry.contactId,
			entry.subjectId,
			entry.occurredAt,
			entry.receivedAt,
			wait ? 1 : 0,
			kept ? "" : entry.body,
			kept?.bytes ?? null,
			kept?.key ?? null,
		);
		const bytes = kept?.bytes.byteLength ?? Buffer.byteLength(entry.body);
		grow.run(bytes);
		return { ...entry, seq: Number(lastInsertRowid), bytes, waiting: wait };
	};

	const lastSeq = () => Number(last.get()?.seq ?? 0);

	return {
		epoch,
		last: async () => lastSeq(),
		append: (entry, ids, wait = false) =>
			write(() => {
				if (ids.some((id) => known.get(id))) return undefined;
				for (const id of ids) remember.run(id, entry.receivedAt);
				return put(entry, wait);
			}),
		settle: (row, found) =>
			write(() =>
				Number(calm.run(row.seq).changes) === 0
					? undefined
					: put({ ...row, ...found }, false),
			),
		range: async (range) => {
			const rows = db
				.prepare(rangeSql(range))
				.all(
					range.locationId,
					range.after,
					range.before,
					...(range.kinds ? [JSON.stringify(range.kinds)] : []),
					...(range.contactIds ? [JSON.stringify(range.contactIds)] : []),
					range.limit,
				)
				.map(rowOf);
			return range.fromEnd ? rows.reverse() : rows;
		},
		behind: async (seq, limit) => behind.all(seq, limit).map(rowOf),
		waiting: async () => waiting.all().map(rowOf),
		lostUpTo: async (locationId) => Number(lost.get(locationId)?.seq ?? 0),
		watch(hear, { everyMs, failed }) {
			// There is no notification of another process's commits; a query costs one look at an index.
			const looking = setInterval(() => {
				try {
					hear(lastSeq());
				} catch (error) {
					failed(error);
				}
			}, everyMs).unref();
			return () => clearInterval(looking);
		},
		applied: async () => Number(get.get("applied")?.value ?? 0),
		saveApplied: (seq) => write(() => void set.run("applied", seq)),
		signedBy(header, at) {
			if (at - (signedAt.get(header) ?? 0) < SIGNED_EVERY_MS) return;
			signedAt.set(header, at);
			// What is lost here is told again in a minute.
			write(() => void set.run(`signed/${header}`, at)).catch(() => {});
		},
		async reseal() {
			if (!seal) return 0;
			const [key] = seal.keys;
			let count = 0;
			for (;;) {
				const done = await write(() => {
					const rows = unsealed.all(key).map(rowOf);
					for (const row of rows) {
						const { bytes } = seal.closeBytes(row.body, placeOf(row));
						sealed.run(bytes, key, row.seq);
						grow.run(bytes.byteLength - row.bytes);
					}
					return rows.length;
				});
				count += done;
				if (done < AT_ONCE) return count;
			}
		},
		prune: (now, retention) => pruner(write, now, retention),
	};
};

// A settled row stays in the journal as it came, without being shown: the one appended for it is.
const rangeSql = ({ kinds, contactIds, fromEnd }: Range): string =>
	`SELECT * FROM journal WHERE location_id = ? AND seq > ? AND seq < ? AND kind IS NOT NULL${
		kinds ? " AND kind IN (SELECT value FROM json_each(?))" : ""
	}${
		contactIds ? " AND contact_id IN (SELECT value FROM json_each(?))" : ""
	} ORDER BY seq ${fromEnd ? "DESC" : "ASC"} LIMIT ?`;

/** Opens a body when it is asked for: a row that cannot be opened costs itself alone. */
const rowReader =
	(seal: Seal | undefined) =>
	(row: Record<string, unknown>): JournalRow => {
		const { sealed, sealed_by: key } = row;
		const about = {
			locationId: String(row.location_id),
			receivedAt: Number(row.received_at),
		};
		const open = (): string => {
			if (key === null) return String(row.body);
			if (!seal) throw new Error("The journal is sealed, and no key was given");
			const { body } = row;
			if (body !== "") return String(body);
			const text = seal.openBytes(
				{ key: String(key), bytes: sealed as Uint8Array },
				placeOf(about),
			);
			row.body = text;
			return text;
		};
		return {
			...about,
			seq: Number(row.seq),
			type: String(row.type),
			kind: textOf(row.kind),
			contactId: textOf(row.contact_id),
			subjectId: textOf(row.subject_id),
			occurredAt: row.occurred_at === null ? null : Number(row.occurred_at),
			waiting: row.waiting === 1,
			bytes:
				key === null
					? Buffer.byteLength(String(row.body))
					: (sealed as Uint8Array).byteLength,
			get body() {
				return open();
			},
		};
	};

// Bound into what is sealed, so that a body does not open in a row of another location or time.
const placeOf = ({
	locationId,
	receivedAt,
}: Pick<JournalEntry, "locationId" | "receivedAt">): string =>
	`journal/${locationId}/${receivedAt}`;

const checkKeys = (db: DatabaseSync, seal: Seal): void => {
	const unknown = db
		.prepare(
			"SELECT sealed_by AS key FROM journal WHERE sealed_by IS NOT NULL AND sealed_by NOT IN (SELECT value FROM json_each(?)) LIMIT 1",
		)
		.get(JSON.stringify(seal.keys));
	if (unknown)
		throw new DataFault(
			`The journal of webhooks in DATA_DIR was sealed with the key ${unknown.key}, which is not among the ${seal.keys.length} configured. List the old key behind the new one in TOKEN_KEYS, or set DATA_DIR to another directory.`,
		);
};

const textOf = (value: unknown): string | null =>
	value === null ? null : String(value);
