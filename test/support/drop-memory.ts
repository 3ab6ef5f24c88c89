/** Drops ever new names as days of edited contacts do and prints what the process holds for them, in bytes. */
import { createCache } from "../../src/cache/cache.ts";
import { createInvalidations } from "../../src/cache/tags.ts";
import { tagsOfChanged } from "../../src/entities/contact/invalidation.ts";

// A contact was added every half a minute for a month.
const ADDED = 100_000;
const ADDED_EVERY_MS = 30_000;

const [drops = 0, everyMs = 0] = process.argv.slice(2).map(Number);
let now = Date.UTC(2026, 10, 20);
const names = createInvalidations();
const cache = createCache(names, { now: () => now });

const held = () => {
	for (let time = 0; time < 3; time++) globalThis.gc?.();
	return process.memoryUsage().heapUsed;
};

const before = held();
for (let n = 0; n < drops; n++) {
	now += everyMs;
	// Far from the one before.
	const added = now - ((n * 7919) % ADDED) * ADDED_EVERY_MS;
	names.invalidate(
		"sandbox-location-1",
		tagsOfChanged(`contact-${n}`, new Date(added).toISOString()),
	);
}
const heldBytes = held() - before;
process.stdout.write(
	JSON.stringify({ heldBytes, invalidations: cache.stats().invalidations }),
);
