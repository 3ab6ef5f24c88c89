/** Finds the contact of a change that came without one, beside the stream: nothing else waits for it. */

import type { Invalidations } from "../cache/tags.ts";
import type { Logger } from "../log.ts";
import type { Journal, JournalRow } from "../store/journal.ts";
import type { ChangeReader, DeliveryBody } from "./change.ts";
import { read } from "./receive.ts";

/** The id of the contact that what `body` describes belongs to; undefined while nobody knows. */
export type OwnerOf = (
	locationId: string,
	body: DeliveryBody,
	/** 0 for the first time, at once; then with a wait before each. */
	look: number,
) => Promise<string | undefined>;

export interface OwnersOptions {
	readonly journal: Journal;
	readonly invalidations: Invalidations;
	readonly readers: Readonly<Record<string, ChangeReader>>;
	/** By the sender's type. */
	readonly ownerOf: Readonly<Record<string, OwnerOf>>;
	/** Before each try, in milliseconds; the search runs behind the writes. */
	readonly waitsMs: readonly number[];
	readonly log: Logger;
	/** Called with the row appended in place of the one that waited. */
	apply(row: JournalRow): void;
}

export interface Owners {
	look(row: JournalRow): void;
	/** Ends every wait; what was not found is looked for again after the next start. */
	stop(): void;
}

// How soon a process notices that the one that looked has died.
const TAKE_OVER_MS = 5_000;

export const createOwners = (options: OwnersOptions): Owners => {
	const { journal, log } = options;
	const looking = new Map<number, NodeJS.Timeout | undefined>();
	// One search at a time for each location: what it finds may answer for those behind it.
	const searching = new Map<string, Promise<unknown>>();
	let stopped = false;

	const settle = async (row: JournalRow, contactId: string | undefined) => {
		const given = JSON.parse(row.body) as DeliveryBody;
		const body = contactId ? { ...given, contactId } : given;
		const change = read(row.type, body, options);
		if (!contactId)
			log.warn(
				{ seq: row.seq, type: row.type, tries: options.waitsMs.length },
				"a change is published without its contact: nobody knows it",
			);
		const settled = await journal.settle(row, {
			kind: change?.kind ?? null,
			contactId: contactId ?? null,
			body: JSON.stringify(body),
		});
		if (settled) options.apply(settled);
	};

	const search = async (
		row: JournalRow,
		tries: number,
	): Promise<string | undefined> => {
		if (stopped) return undefined;
		try {
			const body = JSON.parse(row.body) as DeliveryBody;
			return await options.ownerOf[row.type]?.(row.locationId, body, tries);
		} catch (err) {
			log.debug({ err, seq: row.seq }, "contact of a change not found yet");
			return undefined;
		}
	};

	const attempt = async (row: JournalRow, tries: number): Promise<void> => {
		if (stopped) return;
		const whose = await whoseTurn(row);
		if (whose === "over") {
			looking.delete(row.seq);
			return;
		}
		if (whose === "another's") {
			again(row, tries, TAKE_OVER_MS);
			return;
		}
		const turn = (searching.get(row.locationId) ?? Promise.resolve()).then(() =>
			search(row, tries),
		);
		searching.set(row.locationId, turn);
		const found = await turn;
		if (searching.get(row.locationId) === turn)
			searching.delete(row.locationId);
		if (stopped) return;
		if (!found && tries < options.waitsMs.length) return later(row, tries);
		try {
			await settle(row, found);
			looking.delete(row.seq);
		} catch (err) {
			log.error({ err, seq: row.seq }, "a change that waited is not stored");
		}
	};

	/** Searched for all the same while it cannot be told. */
	const whoseTurn = async (row: JournalRow) => {
		try {
			return (await journal.turn?.(row)) ?? "mine";
		} catch (err) {
			log.debug({ err, seq: row.seq }, "who looks for a contact is not known");
			return "mine";
		}
	};

	const later = (row: JournalRow, tries: number): void =>
		again(row, tries + 1, options.waitsMs[tries] ?? 0);

	const again = (row: JournalRow, tries: number, ms: number): void => {
		const timer = setTimeout(() => void attempt(row, tries), ms).unref();
		looking.set(row.seq, timer);
	};

	return {
		look(row) {
			if (looking.has(row.seq) || stopped) return;
			looking.set(row.seq, undefined);
			// What the gateway knows already costs no wait.
			void attempt(row, 0);
		},
		stop() {
			stopped = true;
			for (const timer of looking.values()) clearTimeout(timer);
		},
	};
};
