/** What the journal tells of webhooks that arrived, without opening any. */
import { ERASED } from "./journal.ts";
import type { Sqlite } from "./sqlite.ts";

export interface Arrivals {
	/** Of the location, in the time asked for. */
	readonly count: number;
	/** Epoch milliseconds; undefined when none is kept. */
	readonly last: number | undefined;
	readonly types: readonly string[];
	/** Half of them took longer from event to arrival, in milliseconds; undefined when none says when it happened. */
	readonly medianDelayMs: number | undefined;
}

/** Of the location since `since`, epoch milliseconds. */
export const arrivalsOf = (
	{ db }: Pick<Sqlite, "db">,
	locationId: string,
	since: number,
): Arrivals => {
	const rows = db
		.prepare(
			"SELECT type, received_at AS at, received_at - occurred_at AS delay FROM journal WHERE location_id = ? AND received_at >= ? AND type <> ? ORDER BY seq",
		)
		.all(locationId, since, ERASED);
	const delays = rows
		.flatMap(({ delay }) => (delay === null ? [] : [Number(delay)]))
		.sort((a, b) => a - b);
	return {
		count: rows.length,
		last: rows.length ? Number(rows.at(-1)?.at) : undefined,
		types: [...new Set(rows.map(({ type }) => String(type)))].sort(),
		medianDelayMs: delays[Math.floor(delays.length / 2)],
	};
};

/** Locations of which a delivery is kept. */
export const locationsHeard = ({ db }: Pick<Sqlite, "db">): string[] =>
	db
		.prepare(
			"SELECT DISTINCT location_id AS id FROM journal WHERE location_id <> ''",
		)
		.all()
		.map(({ id }) => String(id));

/** Headers that vouched for deliveries, with when each last did, epoch milliseconds. */
export const signaturesSeen = ({
	db,
}: Pick<Sqlite, "db">): ReadonlyMap<string, number> =>
	new Map(
		db
			.prepare(
				"SELECT substr(key, 8) AS header, value AS at FROM journal_state WHERE key LIKE 'signed/%'",
			)
			.all()
			.map(({ header, at }) => [String(header), Number(at)]),
	);

/** When a delivery about the contact came, epoch milliseconds. */
export const heardOf = (
	{ db }: Pick<Sqlite, "db">,
	contactId: string,
): number | undefined => {
	const row = db
		.prepare("SELECT min(received_at) AS at FROM journal WHERE contact_id = ?")
		.get(contactId);
	return row?.at == null ? undefined : Number(row.at);
};
