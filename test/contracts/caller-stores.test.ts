/** What every store promises of callers' tokens, journeys to the consent page and lists of agencies; each is a row. */
import { describe, expect, test } from "vitest";
import { STORES } from "../support/stores.ts";

const DAY_MS = 86_400_000;
const token = (id: string, mintedAt: number) => ({
	id,
	subject: "ada",
	locations: ["L", "M"],
	scopes: ["contacts.readonly"],
	mintedAt,
	expiresAt: mintedAt + 1000,
});
const ABOUT = { browser: "b", subject: "ada", expiresAt: 5000 };

describe.each(STORES)("%s", (_, open) => {
	test("callers' tokens are listed newest first until they expire", async () => {
		await using opened = await open();
		const { callers } = opened.store;
		await callers.add(token("t1", 1000));
		await callers.add(token("t2", 1500));
		const next = (await opened.reopen()).callers;
		expect(next.list(1999)).toEqual([
			{ ...token("t2", 1500), revokedAt: undefined },
			{ ...token("t1", 1000), revokedAt: undefined },
		]);
		expect(next.list(2000).map(({ id }) => id)).toEqual(["t2"]);
		await next.add(token("t3", 2000 + DAY_MS + 1));
		expect(next.list(0).map(({ id }) => id)).toEqual(["t3", "t2"]);
	});

	test("a token that is revoked is refused by every process as soon as that is answered, also one that was never minted here", async () => {
		await using opened = await open();
		const { callers } = opened.store;
		const other = (await opened.beside()).callers;
		await callers.add(token("t1", 1000));
		await callers.add(token("t2", 1000));
		expect(other.isRevoked("t1")).toBe(false);
		const done = await Promise.all(
			[callers, other].map((one) => one.revoke("t1", 1200)),
		);
		expect(done.toSorted()).toEqual([false, true]);
		expect(await other.revoke("foreign", 1200)).toBe(true);
		for (const one of [callers, other, (await opened.beside()).callers]) {
			expect(one.isRevoked("t1")).toBe(true);
			expect(one.isRevoked("foreign")).toBe(true);
			expect(one.isRevoked("t2")).toBe(false);
			expect(one.list(0)).toHaveLength(2);
			expect(one.list(0).find(({ id }) => id === "t1")?.revokedAt).toBe(1200);
		}
	});

	test("a journey to the consent page ends once, for its own browser, in its time, at any process", async () => {
		await using opened = await open();
		const states = opened.store.connectStates;
		const other = (await opened.beside()).connectStates;
		for (const state of ["s1", "s2", "s3"]) await states.put(state, ABOUT, 0);
		expect(await other.take("unknown", "b", 1000)).toBeUndefined();
		const taken = await Promise.all(
			[states, other, states].map((one) => one.take("s1", "b", 1000)),
		);
		expect(taken.filter(Boolean)).toEqual([{ subject: "ada" }]);
		expect(await other.take("s2", "c", 1000)).toBeUndefined();
		expect(await states.take("s2", "b", 1000)).toBeUndefined();
		expect(await other.take("s3", "b", 5000)).toBeUndefined();
		await other.done("s1", { ...ABOUT, connected: "L" });
		for (const one of [states, other]) {
			expect(await one.take("s1", "b", 4999)).toEqual({
				subject: "ada",
				connected: "L",
			});
			expect(await one.take("s1", "c", 4999)).toBeUndefined();
		}
		await states.put("s4", { ...ABOUT, expiresAt: 9000 }, 5000);
		expect(await states.take("s1", "b", 0)).toBeUndefined();
	});

	test("an agency's list is asked for by one process at a time, when it is due", async () => {
		await using opened = await open();
		const lists = opened.store.installedLists;
		const other = (await opened.beside()).installedLists;
		await lists.begin("C", 1000);
		await lists.begin("D", 9000);
		await expect.poll(() => other.due(1000)).toEqual(["C"]);
		expect(await other.claim("none", { now: 1, leaseMs: 1 })).toBeUndefined();
		expect(await other.claim("D", { now: 1000, leaseMs: 500 })).toBeUndefined();
		const claims = await Promise.all(
			[lists, other, lists].map((one) =>
				one.claim("C", { now: 1000, leaseMs: 500 }),
			),
		);
		expect(claims.filter(Boolean)).toEqual([
			{ companyId: "C", tries: 0, error: undefined, errorAt: undefined },
		]);
		await lists.done("C", { now: 1200, dueAt: 2000, error: "down" });
		await expect
			.poll(() => other.all().get("C"))
			.toEqual({ companyId: "C", tries: 1, error: "down", errorAt: 1200 });
		expect(other.due(1999)).toEqual([]);
		expect(await other.claim("C", { now: 2000, leaseMs: 500 })).toMatchObject({
			tries: 1,
		});
		await other.done("C", { now: 2100, dueAt: 9000 });
		expect(other.all().get("C")).toEqual({
			companyId: "C",
			tries: 0,
			error: undefined,
			errorAt: undefined,
		});
		await other.forget("C");
		await other.done("C", { now: 2200, dueAt: 9000 });
		const next = (await opened.reopen()).installedLists;
		expect([...next.all().keys()]).toEqual(["D"]);
	});
});
