/** One subscriber's place in the log: it catches up from the journal, then follows the tail, and holds nothing but the place. */

import { fail } from "../errors.ts";
import type { ChangeEvent, Follower } from "./change.ts";
import type { Tail, TailEntry } from "./tail.ts";

export interface FollowSource {
	readonly tail: Tail;
	/** Everything up to here was published. */
	head(): number;
	cursorAt(seq: number): string;
	/** The gap that a reader at `seq` stands before. */
	gap(seq: number): Promise<TailEntry | undefined>;
	/** Published rows behind `after` that pass the filter. */
	rows(after: number, limit: number): Promise<TailEntry[]>;
	wants(event: ChangeEvent): boolean;
}

// Rows read from the journal at once while catching up.
const PAGE = 200;

type Step = IteratorResult<ChangeEvent>;
const DONE: Step = { done: true, value: undefined };

/** `start` is the place of the last change the subscriber knows; -1 when it knows of none we kept. */
export const createFollower = (
	source: FollowSource,
	start: number,
): Follower => {
	const { tail } = source;
	let seq = start;
	/** Place in the tail; undefined while catching up. */
	let ordinal: number | undefined;
	let page: TailEntry[] = [];
	let at = 0;
	let waiting: PromiseWithResolvers<Step> | undefined;
	let ending: ((cursor: string) => Error) | undefined;
	let over = false;

	const cursor = () => source.cursorAt(Math.max(0, seq));

	const take = ({ seq: position, event }: TailEntry): ChangeEvent => {
		seq = position;
		return event;
	};

	/** The next change at hand, if there is one. All of it is synchronous, so nothing can be published meanwhile. */
	const pull = (): ChangeEvent | undefined => {
		for (;;) {
			if (ordinal === undefined) {
				const next = page[at];
				if (!next) return undefined;
				at++;
				return take(next);
			}
			if (ordinal < tail.first) {
				over = true;
				throw tooSlow();
			}
			if (ordinal >= tail.next) return undefined;
			const event = take(tail.at(ordinal++));
			if (source.wants(event)) return event;
		}
	};

	/** Reads on until there is a change at hand, or nothing more than the tail has. */
	const read = async (): Promise<void> => {
		while (!over && ordinal === undefined && at >= page.length) {
			const end = source.head();
			const isBehind = seq < tail.since;
			const rows = isBehind ? await source.rows(seq, PAGE) : [];
			// Asked last: what was taken out of the journal meanwhile is missing in the rows.
			const gap = await source.gap(seq);
			at = 0;
			page = gap ? [gap, ...rows.filter((row) => row.seq > gap.seq)] : rows;
			if (page.length > 0) break;
			if (isBehind) seq = end;
			else if (seq >= tail.since) ordinal = tail.behind(seq);
		}
	};

	const tooSlow = () =>
		fail(
			"SUBSCRIBER_TOO_SLOW",
			`This subscriber fell more than ${tail.next - tail.first} changes behind and was ended. Subscribe again with after: "${cursor()}", and read faster or select less.`,
			{ extensions: { cursor: cursor() } },
		);

	let reading = false;
	const readOn = (): void => {
		if (reading) return;
		reading = true;
		read().then(
			() => {
				reading = false;
				wake();
			},
			(error: unknown) => {
				reading = false;
				finish();
				waiting?.reject(error);
				waiting = undefined;
			},
		);
	};

	const wake = () => {
		if (!waiting) return;
		const { resolve, reject } = waiting;
		try {
			const event = pull();
			if (!event) {
				if (ordinal === undefined) readOn();
				return;
			}
			waiting = undefined;
			resolve({ done: false, value: event });
		} catch (error) {
			waiting = undefined;
			reject(error);
		}
	};
	const stopListening = tail.onPush(wake);
	const finish = () => {
		over = true;
		stopListening();
		page = [];
	};

	return {
		get cursor() {
			return cursor();
		},
		next() {
			if (ending && !over) {
				finish();
				return Promise.reject(ending(cursor()));
			}
			if (over) return Promise.resolve(DONE);
			try {
				const event = pull();
				if (event) return Promise.resolve({ done: false, value: event });
			} catch (error) {
				finish();
				return Promise.reject(error);
			}
			waiting ??= Promise.withResolvers<Step>();
			if (ordinal === undefined) readOn();
			return waiting.promise;
		},
		return() {
			finish();
			waiting?.resolve(DONE);
			waiting = undefined;
			return Promise.resolve(DONE);
		},
		end(reason) {
			if (over) return;
			if (!waiting) {
				ending = reason;
				return;
			}
			finish();
			waiting.reject(reason(cursor()));
			waiting = undefined;
		},
		[Symbol.asyncIterator]() {
			return this;
		},
	};
};
