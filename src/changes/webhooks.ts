/** Everything behind the webhook route, put together: journal, readers, invalidation, the feed of subscriptions. */

import type { Invalidations } from "../cache/tags.ts";
import type { Logger } from "../log.ts";
import type { Journal, JournalRow } from "../store/journal.ts";
import type { Retention } from "../store/journal-retention.ts";
import { createApply } from "./apply.ts";
import type { ChangeLog, ChangeReader, DeliveryBody } from "./change.ts";
import { createFeed } from "./feed.ts";
import { createOwners, type OwnerOf } from "./owners.ts";
import { createReceive, type Receive, type Window } from "./receive.ts";
import { createVerify, VENDOR_KEYS, type WebhookKeys } from "./verify.ts";

/** What operators may set; every part has a default. */
export interface WebhookSettings {
	readonly keys?: WebhookKeys;
	readonly window?: Partial<Window>;
	/** How long, and how many bytes of, deliveries are kept for those who come back. */
	readonly retention?: Partial<Omit<Retention, "seenMs">>;
	/** Changes a live subscriber may fall behind. Default 1,000. */
	readonly queue?: number;
	/** Waits before each search for the contact of a task that came without. */
	readonly ownerWaitsMs?: readonly number[];
	/** How often to look for deliveries that another process on the same file received. Default 100. */
	readonly followMs?: number;
	/** Epoch milliseconds; the machine's clock when left out. */
	now?(): number;
}

export interface WebhooksOptions extends WebhookSettings {
	/** Told how long ids of deliveries are to be remembered, in milliseconds. */
	openJournal(seenMs: number): Promise<Journal>;
	readonly invalidations: Invalidations;
	readonly readers: Readonly<Record<string, ChangeReader>>;
	readonly ownerOf: Readonly<Record<string, OwnerOf>>;
	readonly log: Logger;
	serves(locationId: string): boolean;
	onRow?(row: JournalRow, body: DeliveryBody): void;
	/** Told of each delivery that this process has put into the journal. */
	onReceived?(row: JournalRow): void;
}

export interface Webhooks {
	readonly receive: Receive;
	readonly changes: ChangeLog;
	/** Whether a delivery about the location came within `withinMs`. */
	arriving(locationId: string, withinMs: number): boolean;
	/** Takes out what retention no longer covers; done by itself every minute. */
	prune(): Promise<number>;
	/** How many deliveries are in the journal and not applied yet. */
	lag(): number;
	close(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const WINDOW: Window = {
	pastMs: 2 * HOUR_MS,
	aheadMs: 5 * 60_000,
	undated: true,
};
const RETENTION = { ageMs: 7 * 24 * HOUR_MS, bytes: 512 * 1024 * 1024 };
const QUEUE = 1000;
// The search lag is 15 s at most; a minute later it is worth one more look.
const OWNER_WAITS_MS = [2_000, 15_000, 60_000];
const PRUNE_EVERY_MS = 60_000;
const FOLLOW_EVERY_MS = 100;

/** Opens the journal and applies what a process that ended before left behind. @throws Error for keys that cannot be read; DataFault. */
export const openWebhooks = async (
	options: WebhooksOptions,
): Promise<Webhooks> => {
	const { invalidations, readers, log, now = Date.now } = options;
	const window = { ...WINDOW, ...options.window };
	const retention: Retention = {
		...RETENTION,
		...options.retention,
		// Longer than the window lets a delivery in, so that none comes twice.
		seenMs: Math.max(24 * HOUR_MS, 2 * (window.pastMs + window.aheadMs)),
	};
	const verify = createVerify(options.keys ?? VENDOR_KEYS);
	const journal = await options.openJournal(retention.seenMs);
	const from = await journal.applied();
	const feed = createFeed(journal, {
		queue: options.queue ?? QUEUE,
		from,
		catchUp: () => apply.catchUp(),
	});
	const owners = createOwners({
		journal,
		invalidations,
		readers,
		ownerOf: options.ownerOf,
		waitsMs: options.ownerWaitsMs ?? OWNER_WAITS_MS,
		log,
		apply: (row) => apply(row),
	});
	const apply = createApply({
		from,
		journal,
		feed,
		invalidations,
		readers,
		log,
		serves: options.serves,
		await: owners.look,
		...(options.onRow && { onRow: options.onRow }),
	});
	const late = await apply.catchUp();
	if (late) {
		log.info({ late }, "deliveries of the last process applied");
		void apply.flush();
	}
	for (const row of await journal.waiting()) owners.look(row);
	const resealed = journal.reseal().then(
		(count) => {
			if (count) log.info({ count }, "webhooks sealed with the new key");
		},
		(err: unknown) =>
			log.error({ err }, "stored webhooks cannot be sealed with the new key"),
	);

	const arrivals = new Map<string, number>();
	let newest = from;
	const reach = (seq: number): void => {
		newest = Math.max(newest, seq);
	};
	const prune = async () => {
		await apply.flush();
		return journal.prune(now(), retention);
	};
	const failed = (err: unknown) => log.error({ err }, "journal not read");
	const stopWatching = journal.watch(
		(last, row) => {
			reach(last);
			if (row) {
				apply(row);
				return undefined;
			}
			if (last <= apply.applied()) return undefined;
			const done = apply.catchUp();
			done.catch(failed);
			return done;
		},
		{ everyMs: options.followMs ?? FOLLOW_EVERY_MS, failed },
	);
	const pruning = setInterval(() => {
		prune().catch((err: unknown) => log.error({ err }, "journal not pruned"));
	}, PRUNE_EVERY_MS).unref();

	return {
		receive: createReceive({
			verify,
			journal,
			readers,
			window,
			log,
			now,
			apply(row, known) {
				arrivals.set(row.locationId, row.receivedAt);
				options.onReceived?.(row);
				reach(row.seq);
				apply(row, known);
			},
		}),
		changes: feed,
		arriving: (locationId, withinMs) =>
			now() - (arrivals.get(locationId) ?? Number.NEGATIVE_INFINITY) < withinMs,
		prune,
		lag: () => Math.max(0, newest - apply.applied()),
		async close() {
			clearInterval(pruning);
			stopWatching();
			owners.stop();
			await resealed;
			await apply.flush();
		},
	};
};
