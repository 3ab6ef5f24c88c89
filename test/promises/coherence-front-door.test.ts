/** What readers are shown over real sockets, while writers, webhooks and faults race with them, is never older than promised. */
import { LRUCache } from "lru-cache";
import { afterEach, expect, test, vi } from "vitest";
import { createCache } from "../../src/cache/cache.ts";
import type { InvalidationLog } from "../../src/cache/invalidation-log.ts";
import type { WriteNote } from "../../src/cache/recent-changes.ts";
import { createInvalidations } from "../../src/cache/tags.ts";
import { ValueCache } from "../../src/cache/value-cache.ts";
import { runFrontDoor } from "../support/race/front-door.ts";
import type { VirtualTime } from "../support/race/time.ts";

// Longer races: RACE_STEPS=1000000 npx vitest run test/promises/coherence-front-door.test.ts
const STEPS = Math.max(10_000, Number(process.env.RACE_STEPS ?? 0) / 5);
// Other stories: RACE_SEED=100.
const SEED = Number(process.env.RACE_SEED ?? 1);
const SEEDS = [SEED, SEED + 1];

test.each(SEEDS)(
	"in race %i at the front door no answer is older than an acknowledged write, an applied webhook or its bound, and none is of another location",
	{ timeout: 3_600_000 },
	async (seed) => {
		const { wrong, ...report } = await runFrontDoor({
			seed,
			steps: STEPS / SEEDS.length,
		});
		expect(wrong).toEqual([]);
		// A race in which nothing happens proves nothing.
		expect(report.answers).toBeGreaterThan(STEPS / SEEDS.length / 2);
		expect(report.free).toBeGreaterThan(report.answers / 5);
		expect(report.writes).toBeGreaterThan(300);
		expect(report.webhooks).toBeGreaterThan(300);
		expect(report.heard).toBeGreaterThan(300);
		expect(report.lost).toBeGreaterThan(50);
		expect(report.stale).toBeGreaterThan(5);
		expect(report.stats.values.overtaken).toBeGreaterThan(50);
		expect(report.stats.values.shared).toBeGreaterThan(50);
		expect(report.stats.answers.hits).toBeGreaterThan(100);
	},
);

afterEach(() => {
	vi.restoreAllMocks();
});

type Add = (tags: readonly string[], write: WriteNote | undefined) => void;

/** The one object behind every location's log of invalidations, in whichever gateway. */
const logs = (): InvalidationLog & { add: Add } =>
	Object.getPrototypeOf(createCache(createInvalidations()).touch("any"));

/** Invalidations that `by` is on the way of are handled by `instead`. */
const invalidating = (
	by: RegExp,
	instead: (
		tags: readonly string[],
		add: (tags: readonly string[]) => void,
	) => void,
): void => {
	const { add } = logs();
	vi.spyOn(logs(), "add").mockImplementation(function (
		this: InvalidationLog,
		tags,
		write,
	) {
		const really = (some: readonly string[]) => add.call(this, some, write);
		if (by.test(String(new Error().stack))) instead(tags, really);
		else really(tags);
	});
};

const MUTATION = /schema-kit\/mutation\.ts/;
const WEBHOOK = /changes\/apply\.ts/;

test.each<[string, (time: VirtualTime) => void]>([
	[
		"ignores the versions of tags",
		() => vi.spyOn(logs(), "invalidatedSince").mockReturnValue(false),
	],
	[
		"answers a mutation before its tags are invalidated",
		(time) =>
			invalidating(MUTATION, (tags, add) =>
				time.at(time.now() + 500, () => add(tags)),
			),
	],
	[
		"acknowledges a webhook before it is applied",
		(time) =>
			invalidating(WEBHOOK, (tags, add) =>
				time.at(time.now() + 500, () => add(tags)),
			),
	],
	[
		"leaves out what a webhook says of appointments",
		() =>
			invalidating(WEBHOOK, (tags, add) =>
				add(tags.filter((tag) => !/appointment/.test(tag))),
			),
	],
	[
		"keeps answers without the location in their keys",
		() => {
			const bare = (key: unknown) =>
				String(key).replace(/^sandbox-location-\d+\n/, "");
			const { get, set } = LRUCache.prototype;
			vi.spyOn(LRUCache.prototype, "get").mockImplementation(function (
				this: LRUCache<string, object>,
				key,
				...more
			) {
				return get.call(this, bare(key), ...more);
			});
			vi.spyOn(LRUCache.prototype, "set").mockImplementation(function (
				this: LRUCache<string, object>,
				key,
				...more
			) {
				return set.call(this, bare(key), ...more);
			});
		},
	],
	[
		"keeps values for ever",
		() =>
			vi
				.spyOn(ValueCache.prototype, "ttlOf")
				.mockReturnValue(Number.POSITIVE_INFINITY),
	],
])(
	"the race catches a gateway that %s",
	{ timeout: 120_000 },
	async (_, plant) => {
		const { wrong } = await runFrontDoor({
			seed: 1,
			steps: 10_000,
			mostWrong: 1,
			plant,
		});
		expect(wrong).not.toEqual([]);
	},
);
