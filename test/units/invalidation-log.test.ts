/** Drops are remembered with all they dropped, so that a change of somebody a page shows is told from one of another. */
import { expect, test } from "vitest";
import { createInvalidationLogs } from "../../src/cache/invalidation-log.ts";
import { createInvalidations, TAG } from "../../src/cache/tags.ts";

const LOCATION = "L";
const MINE = [TAG.contact("a"), TAG.contact("b"), "block/1", "block/2"];
const SHOWN = [TAG.contact("a"), TAG.contact("b")];

const start = () => {
	const names = createInvalidations();
	const clock = { now: 1_000_000 };
	const drops = createInvalidationLogs(names, {
		now: () => clock.now,
		keptMs: 3_600_000,
		searchLagMs: 15_000,
	});
	return {
		clock,
		drop: (...dropped: string[]) => names.invalidate(LOCATION, dropped),
		/** Whether anybody else changed what concerns the page within the last so many milliseconds. */
		byOthers: (withinMs: number, shown = SHOWN) =>
			drops.of(LOCATION).invalidatedByOthers(MINE, clock.now - withinMs, shown),
	};
};

test("a change of those who are shown is no change by others", () => {
	const { drop, byOthers } = start();
	drop(TAG.contact("a"), "block/1");
	drop(TAG.contact("a"), TAG.contact("b"), "block/2");
	expect(byOthers(1000)).toBe(false);
	expect(byOthers(1000, [TAG.contact("a")])).toBe(true);
	expect(byOthers(1000, [])).toBe(true);
});

test("a change of another in the same block is one by others, also when one who is shown changed after", () => {
	const { clock, drop, byOthers } = start();
	drop(TAG.contact("c"), "block/1");
	clock.now += 10;
	drop(TAG.contact("a"), "block/1");
	expect(byOthers(1000)).toBe(true);
	// The other's was longer ago.
	expect(byOthers(10)).toBe(false);
});

test("a change of several at once is one by others unless all are shown", () => {
	const { drop, byOthers } = start();
	drop(TAG.contact("a"), TAG.contact("c"), "block/1");
	expect(byOthers(1000)).toBe(true);
});

test("what concerns no contact by name, is one by others", () => {
	const { drop, byOthers } = start();
	drop("block/1");
	expect(byOthers(1000)).toBe(true);
});

test("what concerns another part is none", () => {
	const { drop, byOthers } = start();
	drop(TAG.contact("c"), "block/3");
	drop(`${TAG.contact("c")}/tasks`, `${TAG.contact("a")}/notes`);
	expect(byOthers(1000)).toBe(false);
	// Beside one's own change, which is a reason to look at all of them.
	drop(TAG.contact("a"), "block/1");
	expect(byOthers(1000)).toBe(false);
});

test("beyond what is remembered any change counts as one by others", () => {
	const { clock, drop, byOthers } = start();
	drop(TAG.contact("a"), "block/1");
	for (let n = 0; n < 2_000; n++) {
		clock.now++;
		drop(TAG.contact(`other ${n}`));
	}
	expect(byOthers(10_000)).toBe(true);
	// Nothing of that time was forgotten.
	expect(byOthers(2_000)).toBe(false);
});

test("a minute later it is forgotten", () => {
	const { clock, drop, byOthers } = start();
	drop(TAG.contact("a"), "block/1");
	clock.now += 61_000;
	drop(TAG.contact("c"));
	expect(byOthers(61_000)).toBe(false);
	expect(byOthers(120_000)).toBe(true);
});
