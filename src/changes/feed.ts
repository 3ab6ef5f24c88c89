/** The log of changes as subscribers read it: old ones from the journal, new ones from memory, one order for all. */

import type { Journal, JournalRow } from "../store/journal.ts";
import type {
	ChangeEvent,
	ChangeFilter,
	ChangeKind,
	ChangeLog,
	DeliveryBody,
} from "./change.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { createFollower } from "./follower.ts";
import { createTail, type Tail, type TailEntry } from "./tail.ts";

export interface Feed extends ChangeLog {
	/** Hands a row to everyone who follows its location. Rows must come in the order of the journal. */
	publish(row: JournalRow): void;
	/** Everything up to here was published: nothing behind it is shown yet. */
	advance(seq: number): void;
}

export interface FeedOptions {
	/** How many changes a live subscriber may fall behind before it is ended. */
	readonly queue: number;
	/** Everything up to this row was published before. Default 0. */
	readonly from?: number;
	/** Publishes what another process on the same store received; asked before a cursor is taken for one of the future. */
	catchUp?(): Promise<unknown>;
}

export const createFeed = (
	journal: Journal,
	{ queue, from = 0, catchUp }: FeedOptions,
): Feed => {
	const tails = new Map<string, Tail>();
	let head = from;

	const eventOf = (row: JournalRow): ChangeEvent => {
		let payload: DeliveryBody | undefined;
		return {
			kind: row.kind as ChangeKind,
			cursor: cursorAt(row.locationId, row.seq),
			contactId: row.contactId,
			subjectId: row.subjectId,
			occurredAt: row.occurredAt,
			receivedAt: row.receivedAt,
			get payload() {
				payload ??= JSON.parse(row.body) as DeliveryBody;
				return payload;
			},
		};
	};

	const cursorAt = (locationId: string, seq: number) =>
		writeCursor({ epoch: journal.epoch, seq }, locationId);

	const tailOf = (locationId: string): Tail => {
		let tail = tails.get(locationId);
		if (!tail) {
			tail = createTail(head, queue, () => tails.delete(locationId));
			tails.set(locationId, tail);
		}
		return tail;
	};

	/** -1 for a place of another journal, or of this one before it was set back: nothing is known of what lies between. */
	const positionOf = async (
		locationId: string,
		cursor: string,
	): Promise<number> => {
		const { epoch, seq } = readCursor(cursor, locationId);
		if (epoch === journal.epoch && seq > head) await catchUp?.();
		return epoch === journal.epoch && seq <= head ? seq : -1;
	};

	const gapAt = (locationId: string, seq: number): ChangeEvent => ({
		kind: "GAP",
		cursor: cursorAt(locationId, seq),
		contactId: null,
		subjectId: null,
		occurredAt: null,
		receivedAt: Date.now(),
		payload: {},
	});

	const readerOf = (locationId: string, filter: ChangeFilter) => ({
		head: () => head,
		cursorAt: (seq: number) => cursorAt(locationId, seq),
		async gap(seq: number): Promise<TailEntry | undefined> {
			const lost = await journal.lostUpTo(locationId);
			if (seq >= lost && seq >= 0) return undefined;
			return { seq: lost, bytes: 0, event: gapAt(locationId, lost) };
		},
		rows: async (after: number, limit: number) =>
			(
				await journal.range({
					locationId,
					after,
					before: head + 1,
					limit,
					...filter,
				})
			).map(entryOf),
		wants: wanted(filter),
	});

	const entryOf = (row: JournalRow): TailEntry => ({
		seq: row.seq,
		bytes: row.bytes,
		event: eventOf(row),
	});

	return {
		cursor: (locationId) => cursorAt(locationId, head),
		publish: (row) => tails.get(row.locationId)?.push(entryOf(row)),
		advance(seq) {
			head = seq;
		},
		async follow(locationId, after, filter) {
			const start = after == null ? head : await positionOf(locationId, after);
			return createFollower(
				{ ...readerOf(locationId, filter), tail: tailOf(locationId) },
				start,
			);
		},
		async page(locationId, { after, before, limit, fromEnd = false }, filter) {
			const start = after == null ? 0 : await positionOf(locationId, after);
			const end =
				before == null ? head + 1 : await positionOf(locationId, before);
			const gap =
				after == null
					? undefined
					: await readerOf(locationId, filter).gap(start);
			// One more than requested shows whether there is another page.
			const rows = await journal.range({
				locationId,
				after: Math.max(start, gap?.seq ?? 0),
				before: end,
				limit: limit + 1,
				fromEnd,
				...filter,
			});
			const whole = rows.length <= limit || !fromEnd;
			const events = rows.map(eventOf);
			if (gap && whole) events.unshift(gap.event);
			const more = events.length > limit;
			return {
				events: fromEnd
					? events.slice(Math.max(0, events.length - limit))
					: events.slice(0, limit),
				hasNextPage: fromEnd ? before != null : more,
				hasPreviousPage: fromEnd ? more : start > 0,
			};
		},
	};
};

const wanted = ({ kinds, contactIds }: ChangeFilter) => {
	const some = kinds && new Set<string>(kinds);
	const contacts = contactIds && new Set(contactIds);
	return ({ kind, contactId }: ChangeEvent): boolean =>
		(!some || some.has(kind)) &&
		(!contacts || (contactId !== null && contacts.has(contactId)));
};
