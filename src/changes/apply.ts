/** Applies deliveries in the order of the journal: each change invalidates its tags and is then published. */

import type { Invalidations } from "../cache/tags.ts";
import type { Logger } from "../log.ts";
import type { Journal, JournalRow } from "../store/journal.ts";
import type { Change, ChangeReader, DeliveryBody } from "./change.ts";
import type { Feed } from "./feed.ts";
import { read } from "./receive.ts";

export interface ApplyOptions {
	readonly journal: Journal;
	readonly feed: Feed;
	readonly invalidations: Invalidations;
	readonly readers: Readonly<Record<string, ChangeReader>>;
	readonly log: Logger;
	/** Everything up to this row was applied before. */
	readonly from: number;
	/** Whether this gateway serves the location; what is about others is kept and ignored. */
	serves(locationId: string): boolean;
	/** Looks for the contact of a change that came without it. */
	await(row: JournalRow): void;
	/** Sees every row once applied, whatever its type: installs, for instance. */
	onRow?(row: JournalRow, body: DeliveryBody): void;
}

export interface Known {
	readonly body: DeliveryBody;
	readonly change: Change | undefined;
}

export interface Apply {
	/** `known` is what was read of the row already; read again when left out. */
	(row: JournalRow, known?: Known): void;
	/**
	 * Applies what is in the journal and was not applied here: at the start what a process that ended before left
	 * behind, later what another process that uses the same store received. Resolves to how many, once they are published.
	 */
	catchUp(): Promise<number>;
	/** Everything up to this row was applied. */
	applied(): number;
	/** Writes down how far it came. */
	flush(): Promise<void>;
}

const AT_ONCE = 500;
// Lost in a crash, these rows are applied once more, which changes nothing: so not every row costs a commit.
const SAVE_EVERY_MS = 250;

export const createApply = (options: ApplyOptions): Apply => {
	const { journal, feed, invalidations, log } = options;
	let applied = options.from;
	let saved = applied;
	let timer: NodeJS.Timeout | undefined;

	const readAgain = (row: JournalRow): Known => {
		const body = JSON.parse(row.body) as DeliveryBody;
		return { body, change: read(row.type, body, options) };
	};

	const one = (row: JournalRow, known?: Known): void => {
		let isShown = false;
		try {
			const { body, change } = known ?? readAgain(row);
			const locationId = row.locationId || about(row.type, body);
			if (change && options.serves(locationId)) {
				// First the names: a subscriber who reads at once must not meet the old value.
				invalidations.hear(locationId, change.tags);
				isShown = row.kind !== null;
			}
			if (row.waiting) options.await(row);
			options.onRow?.(row, body);
		} catch (err) {
			log.error({ err, seq: row.seq, type: row.type }, "delivery set aside");
		}
		applied = row.seq;
		inOrder(row, isShown);
	};

	let publishing: Promise<void> | undefined;
	/** A subscriber may read from another process, so what all of them still hold of it has to be gone first. */
	const inOrder = (row: JournalRow, isShown: boolean): void => {
		const publish = () => {
			try {
				if (isShown) feed.publish(row);
			} catch (err) {
				log.error(
					{ err, seq: row.seq, type: row.type },
					"change not published",
				);
			}
			feed.advance(row.seq);
		};
		const dropped = journal.dropped?.(row);
		if (!dropped && !publishing) {
			publish();
			return;
		}
		const turn = Promise.all([publishing, dropped]).then(publish);
		publishing = turn;
		turn.then(() => {
			if (publishing === turn) publishing = undefined;
		});
	};

	const readBehind = async (): Promise<number> => {
		let count = 0;
		for (;;) {
			const rows = await journal.behind(applied, AT_ONCE);
			for (const row of rows) {
				// Meanwhile others may have come by themselves.
				if (row.seq <= applied) continue;
				one(row);
				count++;
			}
			if (rows.length < AT_ONCE) break;
		}
		await publishing;
		return count;
	};
	let reading: Promise<number> | undefined;
	let next: Promise<number> | undefined;
	const catchUp = (): Promise<number> => {
		if (!reading) {
			reading = readBehind().finally(() => {
				reading = undefined;
			});
			return reading;
		}
		// The one that runs may have read before the row came for which this one is wanted.
		next ??= reading
			.catch(() => 0)
			.then(() => {
				next = undefined;
				return catchUp();
			});
		return next;
	};

	const save = async (): Promise<void> => {
		if (saved === applied) return;
		saved = applied;
		await journal.saveApplied(saved).catch((err: unknown) => {
			saved = -1;
			log.error({ err }, "the place of what was applied is not stored");
		});
	};

	const apply = (row: JournalRow, known?: Known) => {
		if (row.seq <= applied) return;
		// A row that is not the next one was overtaken; the journal knows the order.
		if (row.seq === applied + 1) one(row, known);
		else
			catchUp().catch((err: unknown) =>
				log.error({ err, seq: row.seq }, "journal not read"),
			);
		timer ??= setTimeout(() => {
			timer = undefined;
			void save();
		}, SAVE_EVERY_MS).unref();
	};
	return Object.assign(apply, {
		catchUp,
		applied: () => applied,
		async flush() {
			clearTimeout(timer);
			timer = undefined;
			await save();
		},
	});
};

// [docs] LocationUpdate names its location by `id` alone.
const about = (type: string, { id }: DeliveryBody): string =>
	type === "LocationUpdate" && typeof id === "string" ? id : "";
