/** Remembers which writes were begun under a caller's key and what became of them, so that a repeat is recognised. */
import type { Sqlite, Tables } from "./sqlite.ts";

/** A key belongs to one caller in one location: nobody meets, or learns of, the keys of others. */
export interface RecordId {
	readonly locationId: string;
	readonly subject: string;
	readonly key: string;
}

export interface IdempotencyRecord {
	/** Of the mutation's name and its input without the key. */
	readonly inputHash: string;
	/** Epoch milliseconds of the first attempt: nothing older can be its doing. */
	readonly begunAt: number;
	/** Epoch milliseconds of the newest attempt to send. */
	readonly sentAt: number;
	/** Who is at it; null when nobody is: the process died, or could not tell what came of it. */
	readonly owner: string | null;
	/** The owner is taken for dead after this (epoch milliseconds). */
	readonly leaseUntil: number;
	/** JSON of what came of it; null while that is open. */
	readonly outcome: string | null;
}

/** One contract for every store; test/contracts holds each implementation to it. */
export interface IdempotencyStore {
	/**
	 * Writes the record of a first attempt, durably, unless there is one already: resolves to that one then, and to
	 * undefined when the caller may go on. A record begun before `expiredBefore` counts as none.
	 */
	begin(
		id: RecordId,
		record: Omit<IdempotencyRecord, "outcome">,
		expiredBefore: number,
	): Promise<IdempotencyRecord | undefined>;
	/** Makes `owner` the only one at it; false when another was quicker. `seen` is the record as it was read. */
	takeOver(
		id: RecordId,
		seen: IdempotencyRecord,
		next: Pick<IdempotencyRecord, "owner" | "leaseUntil">,
	): Promise<boolean>;
	/** Notes, durably, that the write is about to be sent once more. */
	sendAgain(id: RecordId, sentAt: number): Promise<void>;
	/** Keeps what came of it. `made` names what the write created, such as `task/t1`: no other write may claim it. */
	finish(
		id: RecordId,
		outcome: string,
		made: string | undefined,
	): Promise<void>;
	/** Nobody is at it any more, and what came of it is open. */
	release(id: RecordId): Promise<void>;
	/** Nothing came of it for certain: as if it had never begun. */
	forget(id: RecordId): Promise<void>;
	/** Whether a finished write of the location created this. */
	isMade(locationId: string, made: string): Promise<boolean>;
	/** Removes what began earlier; resolves to how many. */
	prune(begunBefore: number): Promise<number>;
}

export const idempotencyTables: Tables = {
	name: "idempotency",
	migrations: [
		`CREATE TABLE idempotency (
			location_id TEXT NOT NULL,
			subject TEXT NOT NULL,
			key TEXT NOT NULL,
			input_hash TEXT NOT NULL,
			begun_at INTEGER NOT NULL,
			sent_at INTEGER NOT NULL,
			owner TEXT,
			lease_until INTEGER NOT NULL,
			outcome TEXT,
			made TEXT,
			PRIMARY KEY (location_id, subject, key)
		) STRICT;
		CREATE INDEX idempotency_by_age ON idempotency (begun_at);
		CREATE INDEX idempotency_by_made ON idempotency (location_id, made) WHERE made IS NOT NULL`,
	],
};

/** For one process: whatever an earlier one left open when the file is opened has no owner any more. */
export const sqliteIdempotency = (sqlite: Sqlite): IdempotencyStore => {
	const { db } = sqlite;
	db.exec("UPDATE idempotency SET owner = NULL WHERE owner IS NOT NULL");
	const here = "WHERE location_id = ? AND subject = ? AND key = ?";
	const find = db.prepare(
		`SELECT input_hash, begun_at, sent_at, owner, lease_until, outcome FROM idempotency ${here}`,
	);
	const insert = db.prepare(
		"INSERT INTO idempotency (location_id, subject, key, input_hash, begun_at, sent_at, owner, lease_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	);
	const remove = db.prepare(`DELETE FROM idempotency ${here}`);
	const own = db.prepare(
		`UPDATE idempotency SET owner = ?, lease_until = ? ${here} AND owner IS ? AND sent_at = ? AND outcome IS NULL`,
	);
	const sent = db.prepare(`UPDATE idempotency SET sent_at = ? ${here}`);
	const done = db.prepare(
		`UPDATE idempotency SET outcome = ?, made = ?, owner = NULL ${here}`,
	);
	const free = db.prepare(`UPDATE idempotency SET owner = NULL ${here}`);
	const made = db.prepare(
		"SELECT 1 FROM idempotency WHERE location_id = ? AND made = ?",
	);
	const old = db.prepare("DELETE FROM idempotency WHERE begun_at < ?");
	const at = ({ locationId, subject, key }: RecordId) =>
		[locationId, subject, key] as const;
	const isMade = (locationId: string, name: string) =>
		made.get(locationId, name) !== undefined;

	return {
		begin: (id, record, expiredBefore) =>
			sqlite.write(() => {
				const row = find.get(...at(id));
				if (row && Number(row.begun_at) >= expiredBefore) return recordOf(row);
				if (row) remove.run(...at(id));
				insert.run(
					...at(id),
					record.inputHash,
					record.begunAt,
					record.sentAt,
					record.owner,
					record.leaseUntil,
				);
				return undefined;
			}),
		takeOver: (id, seen, { owner, leaseUntil }) =>
			sqlite.write(
				() =>
					own.run(owner, leaseUntil, ...at(id), seen.owner, seen.sentAt)
						.changes === 1,
			),
		sendAgain: (id, sentAt) =>
			sqlite.write(() => void sent.run(sentAt, ...at(id))),
		finish: (id, outcome, name) =>
			sqlite.write(() => void done.run(outcome, name ?? null, ...at(id))),
		release: (id) => sqlite.write(() => void free.run(...at(id))),
		forget: (id) => sqlite.write(() => void remove.run(...at(id))),
		isMade: async (locationId, name) => isMade(locationId, name),
		prune: (begunBefore) =>
			sqlite.write(() => Number(old.run(begunBefore).changes)),
	};
};

const recordOf = (row: Record<string, unknown>): IdempotencyRecord => ({
	inputHash: String(row.input_hash),
	begunAt: Number(row.begun_at),
	sentAt: Number(row.sent_at),
	owner: row.owner === null ? null : String(row.owner),
	leaseUntil: Number(row.lease_until),
	outcome: row.outcome === null ? null : String(row.outcome),
});
