/** No answer is older than a change that its reader could have heard of, whatever races with whatever. */
import { afterEach, expect, test, vi } from "vitest";
import type { Cache } from "../../src/cache/cache.ts";
import type { InvalidationLog } from "../../src/cache/invalidation-log.ts";
import type { WriteNote } from "../../src/cache/recent-changes.ts";
import { CacheSession } from "../../src/cache/session.ts";
import { ValueCache } from "../../src/cache/value-cache.ts";
import { type RaceOptions, runRace } from "../support/race/race.ts";

// Longer races: RACE_STEPS=1000000 npx vitest run test/promises/coherence.test.ts
const STEPS = Math.max(75_000, Number(process.env.RACE_STEPS ?? 0));
// Another story: RACE_SEED=100, from which each race has its own.
const SEED = Number(process.env.RACE_SEED ?? 1);
const RACES = [
	{ seed: SEED, what: "calls as fast as usual" },
	{ seed: SEED + 1, slow: true, what: "some calls very slow" },
	{ seed: SEED + 2, steady: true, what: "contacts that stay" },
];

test.each(RACES)(
	"with $what no answer is older than an acknowledged write, an applied webhook or its bound, and none is of another location",
	{ timeout: 600_000 },
	async ({ what: _, ...race }) => {
		const steps = Math.ceil(STEPS / RACES.length);
		const { wrong, ...report } = await runRace({ ...race, steps });
		expect(wrong).toEqual([]);
		// A race in which nothing happens proves nothing.
		expect(report.answers).toBeGreaterThan(steps / 2);
		expect(report.given).toBeGreaterThan(100);
		expect(report.stale).toBeGreaterThan(10);
		expect(report.lost).toBeGreaterThan(100);
		expect(report.stats.values.overtaken).toBeGreaterThan(100);
		expect(report.stats.values.shared).toBeGreaterThan(100);
	},
);

afterEach(() => {
	vi.restoreAllMocks();
});

/** The one object behind every location's log, so that a fault can be planted in all of them. */
const logsOf = (cache: Cache): InvalidationLog =>
	Object.getPrototypeOf(cache.touch("any"));

/** Tags that match are invalidated in vain. */
const forgetting = (cache: Cache, tags: RegExp): void => {
	const log = logsOf(cache) as Adding;
	const { add } = log;
	vi.spyOn(log, "add").mockImplementation(function (this: Adding, all, write) {
		add.call(
			this,
			all.filter((tag) => !tags.test(tag)),
			write,
		);
	});
};

interface Adding extends InvalidationLog {
	add(tags: readonly string[], write: WriteNote | undefined): void;
}

// A race is the same each time, so what takes it long to meet takes it long each time: it asks for what shows it then.
const PLACES = ["older", "younger"];

test.each<
	[string, (cache: Cache) => void, Pick<RaceOptions, "steady" | "queries">?]
>([
	[
		"ignores the versions of names",
		(cache) =>
			vi.spyOn(logsOf(cache), "invalidatedSince").mockReturnValue(false),
	],
	[
		"stamps a value when it lands, not when it was asked for",
		() => {
			const { keep } = ValueCache.prototype;
			vi.spyOn(ValueCache.prototype, "keep").mockImplementation(function (
				this: ValueCache,
				log,
				key,
				entry,
			) {
				keep.call(this, log, key, { ...entry, seq: log.seq });
			});
		},
	],
	[
		"trusts search right after a change",
		(cache) =>
			vi.spyOn(logsOf(cache), "tagInvalidatedSince").mockReturnValue(false),
	],
	[
		"waits for reads that began before the last drop",
		() => {
			// Looked at twice: before it is waited for, and when it has landed.
			vi.spyOn(CacheSession.prototype, "isCurrent").mockReturnValue(true);
			const { inFlight } = CacheSession.prototype;
			vi.spyOn(CacheSession.prototype, "inFlight").mockImplementation(function (
				this: CacheSession,
				key,
			) {
				const moved = vi
					.spyOn(Object.getPrototypeOf(this.log), "invalidatedSince")
					.mockReturnValue(false);
				try {
					return inFlight.call(this, key);
				} finally {
					moved.mockRestore();
				}
			});
		},
		{ queries: ["page", "allTasks"] },
	],
	[
		"believes what it waited for, whatever changed on the way",
		() => vi.spyOn(CacheSession.prototype, "isCurrent").mockReturnValue(true),
		{ queries: ["page", "allTasks"] },
	],
	[
		"keeps values for ever",
		() =>
			vi
				.spyOn(ValueCache.prototype, "ttlOf")
				.mockReturnValue(Number.POSITIVE_INFINITY),
	],
	[
		"forgets which list an appointment is in",
		(cache) => forgetting(cache, /^contact\/.*\/appointments$/),
	],
	[
		"forgets appointments that are read by their ids",
		(cache) => forgetting(cache, /^appointment\//),
	],
	[
		"forgets what went with a deleted contact",
		(cache) => forgetting(cache, /^appointments$/),
	],
	[
		"forgets the lists of tasks",
		(cache) => forgetting(cache, /^tasks$/),
		{ queries: ["allTasks", "someTasks"] },
	],
	[
		"forgets edits of contacts whose place nobody told",
		(cache) => forgetting(cache, /^contacts\/members$/),
		{ steady: true, queries: PLACES },
	],
	[
		"forgets pages that whoever was edited belongs to",
		(cache) => forgetting(cache, /^contacts\/added\//),
		{ steady: true, queries: PLACES },
	],
	[
		"trusts a page that lacks somebody who was edited right before",
		(cache) =>
			vi.spyOn(logsOf(cache), "invalidatedByOthers").mockReturnValue(false),
		{ steady: true, queries: PLACES },
	],
])(
	"the race catches a cache that %s",
	{
		// It waits for nothing: its end is its number of steps, whatever a busy machine takes for them.
		timeout: 60_000,
	},
	async (_, plant, race) => {
		const { wrong } = await runRace({
			seed: 1,
			steps: 60_000,
			mostWrong: 1,
			plant,
			...race,
		});
		expect(wrong).not.toEqual([]);
	},
);
