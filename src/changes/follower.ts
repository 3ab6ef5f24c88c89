/** One subscriber's place in the log: it catches up from the journal, then follows the tail, and holds nothing but the place. */

import { fail } from "../errors.ts";
import type { ChangeEvent, Follower } from "./change.ts";
import type { Placed, Tail } from "./tail.ts";

export interface FollowSource {
	readonly tail: Tail;
	/** Everything up to here was published. */
	head(): number;
	cursorAt(seq: number): string;
	/** The gap that a reader at `seq` stands before. */
	gap(seq: number): Placed | undefined;
	/** Published rows behind `after` that pass the filter. */
	rows(after: number, limit: number): Placed[];
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
	let page: Placed[] = [];
	let at = 0;
	let waiting: PromiseWithResolvers<Step> | undefined;
	let ending: ((cursor: string) => Error) | undefined;
	let over = false;

	const cursor = () => source.cursorAt(Math.max(0, seq));

	const take = ({ seq: place, event }: Placed): ChangeEvent => {
		seq = place;
		return event;
	};

	/** The next change at hand, if there is one. All of it is synchronous, so nothing can be published meanwhile. */
	const pull = (): ChangeEvent | undefined => {
		for (;;) {
			if (ordinal === undefined) {
				const next = page[at++];
				if (next) return take(next);
				const gap = source.gap(seq);
				if (gap) return take(gap);
				if (seq < tail.since) {
					const end = source.head();
					page = source.rows(seq, PAGE);
					at = 0;
					if (page.length === 0) seq = end;
					continue;
				}
				page = [];
				ordinal = tail.behind(seq);
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

	const tooSlow = () =>
		fail(
			"SUBSCRIBER_TOO_SLOW",
			`This subscriber fell more than ${tail.next - tail.first} changes behind and was ended. Subscribe again with after: "${cursor()}", and read faster or ask for less.`,
			{ extensions: { cursor: cursor() } },
		);

	const wake = () => {
		if (!waiting) return;
		const { resolve, reject } = waiting;
		try {
			const event = pull();
			if (!event) return;
			waiting = undefined;
			resolve({ done: false, value: event });
		} catch (error) {
			waiting = undefined;
			reject(error);
		}
	};
	const leave = tail.onPush(wake);
	const finish = () => {
		over = true;
		leave();
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
