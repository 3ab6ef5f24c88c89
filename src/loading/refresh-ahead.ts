/**
 * Reads anew what is still asked for and past its TTL, or soon will be: many keys in one call where the API has such a
 * call, the most wanted first, and only from what the budget has to spare. Nobody waits for it.
 */
import type { RefreshTarget } from "../cache/entry.ts";
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { Context, RefreshAhead } from "./context.ts";
import { type Refreshable, refreshableNamed } from "./refreshable.ts";

export interface RefreshAheadOptions {
	readonly clock: Clock;
	readonly log: Logger;
	/** For reading on nobody's behalf. */
	contextOf(locationId: string): Context;
}

// Long enough for a call to fill up, short beside the third of a TTL that is left.
const GATHERING_MS = 3_000;
// Keys that wait for a call of their own are sent so many at a time.
const SINGLE_AT_ONCE = 10;
// More keys waiting in one location than the budget of many minutes can serve: what comes on top is asked for again anyway.
const MOST_WAITING = 5_000;

interface Wanted {
	readonly key: unknown;
	/** How often it was asked for while it waited. */
	times: number;
}

/** The keys of one loader in one location. */
interface Queue {
	readonly locationId: string;
	readonly loader: string;
	readonly refreshable: Refreshable;
	/** By the key's spelling. */
	readonly waiting: Map<string, Wanted>;
	/** A stale value was given. */
	isUrgent: boolean;
	isRunning: boolean;
	cancel: (() => void) | undefined;
}

export const createRefreshAhead = ({
	clock,
	log,
	contextOf,
}: RefreshAheadOptions): RefreshAhead => {
	const queues = new Map<string, Queue>();
	let stopped = false;

	/** Undefined where there is nobody to read it. */
	const queueOf = (locationId: string, loader: string): Queue | undefined => {
		const name = queueName(locationId, loader);
		const known = queues.get(name);
		if (known) return known;
		const refreshable = refreshableNamed(loader);
		if (stopped || !refreshable) return undefined;
		const queue: Queue = {
			locationId,
			loader,
			refreshable,
			waiting: new Map(),
			isUrgent: false,
			isRunning: false,
			cancel: undefined,
		};
		queues.set(name, queue);
		return queue;
	};
	const queued = (
		locationId: string,
		{ loader, key }: RefreshTarget,
	): Queue | undefined => {
		const queue = queueOf(locationId, loader);
		if (!queue) return undefined;
		const { waiting, refreshable } = queue;
		const spelled = refreshable.keyOf(key);
		const known = waiting.get(spelled);
		if (known) known.times++;
		else if (waiting.size < MOST_WAITING)
			waiting.set(spelled, { key, times: 1 });
		return queue;
	};
	const run = async (queue: Queue): Promise<void> => {
		queue.cancel?.();
		queue.cancel = undefined;
		if (queue.isRunning) return;
		queue.isRunning = true;
		try {
			while (!stopped && queue.waiting.size > 0)
				if (!(await runOnce(queue, contextOf(queue.locationId)))) break;
		} catch (err) {
			// It is past its TTL already, and whoever asks next wants it again.
			log.debug({ err, locationId: queue.locationId }, "not refreshed");
		}
		queue.isRunning = false;
		if (stopped) return;
		if (queue.waiting.size > 0) later(queue);
		else forget(queue);
	};
	const forget = (queue: Queue): void => {
		queue.cancel?.();
		const name = queueName(queue.locationId, queue.loader);
		if (queues.get(name) === queue) queues.delete(name);
	};
	const later = (queue: Queue): void => {
		queue.cancel ??= clock.after(GATHERING_MS, () => void run(queue));
	};
	return {
		refreshNow(locationId, target) {
			const queue = queued(locationId, target);
			if (!queue) return;
			queue.isUrgent = true;
			if (!queue.isRunning) void run(queue);
		},
		refreshSoon(locationId, target) {
			const queue = queued(locationId, target);
			if (queue) later(queue);
		},
		stop() {
			stopped = true;
			for (const { cancel } of queues.values()) cancel?.();
			queues.clear();
		},
	};
};

const queueName = (locationId: string, loader: string): string =>
	`${locationId} ${loader}`;

/** One call's worth of the queue. Whether to go on at once: what is not urgent has time to gather. */
const runOnce = async (queue: Queue, context: Context): Promise<boolean> => {
	const { refreshable, waiting } = queue;
	const size = refreshable.batchSize(context);
	// One key alone costs as much now as when somebody asks for it.
	if (!queue.isUrgent && (size <= 1 || waiting.size === 1)) {
		waiting.clear();
		return false;
	}
	queue.isUrgent = false;
	const keys = takeMostWanted(waiting, size <= 1 ? SINGLE_AT_ONCE : size);
	try {
		await refreshable.refresh(keys, context);
	} finally {
		context.upstream.end();
	}
	if (size <= 1) queue.isUrgent = true;
	return queue.isUrgent;
};

const takeMostWanted = (
	waiting: Map<string, Wanted>,
	most: number,
): unknown[] => {
	const all = [...waiting];
	if (all.length > most) {
		all.sort(([, a], [, b]) => b.times - a.times);
		all.length = most;
	}
	for (const [spelled] of all) waiting.delete(spelled);
	return all.map(([, { key }]) => key);
};
