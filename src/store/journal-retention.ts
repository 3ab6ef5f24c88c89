/** What the journal forgets: rows too old or too many, and delivery ids no retry can bring any more. */
import type { DatabaseSync } from "node:sqlite";
import type { Sqlite } from "./sqlite.ts";

export interface Retention {
	readonly ageMs: number;
	/** Of bodies, in all. */
	readonly bytes: number;
	/** How long delivery ids are remembered. */
	readonly seenMs: number;
}

// So many rows in one transaction: deliveries must not wait behind a purge.
const AT_ONCE = 500;

/** Returns how many rows were taken out. Rows behind the applied mark, and those still waiting, are never taken. */
export const journalPruner = (db: DatabaseSync) => {
	const oldest = db.prepare(
		`SELECT seq, location_id, kind, received_at, octet_length(body) + coalesce(octet_length(sealed), 0) AS bytes FROM journal
		WHERE waiting = 0 AND seq <= (SELECT value FROM journal_state WHERE key = 'applied') ORDER BY seq LIMIT ${AT_ONCE}`,
	);
	const remove = db.prepare("DELETE FROM journal WHERE seq = ?");
	const lose = db.prepare(
		"INSERT INTO journal_lost (location_id, seq) VALUES (?, ?) ON CONFLICT (location_id) DO UPDATE SET seq = max(seq, excluded.seq)",
	);
	const forget = db.prepare(
		`DELETE FROM journal_seen WHERE id IN (SELECT id FROM journal_seen WHERE at < ? ORDER BY at LIMIT ${AT_ONCE})`,
	);
	const sum = db.prepare(
		"SELECT value AS bytes FROM journal_state WHERE key = 'bytes'",
	);
	const shrink = db.prepare(
		"UPDATE journal_state SET value = value - ? WHERE key = 'bytes'",
	);

	const pass = (excess: { bytes: number }, before: number): number => {
		let taken = 0;
		for (const row of oldest.all()) {
			if (Number(row.received_at) >= before && excess.bytes <= 0) break;
			remove.run(row.seq as number);
			if (row.kind !== null)
				lose.run(row.location_id as string, row.seq as number);
			shrink.run(row.bytes as number);
			excess.bytes -= Number(row.bytes);
			taken++;
		}
		return taken;
	};

	return async (
		write: Sqlite["write"],
		now: number,
		{ ageMs, bytes, seenMs }: Retention,
	): Promise<number> => {
		const excess = { bytes: Number(sum.get()?.bytes) - bytes };
		let taken = 0;
		for (;;) {
			const some = await write(() => pass(excess, now - ageMs));
			taken += some;
			if (some < AT_ONCE) break;
		}
		for (;;) {
			const { changes } = await write(() => forget.run(now - seenMs));
			if (Number(changes) < AT_ONCE) return taken;
		}
	};
};
