/** Takes a contact out of all that is kept, beside a gateway that runs: somebody asked to be forgotten. */
import { planPlace } from "./idempotency.ts";
import { ERASED, openJournal } from "./journal.ts";
import type { Seal } from "./seal.ts";
import type { Sqlite } from "./sqlite.ts";

export interface Erased {
	/** Webhooks about the contact, or that name it. */
	readonly webhooks: number;
	/** Outcomes of writes that name it; their keys are new again. */
	readonly outcomes: number;
	/** False when a copy may still stand in the write-ahead log, since somebody was reading all the while. */
	readonly isOverwritten: boolean;
}

// So many rows in one transaction: deliveries must not wait behind it.
const AT_ONCE = 500;

/** Every gateway on the file forgets what it has cached as soon as it sees the row that is left in the journal. */
export const eraseContact = async (
	sqlite: Sqlite,
	seal: Seal,
	contactId: string,
	now: number,
): Promise<Erased> => {
	const { db, write } = sqlite;
	const journal = openJournal(sqlite, seal);
	const remove = db.prepare(
		"DELETE FROM journal WHERE seq = ? RETURNING octet_length(body) + coalesce(octet_length(sealed), 0) AS bytes",
	);
	const shrink = db.prepare(
		"UPDATE journal_state SET value = value - ? WHERE key = 'bytes'",
	);
	const named = JSON.stringify(contactId);
	let webhooks = 0;
	for (let after = 0; ; ) {
		// What names the contact in passing stands in no column, so every body is looked into.
		const rows = await journal.behind(after, AT_ONCE);
		const about = rows.filter(
			(row) => row.contactId === contactId || row.body.includes(named),
		);
		if (about.length > 0)
			await write(() => {
				for (const { seq } of about) {
					const gone = remove.get(seq);
					if (!gone) continue;
					shrink.run(Number(gone.bytes));
					webhooks++;
				}
			});
		if (rows.length < AT_ONCE) break;
		after = rows.at(-1)?.seq ?? after;
	}
	const outcomes = await write(() =>
		Number(
			db
				.prepare(
					"DELETE FROM idempotency WHERE made = 'contact/' || ?1 OR instr(outcome, ?2) > 0",
				)
				.run(contactId, named).changes,
		),
	);
	const open = await eraseOpenRefusals(sqlite, seal, named);
	await journal.append(
		{
			locationId: "",
			type: ERASED,
			kind: null,
			contactId: null,
			subjectId: null,
			occurredAt: null,
			receivedAt: now,
			body: "{}",
		},
		[],
	);
	const { busy } = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() as {
		busy: number;
	};
	return { webhooks, outcomes: outcomes + open, isOverwritten: busy === 0 };
};

/** What they were to write is sealed until they settle, so each is looked into; one that cannot be opened goes as well. */
const eraseOpenRefusals = (
	{ db, write }: Sqlite,
	seal: Seal,
	named: string,
): Promise<number> =>
	write(() => {
		const remove = db.prepare("DELETE FROM idempotency WHERE rowid = ?");
		const about = db
			.prepare(
				"SELECT rowid, location_id, subject, key, plan FROM idempotency WHERE plan IS NOT NULL",
			)
			.all()
			.filter((row) => {
				const place = planPlace({
					locationId: String(row.location_id),
					subject: String(row.subject),
					key: String(row.key),
				});
				try {
					return seal.open(String(row.plan), place).includes(named);
				} catch {
					return true;
				}
			});
		for (const { rowid } of about) remove.run(Number(rowid));
		return about.length;
	});
