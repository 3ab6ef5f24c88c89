/**
 * Reads anew what is still asked for and past its bound, or soon will be: many in one call where the API has such a
 * call, the most wanted first, and only from what the budget has to spare. Nobody waits for it.
 */
import type { CacheKey, Refresh } from "../cache/entry.ts";
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Context } from "./context.ts";

/** One key of a loader, and how the loader reads many of its keys. */
export interface Refreshable extends Refresh {
	readonly of: {
		/** How many keys are read in one call, 1 or less where the API has no such call. */
		together(context: Context): number;
		renew(all: readonly Refreshable[], context: Context): Promise<void>;
	};
}

export interface RefreshAhead {
	/** Was given past its bound: it is read as soon as the budget has room. */
	refreshNow(locationId: string, one: Refreshable): void;
	/** Will soon be past its bound: it is read with others like it, if there are any. */
	refreshSoon(locationId: string, one: Refreshable): void;
	stop(): void;
}

export interface RefreshAheadOptions {
	readonly clock: Clock;
	readonly log: Logger;
	/** For reading on nobody's behalf. */
	contextOf(locationId: string): Context;
}

// Long enough for a call to fill up, short beside the third of a bound that is left.
const GATHERING_MS = 3_000;
// Those that wait for a call of their own are sent so many at a time.
const SINGLE_AT_ONCE = 10;
// More waiting in one location than the budget of many minutes can serve: what comes on top is asked for again anyway.
const MOST_WAITING = 5_000;

interface Wanted {
	readonly one: Refreshable;
	/** How often it was asked for while it waited. */
	times: number;
}

interface Queue {
	readonly waiting: Map<CacheKey, Wanted>;
	/** Somebody got something past its bound. */
	pressing: boolean;
	running: boolean;
	cancel: (() => void) | undefined;
}

export const createRefreshAhead = ({
	clock,
	log,
	contextOf,
}: RefreshAheadOptions): RefreshAhead => {
	const queues = new Map<string, Map<Refreshable["of"], Queue>>();
	let stopped = false;

	const queueOf = (locationId: string, of: Refreshable["of"]): Queue => {
		let own = queues.get(locationId);
		if (!own) {
			own = new Map();
			queues.set(locationId, own);
		}
		let queue = own.get(of);
		if (!queue) {
			queue = {
				waiting: new Map(),
				pressing: false,
				running: false,
				cancel: undefined,
			};
			own.set(of, queue);
		}
		return queue;
	};

	const add = (locationId: string, one: Refreshable): Queue => {
		const queue = queueOf(locationId, one.of);
		const known = queue.waiting.get(one.at);
		if (known) known.times++;
		else if (queue.waiting.size < MOST_WAITING)
			queue.waiting.set(one.at, { one, times: 1 });
		return queue;
	};

	const run = async (
		locationId: string,
		of: Refreshable["of"],
		queue: Queue,
	): Promise<void> => {
		queue.cancel?.();
		queue.cancel = undefined;
		if (queue.running) return;
		queue.running = true;
		try {
			while (!stopped && queue.waiting.size > 0) {
				const context = contextOf(locationId);
				const together = of.together(context);
				// One alone is as dear now as when somebody asks for it.
				if (!queue.pressing && (together <= 1 || queue.waiting.size === 1)) {
					queue.waiting.clear();
					break;
				}
				queue.pressing = false;
				const some = mostWanted(
					queue.waiting,
					together <= 1 ? SINGLE_AT_ONCE : together,
				);
				try {
					await of.renew(some, context);
				} finally {
					context.upstream.end();
				}
				// What is left has time to gather, unless it is pressing.
				if (!queue.pressing && together > 1) break;
				queue.pressing ||= together <= 1;
			}
		} catch (err) {
			// It is past its bound already, and whoever asks next wants it again.
			log.debug({ err, locationId }, "not renewed");
		}
		queue.running = false;
		if (stopped) return;
		if (queue.waiting.size > 0) later(locationId, of, queue);
		else forget(locationId, of, queue);
	};
	const forget = (
		locationId: string,
		of: Refreshable["of"],
		queue: Queue,
	): void => {
		queue.cancel?.();
		const own = queues.get(locationId);
		if (own?.get(of) === queue) own.delete(of);
		if (own?.size === 0) queues.delete(locationId);
	};
	const later = (
		locationId: string,
		of: Refreshable["of"],
		queue: Queue,
	): void => {
		queue.cancel ??= clock.after(
			GATHERING_MS,
			() => void run(locationId, of, queue),
		);
	};

	return {
		refreshNow(locationId, one) {
			if (stopped) return;
			const queue = add(locationId, one);
			queue.pressing = true;
			if (!queue.running) void run(locationId, one.of, queue);
		},
		refreshSoon(locationId, one) {
			if (stopped) return;
			later(locationId, one.of, add(locationId, one));
		},
		stop() {
			stopped = true;
			for (const own of queues.values())
				for (const { cancel } of own.values()) cancel?.();
			queues.clear();
		},
	};
};

/** Takes them out. */
const mostWanted = (
	waiting: Map<CacheKey, Wanted>,
	most: number,
): Refreshable[] => {
	const all = [...waiting.values()];
	if (all.length > most) {
		all.sort((a, b) => b.times - a.times);
		all.length = most;
	}
	for (const { one } of all) waiting.delete(one.at);
	return all.map(({ one }) => one);
};
