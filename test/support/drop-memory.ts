/** Drops ever new names as days of changes do and prints what the process holds for them, in bytes. */
import { createCache } from "../../src/cache/cache.ts";
import { createNames, NAME } from "../../src/change.ts";

const [drops = 0, everyMs = 0] = process.argv.slice(2).map(Number);
let now = Date.UTC(2026, 10, 20);
const names = createNames();
const cache = createCache(names, { now: () => now });

const held = () => {
	for (let time = 0; time < 3; time++) globalThis.gc?.();
	return process.memoryUsage().heapUsed;
};

const before = held();
for (let n = 0; n < drops; n++) {
	now += everyMs;
	names.drop("sandbox-location-1", [NAME.contact(`contact-${n}`)]);
}
const heldBytes = held() - before;
process.stdout.write(JSON.stringify({ heldBytes, drops: cache.stats().drops }));
