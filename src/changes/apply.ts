/** What follows the answer: each journalled change drops its names and is then published, in the order of the journal. */

import type { Invalidations } from "../cache/tags.ts";
import type { Logger } from "../log.ts";
import type { Journal, JournalRow } from "../store/journal.ts";
import type { Change, ChangeReader, DeliveryBody } from "./change.ts";
import type { Feed } from "./feed.ts";
import { read } from "./receive.ts";

export interface ApplyOptions {
	readonly journal: Journal;
	readonly feed: Feed;
	readonly names: Invalidations;
	readonly readers: Readonly<Record<string, ChangeReader>>;
	readonly log: Logger;
	/** Whether this gateway serves the location; what is about others is kept and ignored. */
	serves(locationId: string): boolean;
	/** Looks for the contact of a change that came without it. */
	await(row: JournalRow): void;
	/** Sees every row once applied, whatever its type: installs, for instance. */
	onRow?(row: JournalRow, body: DeliveryBody): void;
}

export interface Apply {
	/** `change` is what the reader made of the row; read again when left out. */
	(row: JournalRow, change?: Change): void;
	/**
	 * Applies what is in the journal and was not applied here: at the start what a process that ended before left
	 * behind, later what another process that uses the same file received.
	 */
	catchUp(): number;
	/** Everything up to this row was applied. */
	applied(): number;
	/** Writes down how far it came. */
	flush(): Promise<void>;
}

const AT_ONCE = 500;
// Lost in a crash, these rows are applied once more, which changes nothing: so not every row costs a commit.
const SAVE_EVERY_MS = 250;

export const createApply = (options: ApplyOptions): Apply => {
	const { journal, feed, names, log } = options;
	let applied = journal.applied();
	let saved = applied;
	let timer: NodeJS.Timeout | undefined;

	const one = (row: JournalRow, known?: Change): void => {
		try {
			const body = JSON.parse(row.body) as DeliveryBody;
			const change = known ?? read(row.type, body, options);
			const locationId = row.locationId || about(row.type, body);
			if (change && options.serves(locationId)) {
				// First the names: a subscriber who reads at once must not meet the old value.
				names.invalidate(locationId, change.tags);
				if (row.kind !== null) feed.publish(row);
			}
			if (row.waiting) options.await(row);
			options.onRow?.(row, body);
		} catch (err) {
			log.error({ err, seq: row.seq, type: row.type }, "delivery set aside");
		}
		applied = row.seq;
		feed.advance(applied);
	};

	const catchUp = (): number => {
		let count = 0;
		for (;;) {
			const rows = journal.behind(applied, AT_ONCE);
			for (const row of rows) one(row);
			count += rows.length;
			if (rows.length < AT_ONCE) return count;
		}
	};

	const save = async (): Promise<void> => {
		if (saved === applied) return;
		saved = applied;
		await journal.saveApplied(saved).catch((err: unknown) => {
			saved = -1;
			log.error({ err }, "the place of what was applied is not stored");
		});
	};

	const apply = (row: JournalRow, change?: Change) => {
		if (row.seq <= applied) return;
		// A row that is not the next one was overtaken; the journal knows the order.
		if (row.seq === applied + 1) one(row, change);
		else catchUp();
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
