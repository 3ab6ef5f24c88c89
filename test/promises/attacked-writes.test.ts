/**
 * Keyed writes at two processes of one directory, with 30 % of the answers hidden, processes killed, a disk that fills up
 * and another app that wrote the same before: what is told is what was made.
 */
import { expect, test } from "vitest";
import { attackWrites } from "../support/write-attack.ts";

// Before a release: WRITE_INTENTIONS=5000 npx vitest run test/promises/attacked-writes.test.ts
const INTENTIONS = Number(process.env.WRITE_INTENTIONS ?? 200);

test(`of ${INTENTIONS} keyed writes under attack none is told wrongly, doubled, lost or taken for another's`, async () => {
	const verdict = await attackWrites({
		intentions: INTENTIONS,
		killEveryMs: 3000,
		fillEveryMs: 3000,
	});
	if (process.env.WRITE_INTENTIONS) console.log(JSON.stringify(verdict));
	const { done, refused, unknown, wrong, doubled, lost, claimed } = verdict;
	expect({ wrong, doubled, lost, claimed }).toEqual({
		wrong: [],
		doubled: [],
		lost: [],
		claimed: [],
	});
	if (unknown.length > INTENTIONS / 1000) expect(unknown).toEqual([]);
	expect(done + refused + unknown.length).toBe(INTENTIONS);
	// It was an attack.
	expect(verdict.kills).toBeGreaterThan(0);
	expect(verdict.fills).toBeGreaterThan(0);
	expect(verdict.replayed).toBeGreaterThan(0);
}, 900_000);
