/** Keeps whole answers among many that are not kept, as a running gateway does, and prints what is counted and what is held. */
import { createCache } from "../../src/cache/cache.ts";
import { ANY_AGE } from "../../src/cache/session.ts";
import { createInvalidations } from "../../src/cache/tags.ts";

const [answers = 0, ceiling = 0] = process.argv.slice(2).map(Number);
const cache = createCache(createInvalidations(), { bytes: ceiling });
const LOCATION = "sandbox-location-1";
const BYTES = 3000;

const held = () => {
	for (let time = 0; time < 3; time++) globalThis.gc?.();
	return process.memoryUsage().arrayBuffers;
};

const answer = (n: number): Buffer =>
	Buffer.concat([Buffer.from(`{"data":${n},"pad":"`), Buffer.alloc(BYTES)]);

const before = held();
for (let n = 0; n < answers; n++) {
	// Asked for the first time, or not to be kept for another reason.
	for (let other = 0; other < 9; other++) answer(other);
	cache.responses.keep(cache.session(LOCATION), `q${n}`, {
		bytes: answer(n),
		dataBytes: BYTES,
		operation: "query",
		operationName: undefined,
		endsWith: ',"extensions":{}}',
	});
	// Every other is given again.
	if (n % 2) cache.responses.find(cache.touch(LOCATION), `q${n}`, ANY_AGE);
}
const heldBytes = held() - before;
process.stdout.write(
	JSON.stringify({ counted: cache.stats().bytes, heldBytes }),
);
