/** Followers that come, read at their own pace, fall behind, leave and come back: each sees the log once and in order. */
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import type { ChangeEvent, Follower } from "../../src/changes/change.ts";
import { createFeed, type Feed } from "../../src/changes/feed.ts";
import { Failure } from "../../src/errors.ts";
import {
	type Journal,
	journalTables,
	openJournal,
} from "../../src/store/journal.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import { random } from "../support/random.ts";

const STEPS = 4000;
const LOCATIONS = ["L", "M"];

interface Reader {
	readonly locationId: string;
	/** Contact ids, in the order they came. */
	readonly seen: string[];
	cursor: string;
	/** Where in the location's log it began. */
	readonly from: number;
	follower: Follower | undefined;
	pulling: Promise<void> | undefined;
}

/** Appends and publishes a change, as the gateway does. */
const happen = async (
	journal: Journal,
	feed: Feed,
	locationId: string,
	contactId: string,
): Promise<void> => {
	const row = await journal.append(
		{
			locationId,
			type: "ContactUpdate",
			kind: "CONTACT_UPDATED",
			contactId,
			subjectId: null,
			occurredAt: null,
			receivedAt: 0,
			body: "{}",
		},
		[`w:${contactId}`],
	);
	if (!row) throw new Error(`expected ${contactId} to be new`);
	feed.publish(row);
	feed.advance(row.seq);
};

test.each([1, 2, 3, 4, 5])(
	"whatever the order of things (seed %i), nobody misses a change or sees one twice",
	async (seed) => {
		using sqlite = openSqlite(":memory:", [journalTables]);
		const journal = openJournal(sqlite);
		const feed = createFeed(journal, { queue: 8 });
		const chance = random(seed);
		const pick = <T>(from: readonly T[]) =>
			from[Math.floor(chance() * from.length)] as T;
		const logs = new Map<string, string[]>(LOCATIONS.map((id) => [id, []]));
		const logOf = (locationId: string) => logs.get(locationId) as string[];
		const readers: Reader[] = [];
		const count = { slow: 0, back: 0, live: 0 };

		const pull = async (reader: Reader): Promise<void> => {
			try {
				const { done, value } = await (reader.follower as Follower).next();
				if (done) return;
				reader.seen.push((value as ChangeEvent).contactId ?? "");
				reader.cursor = value.cursor;
			} catch (error) {
				expect(error).toMatchObject({ code: "SUBSCRIBER_TOO_SLOW" });
				expect((error as Failure).extensions.cursor).toBe(reader.cursor);
				reader.follower = undefined;
				count.slow++;
			} finally {
				reader.pulling = undefined;
			}
		};

		for (let step = 0; step < STEPS; step++) {
			const act = chance();
			const locationId = pick(LOCATIONS);
			if (act < 0.35) {
				const contactId = `${locationId}${step}`;
				logOf(locationId).push(contactId);
				await happen(journal, feed, locationId, contactId);
			} else if (act < 0.4) {
				const cursor = feed.cursor(locationId);
				readers.push({
					locationId,
					seen: [],
					cursor,
					from: logOf(locationId).length,
					follower: await feed.follow(locationId, null, {}),
					pulling: undefined,
				});
			} else if (readers.length) {
				// A few read much and most read little, so that some keep up and some fall behind.
				const reader = act < 0.8 ? pick(readers.slice(0, 5)) : pick(readers);
				if (!reader.follower) {
					reader.follower = await feed.follow(
						locationId === reader.locationId ? locationId : reader.locationId,
						reader.cursor,
						{},
					);
					count.back++;
				}
				if (chance() < 0.05 && !reader.pulling) {
					await reader.follower.return();
					reader.follower = undefined;
				} else if (!reader.pulling) {
					reader.pulling = pull(reader);
					// Those that wait for what is to come are left waiting.
					await setImmediate();
				}
			}
		}
		for (const reader of readers) {
			const wanted = logOf(reader.locationId).slice(reader.from);
			await setImmediate();
			while (reader.seen.length < wanted.length) {
				if (reader.pulling) await reader.pulling;
				else {
					reader.follower ??= await feed.follow(
						reader.locationId,
						reader.cursor,
						{},
					);
					await pull(reader);
				}
			}
			expect(reader.seen).toEqual(wanted);
			count.live++;
			await reader.follower?.return();
		}
		for (const [what, times] of Object.entries(count))
			expect(times, what).toBeGreaterThan(0);
	},
);

test("a filter passes what it names, and the place moves on past the rest", async () => {
	using sqlite = openSqlite(":memory:", [journalTables]);
	const journal = openJournal(sqlite);
	const feed = createFeed(journal, { queue: 8 });
	const start = feed.cursor("L");
	const live = await feed.follow("L", null, { contactIds: ["c7"] });
	for (let index = 0; index < 10; index++)
		await happen(journal, feed, "L", `c${index}`);
	expect((await live.next()).value.contactId).toBe("c7");
	const late = await feed.follow("L", start, { contactIds: ["c7"] });
	expect((await late.next()).value.contactId).toBe("c7");
	const waiting = late.next();
	late.end((cursor) => new Failure("SHUTTING_DOWN", cursor));
	await expect(waiting).rejects.toThrow(feed.cursor("L"));
	expect(await late.next()).toMatchObject({ done: true });
	await live.return();
});
