/** Drops are remembered with all they dropped, so that a change of somebody a page shows is told from one of another. */
import { expect, test } from "vitest";
import { watchDrops } from "../../src/cache/drops.ts";
import { createNames, NAME } from "../../src/change.ts";

const LOCATION = "L";
const MINE = [NAME.contact("a"), NAME.contact("b"), "block/1", "block/2"];
const SHOWN = [NAME.contact("a"), NAME.contact("b")];

const start = () => {
	const names = createNames();
	const clock = { now: 1_000_000 };
	const drops = watchDrops(names, { now: () => clock.now, keptMs: 3_600_000 });
	return {
		clock,
		drop: (...dropped: string[]) => names.drop(LOCATION, dropped),
		/** Whether anybody else changed what concerns the page within the last so many milliseconds. */
		byOthers: (withinMs: number, shown = SHOWN) =>
			drops.of(LOCATION).droppedByOthers(MINE, clock.now - withinMs, shown),
	};
};

test("a change of those who are shown is no change by others", () => {
	const { drop, byOthers } = start();
	drop(NAME.contact("a"), "block/1");
	drop(NAME.contact("a"), NAME.contact("b"), "block/2");
	expect(byOthers(1000)).toBe(false);
	expect(byOthers(1000, [NAME.contact("a")])).toBe(true);
	expect(byOthers(1000, [])).toBe(true);
});

test("a change of another in the same block is one by others, also when one who is shown changed after", () => {
	const { clock, drop, byOthers } = start();
	drop(NAME.contact("c"), "block/1");
	clock.now += 10;
	drop(NAME.contact("a"), "block/1");
	expect(byOthers(1000)).toBe(true);
	// The other's was longer ago.
	expect(byOthers(10)).toBe(false);
});

test("a change of several at once is one by others unless all are shown", () => {
	const { drop, byOthers } = start();
	drop(NAME.contact("a"), NAME.contact("c"), "block/1");
	expect(byOthers(1000)).toBe(true);
});

test("what concerns no contact by name, is one by others", () => {
	const { drop, byOthers } = start();
	drop("block/1");
	expect(byOthers(1000)).toBe(true);
});

test("what concerns another part is none", () => {
	const { drop, byOthers } = start();
	drop(NAME.contact("c"), "block/3");
	drop(NAME.tasksOf("c"), NAME.notesOf("a"));
	expect(byOthers(1000)).toBe(false);
});

test("beyond what is remembered any change counts as one by others", () => {
	const { clock, drop, byOthers } = start();
	drop(NAME.contact("a"), "block/1");
	for (let n = 0; n < 2_000; n++) {
		clock.now++;
		drop(NAME.contact(`other ${n}`));
	}
	expect(byOthers(10_000)).toBe(true);
	// Nothing of that time was forgotten.
	expect(byOthers(2_000)).toBe(false);
});

test("a minute later it is forgotten", () => {
	const { clock, drop, byOthers } = start();
	drop(NAME.contact("a"), "block/1");
	clock.now += 61_000;
	drop(NAME.contact("c"));
	expect(byOthers(61_000)).toBe(false);
	expect(byOthers(120_000)).toBe(true);
});
