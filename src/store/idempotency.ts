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
	/** Of what is sent: writes of the same content cannot be told apart by what they make. Undefined where nothing is made. */
	readonly content: string | undefined;
	/** Epoch milliseconds of the first attempt. */
	readonly begunAt: number;
	/** The same by the API's clock, as early as it can have been; null when that was not known yet. Nothing older can be its doing. */
	readonly since: number | null;
	/** Epoch milliseconds after which the newest attempt was not sent any more, as far as that is known. */
	readonly sentAt: number;
	/** Who is at it; null when nobody is: the process died, or could not tell what came of it. */
	readonly owner: string | null;
	/** The owner is taken for dead after this (epoch milliseconds). */
	readonly leaseUntil: number;
	/** JSON of what came of it; null while that is open. */
	readonly outcome: string | null;
	/** For a refusal that may hide a write: when to look next (epoch milliseconds). Null for an outcome that stays. */
	readonly settlesAt: number | null;
}

/** What a first attempt writes down. */
export type NewRecord = Omit<IdempotencyRecord, "outcome" | "settlesAt">;

type Lease = Pick<IdempotencyRecord, "owner" | "leaseUntil"> & {
	readonly owner: string;
};

/** Something that reading found, and what the record keeps if it is the write's doing. */
export interface Candidate {
	/** What it is, such as `task/t1`. */
	readonly made: string;
	readonly outcome: string;
}

/** A refusal that may hide a write: what was told, and what reading back needs once the process has died. */
export interface OpenRefusal {
	readonly outcome: string;
	readonly settlesAt: number;
	readonly mutation: string;
	/** Opaque to the store. */
	readonly plan: string;
}

/** What a sealed plan is bound to. */
export const planPlace = ({ locationId, subject, key }: RecordId): string =>
	JSON.stringify(["plan", locationId, subject, key]);

/** A record whose time to settle has come. */
export interface DueRecord {
	readonly id: RecordId;
	readonly record: IdempotencyRecord;
	readonly mutation: string;
	readonly plan: string;
}

/**
 * One contract for every store; test/contracts holds each implementation to it. Every method is one atomic step, also
 * between processes, and resolves when what it wrote is durable.
 */
export interface IdempotencyStore {
	/**
	 * Writes the record of a first attempt unless there is one already: resolves to that one then, and to undefined when
	 * the caller may go on. A record begun before `expiredBefore` counts as none.
	 */
	begin(
		id: RecordId,
		record: NewRecord,
		expiredBefore: number,
	): Promise<IdempotencyRecord | undefined>;
	/** The record, if there is one that was not begun before `expiredBefore`. */
	find(
		id: RecordId,
		expiredBefore: number,
	): Promise<IdempotencyRecord | undefined>;
	/**
	 * Makes `owner` the only one at it; false when another was quicker, or its outcome stays. `seen` is the record as it
	 * was read. The earlier attempt counts as `lost`.
	 */
	takeOver(
		id: RecordId,
		seen: IdempotencyRecord,
		next: Lease,
	): Promise<boolean>;
	/** Notes that the write is about to be sent once more. */
	sendAgain(id: RecordId, sentAt: number): Promise<void>;
	/**
	 * Its end, at `at`, was not seen or not believed: what it made may be claimed from now on, if it made anything. It was
	 * sent by then, and may have waited for long before.
	 */
	lost(id: RecordId, at: number): Promise<void>;
	/** Keeps what came of it, for good. `made` names what the write created: no other write may claim it. */
	finish(
		id: RecordId,
		outcome: string,
		made: string | undefined,
	): Promise<void>;
	/**
	 * Finishes it with the first candidate that no other write of the location made, and resolves to that one's index;
	 * undefined when there is none. "wait" while another write of the same content is on its way (`lost` was not said of
	 * it, and its lease lasts longer than `now`): any of them may be its doing.
	 */
	claim(
		id: RecordId,
		candidates: readonly Candidate[],
		now: number,
	): Promise<number | "wait" | undefined>;
	/** Keeps a refusal that may hide a write, and lets go of it. */
	refuse(id: RecordId, refusal: OpenRefusal): Promise<void>;
	/**
	 * Hands out open refusals whose time has come and nobody is at, to one taker, the first due first. Each settles next
	 * when twice as long has passed since it was sent, in case this one does not get to it.
	 */
	takeDue(now: number, next: Lease, most: number): Promise<DueRecord[]>;
	/** When the next one is due; undefined when none is open. */
	nextDue(): Promise<number | undefined>;
	/** Nobody is at it any more, and what came of it is as open as it was. */
	release(id: RecordId): Promise<void>;
	/** Nothing came of it for certain: as if it had never begun. */
	forget(id: RecordId): Promise<void>;
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
		// Until now a refusal was an outcome that stays, whatever it was.
		`ALTER TABLE idempotency ADD COLUMN content TEXT;
		ALTER TABLE idempotency ADD COLUMN since INTEGER;
		ALTER TABLE idempotency ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
		ALTER TABLE idempotency ADD COLUMN settles_at INTEGER;
		ALTER TABLE idempotency ADD COLUMN mutation TEXT;
		ALTER TABLE idempotency ADD COLUMN plan TEXT;
		CREATE INDEX idempotency_by_content ON idempotency (location_id, content) WHERE outcome IS NULL;
		CREATE INDEX idempotency_due ON idempotency (settles_at) WHERE settles_at IS NOT NULL`,
	],
};

/** Names a process as the owner of records, so that another one on the same file sees whether it still runs. */
export const ownerName = (unique: string): string => `${process.pid}.${unique}`;

/** Where it cannot be told, it is taken for dead: whoever takes over reads first, and sends only what reading has shown not to be there. */
const isRunning = (owner: string): boolean => {
	const pid = Number(/^(\d+)\./.exec(owner)?.[1]);
	if (!pid || pid === process.pid) return false;
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return (error as { code?: string }).code === "EPERM";
	}
};

/** What a process that has died left open when the file is opened has no owner any more. */
export const sqliteIdempotency = (sqlite: Sqlite): IdempotencyStore => {
	const { db } = sqlite;
	const letGo = db.prepare(
		// It may have been sent until it died.
		"UPDATE idempotency SET owner = NULL, sent_at = max(sent_at, ?) WHERE owner = ?",
	);
	for (const { owner } of db
		.prepare("SELECT DISTINCT owner FROM idempotency WHERE owner IS NOT NULL")
		.all())
		if (!isRunning(String(owner))) letGo.run(Date.now(), String(owner));
	const here = "WHERE location_id = ? AND subject = ? AND key = ?";
	const columns =
		"input_hash, content, begun_at, since, sent_at, owner, lease_until, outcome, settles_at";
	const find = db.prepare(`SELECT ${columns} FROM idempotency ${here}`);
	const insert = db.prepare(
		"INSERT INTO idempotency (location_id, subject, key, input_hash, content, begun_at, since, sent_at, owner, lease_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	);
	const remove = db.prepare(`DELETE FROM idempotency ${here}`);
	const own = db.prepare(
		`UPDATE idempotency SET owner = ?, lease_until = ?, lost = 1 ${here} AND owner IS ? AND sent_at = ? AND (outcome IS NULL OR settles_at IS NOT NULL)`,
	);
	const sent = db.prepare(
		`UPDATE idempotency SET sent_at = ?, lost = 0 ${here}`,
	);
	const lost = db.prepare(
		`UPDATE idempotency SET lost = 1, sent_at = max(sent_at, ?) ${here}`,
	);
	const done = db.prepare(
		`UPDATE idempotency SET outcome = ?, made = ?, owner = NULL, settles_at = NULL, mutation = NULL, plan = NULL ${here}`,
	);
	const contentOf = db.prepare(`SELECT content FROM idempotency ${here}`);
	const others = "AND NOT (subject = ? AND key = ?)";
	const onItsWay = db.prepare(
		`SELECT 1 FROM idempotency WHERE location_id = ? AND content = ? AND outcome IS NULL AND lost = 0 AND owner IS NOT NULL AND lease_until > ? ${others}`,
	);
	const isMade = db.prepare(
		`SELECT 1 FROM idempotency WHERE location_id = ? AND made = ? ${others}`,
	);
	const refuse = db.prepare(
		`UPDATE idempotency SET outcome = ?, settles_at = ?, mutation = ?, plan = ?, owner = NULL ${here}`,
	);
	const due = db.prepare(
		`UPDATE idempotency SET owner = ?1, lease_until = ?2, settles_at = max(?3 + 1000, 2 * ?3 - sent_at) WHERE rowid IN (
			SELECT rowid FROM idempotency WHERE settles_at <= ?3 AND (owner IS NULL OR lease_until <= ?3) ORDER BY settles_at LIMIT ?4
		) RETURNING location_id, subject, key, mutation, plan, ${columns}`,
	);
	const nextDue = db.prepare(
		"SELECT min(settles_at) AS at FROM idempotency WHERE settles_at IS NOT NULL",
	);
	const free = db.prepare(`UPDATE idempotency SET owner = NULL ${here}`);
	const old = db.prepare("DELETE FROM idempotency WHERE begun_at < ?");
	const at = ({ locationId, subject, key }: RecordId) =>
		[locationId, subject, key] as const;
	const known = (id: RecordId, expiredBefore: number) => {
		const row = find.get(...at(id));
		return row && Number(row.begun_at) >= expiredBefore ? row : undefined;
	};

	return {
		begin: (id, record, expiredBefore) =>
			sqlite.write(() => {
				const row = known(id, expiredBefore);
				if (row) return recordOf(row);
				remove.run(...at(id));
				insert.run(
					...at(id),
					record.inputHash,
					record.content ?? null,
					record.begunAt,
					record.since,
					record.sentAt,
					record.owner,
					record.leaseUntil,
				);
				return undefined;
			}),
		async find(id, expiredBefore) {
			const row = known(id, expiredBefore);
			return row && recordOf(row);
		},
		takeOver: (id, seen, { owner, leaseUntil }) =>
			sqlite.write(
				() =>
					own.run(owner, leaseUntil, ...at(id), seen.owner, seen.sentAt)
						.changes === 1,
			),
		sendAgain: (id, sentAt) =>
			sqlite.write(() => void sent.run(sentAt, ...at(id))),
		lost: (id, endedAt) =>
			sqlite.write(() => void lost.run(endedAt, ...at(id))),
		finish: (id, outcome, name) =>
			sqlite.write(() => void done.run(outcome, name ?? null, ...at(id))),
		claim: (id, candidates, now) =>
			sqlite.write(() => {
				const { locationId, subject, key } = id;
				const content = contentOf.get(...at(id))?.content ?? null;
				if (onItsWay.get(locationId, content, now, subject, key)) return "wait";
				const index = candidates.findIndex(
					({ made }) => !isMade.get(locationId, made, subject, key),
				);
				const one = candidates[index];
				if (!one) return undefined;
				done.run(one.outcome, one.made, ...at(id));
				return index;
			}),
		refuse: (id, { outcome, settlesAt, mutation, plan }) =>
			sqlite.write(
				() => void refuse.run(outcome, settlesAt, mutation, plan, ...at(id)),
			),
		takeDue: (now, { owner, leaseUntil }, most) =>
			sqlite.write(() =>
				due.all(owner, leaseUntil, now, most).map((row) => ({
					id: {
						locationId: String(row.location_id),
						subject: String(row.subject),
						key: String(row.key),
					},
					record: recordOf(row),
					mutation: String(row.mutation),
					plan: String(row.plan),
				})),
			),
		async nextDue() {
			return numberOf(nextDue.get()?.at) ?? undefined;
		},
		release: (id) => sqlite.write(() => void free.run(...at(id))),
		forget: (id) => sqlite.write(() => void remove.run(...at(id))),
		prune: (begunBefore) =>
			sqlite.write(() => Number(old.run(begunBefore).changes)),
	};
};

const numberOf = (value: unknown): number | null =>
	value === null || value === undefined ? null : Number(value);

const textOf = (value: unknown): string | null =>
	value === null ? null : String(value);

const recordOf = (row: Record<string, unknown>): IdempotencyRecord => ({
	inputHash: String(row.input_hash),
	content: textOf(row.content) ?? undefined,
	begunAt: Number(row.begun_at),
	since: numberOf(row.since),
	sentAt: Number(row.sent_at),
	owner: textOf(row.owner),
	leaseUntil: Number(row.lease_until),
	outcome: textOf(row.outcome),
	settlesAt: numberOf(row.settles_at),
});
