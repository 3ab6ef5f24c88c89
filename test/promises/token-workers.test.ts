/** Tokens never race: many processes, one refresh each; a process that dies at any step of a refresh costs no connection. */
import { describe, expect, test } from "vitest";
import { STORES } from "../support/stores.ts";
import { startWorkers } from "../support/token-workers.ts";

// The whole show is 8 workers, 500 expiries each, 1,000 locations: TOKENS_FULL=1.
const FULL = process.env.TOKENS_FULL === "1";
const WORKERS = FULL ? 8 : 4;
const EACH = FULL ? 500 : 60;
const LOCATIONS = FULL ? 1000 : 120;

const locationIds = (count: number) =>
	Array.from({ length: count }, (_, i) => `sandbox-location-${i + 1}`);

/** `EACH` different locations, beginning elsewhere for every worker, so that each location is wanted by several. */
const shareOf = (ids: readonly string[], worker: number): string[] =>
	Array.from(
		{ length: EACH },
		(_, i) => ids[(worker * Math.floor(LOCATIONS / WORKERS) + i) % LOCATIONS],
	) as string[];

const wantedBy = (ids: readonly string[]) => {
	const shares = Array.from({ length: WORKERS }, (_, w) => shareOf(ids, w));
	return { shares, wanted: new Set(shares.flat()) };
};

describe.each(STORES)("%s", (over) => {
	test(`${WORKERS} processes with ${EACH} ended tokens each over ${LOCATIONS} locations refresh each exactly once`, {
		timeout: 120_000,
	}, async () => {
		await using workers = await startWorkers(over, { locations: LOCATIONS });
		const ids = locationIds(LOCATIONS);
		await workers.seed(ids);
		const { shares, wanted } = wantedBy(ids);
		const all = await Promise.all(shares.map(() => workers.start()));
		const began = performance.now();
		const got = await Promise.all(
			all.map((worker, w) => worker.ask(shares[w] as string[])),
		);
		const tookMs = Math.round(performance.now() - began);

		const tallies = workers.sandbox.oauth.tallies();
		const counted = Object.values(tallies);
		expect(Object.keys(tallies).sort()).toEqual([...wanted].sort());
		expect(counted.every(({ refreshed }) => refreshed === 1)).toBe(true);
		expect(counted.every(({ repeated }) => repeated === 0)).toBe(true);
		expect(counted.every(({ refused }) => refused === 0)).toBe(true);
		for (const [w, tokens] of got.entries())
			for (const [i, token] of tokens.entries()) {
				const id = shares[w]?.[i] as string;
				const kept = () => workers.store.secrets({ kind: "location", id });
				await expect.poll(() => kept()?.accessToken).toBe(token);
			}
		if (FULL)
			console.log(
				`${counted.length} locations, ${WORKERS * EACH} waiting callers: ${counted.length} refreshes in ${tookMs} ms`,
			);
	});

	test("an agency's token is refreshed once for all processes that mint with it, and each location's is minted once", async () => {
		await using workers = await startWorkers(over, { locations: 40 });
		const ids = locationIds(40);
		const { companyId } = workers.sandbox.oauth;
		const now = Date.now();
		await workers.store.connect(
			{ kind: "company", id: companyId },
			{ ...workers.sandbox.oauth.issue("company"), expiresAt: now - 1 },
			{ companyId, now },
		);
		await workers.store.adopt(companyId, ids, { at: now, now });
		const all = await Promise.all([1, 2, 3].map(() => workers.start()));
		const got = await Promise.all(all.map((worker) => worker.ask(ids)));
		expect(new Set(got.flat()).size).toBe(40);
		const tallies = workers.sandbox.oauth.tallies();
		expect(tallies[companyId]).toMatchObject({ refreshed: 1, repeated: 0 });
		for (const id of ids) expect(tallies[id]).toMatchObject({ minted: 1 });
	});

	const LEASE = { leaseMs: 400, waitMs: 10_000 };
	const ID = "sandbox-location-1";

	test.each(["claimed", "answered", "saved"])(
		"a process that is killed once a renewal is %s costs no connection",
		async (step) => {
			await using workers = await startWorkers(over, {}, LEASE);
			await workers.seed([ID]);
			const doomed = await workers.start({ dieAt: step });
			await expect(doomed.ask([ID])).rejects.toThrow("SIGKILL");
			const next = await workers.start();
			const [token = ""] = await next.ask([ID]);
			expect(token).toMatch(/^sandbox-access-/);
			expect(workers.sandbox.oauth.tallies()[ID]).toMatchObject({
				refreshed: 1,
				repeated: step === "answered" ? 1 : 0,
				refused: 0,
			});
			expect(workers.store.get({ kind: "location", id: ID })?.refused).toBe(
				false,
			);
			await expect
				.poll(() => workers.store.secrets({ kind: "location", id: ID }))
				.toMatchObject({ accessToken: token });
			// The next refresh shows that the refresh token which was kept is the right one.
			workers.sandbox.oauth.expire(ID);
			await workers.store.connect(
				{ kind: "location", id: ID },
				{
					...(workers.store.secrets({ kind: "location", id: ID }) as {
						accessToken: string;
					}),
					scopes: [],
					expiresAt: 0,
				},
				{ companyId: undefined, now: Date.now() },
			);
			const [again = ""] = await next.ask([ID]);
			expect(again).toMatch(/^sandbox-access-/);
			expect(again).not.toBe(token);
		},
	);

	test("a process that is killed while HighLevel answers costs no connection", async () => {
		await using workers = await startWorkers(
			over,
			{ latencyMs: 300 },
			{ ...LEASE, leaseMs: 2000 },
		);
		await workers.seed([ID]);
		const doomed = await workers.start();
		const asked = doomed.ask([ID]).catch((error: Error) => error.message);
		const seen = () => workers.sandbox.oauth.tallies()[ID]?.refreshed === 1;
		await expect.poll(seen, { interval: 5, timeout: 5000 }).toBe(true);
		doomed.kill();
		expect(await asked).toContain("SIGKILL");
		const [token = ""] = await (await workers.start()).ask([ID]);
		expect(token).toMatch(/^sandbox-access-/);
		expect(workers.sandbox.oauth.tallies()[ID]).toMatchObject({
			refreshed: 1,
			repeated: 1,
			refused: 0,
		});
	});

	test("when nobody is there until the grace has passed, the agency's token mints another", async () => {
		let now = Date.now();
		await using workers = await startWorkers(over, { now: () => now }, LEASE);
		const { companyId } = workers.sandbox.oauth;
		await workers.store.connect(
			{ kind: "company", id: companyId },
			workers.sandbox.oauth.issue("company"),
			{ companyId, now },
		);
		await workers.seed([ID], companyId);
		const doomed = await workers.start({ dieAt: "answered" });
		await expect(doomed.ask([ID])).rejects.toThrow("SIGKILL");
		now += 31_000;
		const [token = ""] = await (await workers.start()).ask([ID]);
		expect(token).toMatch(/^sandbox-access-/);
		expect(workers.sandbox.oauth.tallies()[ID]).toMatchObject({
			refused: 1,
			minted: 1,
		});
	});
});
