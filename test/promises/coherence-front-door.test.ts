/** What readers are shown over real sockets, while writers, webhooks and faults race with them, is never older than promised. */
import { LRUCache } from "lru-cache";
import { afterEach, expect, test, vi } from "vitest";
import { createCache } from "../../src/cache/cache.ts";
import type { InvalidationLog } from "../../src/cache/invalidation-log.ts";
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

interface Dropping extends InvalidationLog {
	drop(names: readonly string[]): void;
}

/** The one object behind every location's drops, in whichever gateway. */
const places = (): Dropping =>
	Object.getPrototypeOf(createCache(createInvalidations()).touch("any"));

/** Drops whose names `by` is on the way of, are handled by `instead`. */
const dropping = (
	by: RegExp,
	instead: (names: readonly string[], drop: Dropping["drop"]) => void,
): void => {
	const { drop } = places();
	vi.spyOn(places(), "drop").mockImplementation(function (
		this: Dropping,
		names,
	) {
		const really: Dropping["drop"] = (some) => drop.call(this, some);
		if (by.test(String(new Error().stack))) instead(names, really);
		else really(names);
	});
};

const MUTATION = /graphql\/mutation\.ts/;
const WEBHOOK = /webhooks\/apply\.ts/;

test.each<[string, (time: VirtualTime) => void]>([
	[
		"ignores the versions of names",
		() => vi.spyOn(places(), "invalidatedSince").mockReturnValue(false),
	],
	[
		"answers a mutation before its names are dropped",
		(time) =>
			dropping(MUTATION, (names, drop) =>
				time.at(time.now() + 500, () => drop(names)),
			),
	],
	[
		"acknowledges a webhook before it is applied",
		(time) =>
			dropping(WEBHOOK, (names, drop) =>
				time.at(time.now() + 500, () => drop(names)),
			),
	],
	[
		"leaves out what a webhook says of appointments",
		() =>
			dropping(WEBHOOK, (names, drop) =>
				drop(names.filter((name) => !/appointment/.test(name))),
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
