/** What every token store promises; each implementation is a row. */
import { describe, expect, test } from "vitest";
import { createSeal } from "../../src/store/seal.ts";
import type { Store } from "../../src/store/store.ts";
import type { TokenStore } from "../../src/store/tokens.ts";
import { STORES } from "../support/stores.ts";

const OLD_KEY = new Uint8Array(32).fill(1);
const SEAL = createSeal([OLD_KEY]);
const HOLDER = { kind: "location", id: "L" } as const;
const COMPANY = { kind: "company", id: "C" } as const;
const TOKENS = {
	accessToken: "a1",
	refreshToken: "r1",
	scopes: ["contacts.readonly", "contacts.write"],
	expiresAt: 5000,
};
const LEASE = { now: 2000, leaseMs: 1000 };

const tokensOf = (store: Store): TokenStore => store.tokens(SEAL);

const connect = (tokens: TokenStore, holder: typeof HOLDER | typeof COMPANY) =>
	tokens.connect(holder, TOKENS, {
		companyId: holder === COMPANY ? "C" : undefined,
		now: 1000,
	});

describe.each(STORES)("%s", (_, open) => {
	test("what was connected is there for every process, and for the next one", async () => {
		await using opened = await open();
		const tokens = tokensOf(opened.store);
		const other = tokensOf(await opened.beside());
		expect(tokens.get(HOLDER)).toBeUndefined();
		expect(tokens.secrets(HOLDER)).toBeUndefined();
		await connect(tokens, HOLDER);
		const next = tokensOf(await opened.reopen());
		for (const one of [other, next]) {
			expect(one.get(HOLDER)).toMatchObject({
				...HOLDER,
				companyId: undefined,
				minted: false,
				scopes: TOKENS.scopes,
				expiresAt: 5000,
				generation: 1000,
				connectedAt: 1000,
				ownedAt: 1000,
				renewedAt: undefined,
				error: undefined,
				refused: false,
			});
			expect(one.secrets(HOLDER)).toEqual({
				accessToken: "a1",
				refreshToken: "r1",
			});
			expect(one.all()).toEqual([one.get(HOLDER)]);
		}
	});

	test("one process at a time has the right to renew, until its lease ends, and a generation is renewed once", async () => {
		await using opened = await open();
		const tokens = tokensOf(opened.store);
		const other = tokensOf(await opened.beside());
		expect(await tokens.claim(HOLDER, 1, "a", LEASE)).toBe("gone");
		await connect(tokens, HOLDER);
		const claims = await Promise.all(
			[tokens, other, tokens, other].map((one, index) =>
				one.claim(HOLDER, 1000, `p${index}`, LEASE),
			),
		);
		expect(claims.filter((claim) => claim === "busy")).toHaveLength(3);
		expect(claims.find((claim) => claim !== "busy")).toMatchObject({
			row: { generation: 1000 },
			secrets: { accessToken: "a1", refreshToken: "r1" },
		});
		expect(other.abandoned(2999)).toEqual([]);
		await expect.poll(() => other.abandoned(3000)).toEqual([HOLDER]);
		expect(
			await other.claim(HOLDER, 1000, "late", { now: 3000, leaseMs: 1000 }),
		).toMatchObject({ secrets: { refreshToken: "r1" } });
		const renewed = { ...TOKENS, accessToken: "a2", expiresAt: 9000 };
		const done = await Promise.all(
			[other, tokens].map((one) => one.renew(HOLDER, 1000, renewed, 3500)),
		);
		expect(done.toSorted()).toEqual([false, true]);
		for (const one of [tokens, other]) {
			await expect.poll(() => one.generation(HOLDER)).toBe(1001);
			expect(one.get(HOLDER)).toMatchObject({
				expiresAt: 9000,
				renewedAt: 3500,
			});
			expect(one.secrets(HOLDER)?.accessToken).toBe("a2");
			expect(one.abandoned(99_999)).toEqual([]);
			expect(await one.claim(HOLDER, 1000, "a", LEASE)).toBe("moved");
		}
	});

	test("a refresh token that came alone is kept under the claim, and only by who has it", async () => {
		await using opened = await open();
		const tokens = tokensOf(opened.store);
		await connect(tokens, HOLDER);
		await tokens.claim(HOLDER, 1000, "a", LEASE);
		await tokens.keepRefreshToken(HOLDER, "b", "stolen");
		expect(tokens.secrets(HOLDER)?.refreshToken).toBe("r1");
		await tokens.keepRefreshToken(HOLDER, "a", "r2");
		expect(tokens.secrets(HOLDER)).toEqual({
			accessToken: "a1",
			refreshToken: "r2",
		});
		expect(await tokens.claim(HOLDER, 1000, "b", LEASE)).toBe("busy");
	});

	test("a renewal that failed says why, is tried again in its time, and not at all once it is refused", async () => {
		await using opened = await open();
		const tokens = tokensOf(opened.store);
		await connect(tokens, HOLDER);
		await tokens.claim(HOLDER, 1000, "a", LEASE);
		const failure = { error: "down", refused: false, retryAt: 6000, now: 2500 };
		await tokens.release(HOLDER, "b", failure);
		expect(tokens.get(HOLDER)?.tries).toBe(0);
		await tokens.release(HOLDER, "a", failure);
		expect(tokens.get(HOLDER)).toMatchObject({
			error: "down",
			errorAt: 2500,
			refused: false,
			retryAt: 6000,
			tries: 1,
		});
		expect(tokens.failing(5999, 10)).toEqual([]);
		expect(tokens.failing(6000, 10)).toEqual([HOLDER]);
		expect(tokens.failing(6000, 0)).toEqual([]);
		await tokens.claim(HOLDER, 1000, "a", { now: 6000, leaseMs: 1000 });
		expect(tokens.failing(6500, 10)).toEqual([]);
		await tokens.release(HOLDER, "a", { ...failure, refused: true, now: 6600 });
		expect(tokens.get(HOLDER)).toMatchObject({ refused: true, tries: 2 });
		expect(tokens.failing(9999, 10)).toEqual([]);
		await connect(tokens, HOLDER);
		expect(tokens.get(HOLDER)).toMatchObject({
			refused: false,
			tries: 0,
			error: undefined,
			generation: 1001,
		});
	});

	test("an access token that is worth nothing ends at once, only in its generation", async () => {
		await using opened = await open();
		const tokens = tokensOf(opened.store);
		await connect(tokens, HOLDER);
		await tokens.end(HOLDER, 999, { now: 1500 });
		expect(tokens.get(HOLDER)?.expiresAt).toBe(5000);
		await tokens.end(HOLDER, 1000, { now: 1500 });
		expect(tokens.get(HOLDER)).toMatchObject({ expiresAt: 1500, retryAt: 0 });
		await tokens.end(HOLDER, 1000, { now: 9000, retryAt: 9500, error: "no" });
		expect(tokens.get(HOLDER)).toMatchObject({
			expiresAt: 1500,
			retryAt: 9500,
			error: "no",
			errorAt: 9000,
		});
	});

	test("a company's locations are adopted once, the newest word says whose they are, and what the former owner minted goes", async () => {
		await using opened = await open();
		const tokens = tokensOf(opened.store);
		await connect(tokens, HOLDER);
		const adopt = (company: string, ids: string[], at: number) =>
			tokens.adopt(company, ids, { at, now: at });
		expect(await adopt("C", ["L", "M", "N"], 2000)).toEqual(["M", "N"]);
		const of = (id: string) => tokens.get({ kind: "location", id });
		expect(of("L")).toMatchObject({ companyId: "C", minted: false });
		expect(tokens.secrets(HOLDER)?.accessToken).toBe("a1");
		expect(of("M")).toMatchObject({ companyId: "C", minted: true, scopes: [] });
		const m = { kind: "location", id: "M" } as const;
		await tokens.renew(m, 2000, TOKENS, 2100);
		expect(tokens.secrets(m)?.accessToken).toBe("a1");
		expect(await adopt("D", ["M"], 1999)).toEqual([]);
		expect(of("M")?.companyId).toBe("C");
		await tokens.reinstalled("M", 3000);
		expect(await adopt("D", ["M"], 2999)).toEqual([]);
		expect(of("M")?.companyId).toBe("C");
		expect(await adopt("D", ["M"], 3001)).toEqual([]);
		expect(of("M")).toMatchObject({
			companyId: "D",
			expiresAt: 0,
			generation: 2002,
		});
		expect(tokens.secrets(m)).toBeUndefined();
	});

	test("a minted location goes when two lists in a row are without it", async () => {
		await using opened = await open();
		const tokens = tokensOf(opened.store);
		await connect(tokens, HOLDER);
		await tokens.adopt("C", ["M", "N", "O"], { at: 2000, now: 2000 });
		const compare = (ids: string[], at: number) => tokens.compare("C", ids, at);
		expect(await compare([], 1999)).toEqual({ gone: [], missing: 0 });
		expect(await compare(["M"], 3000)).toEqual({ gone: [], missing: 2 });
		expect(await compare(["N"], 4000)).toEqual({
			gone: [{ kind: "location", id: "O" }],
			missing: 1,
		});
		expect(tokens.all().map(({ id }) => id)).toEqual(["L", "M", "N"]);
	});

	test("what is forgotten takes along what was minted from it, and leaves what was made or confirmed later", async () => {
		await using opened = await open();
		const tokens = tokensOf(opened.store);
		const other = tokensOf(await opened.beside());
		await connect(tokens, COMPANY);
		await connect(tokens, HOLDER);
		await tokens.adopt("C", ["M", "N"], { at: 1000, now: 1000 });
		await tokens.reinstalled("N", 5000);
		expect(await tokens.forget(COMPANY, 999)).toEqual([]);
		expect(await tokens.forget(HOLDER, 4000, "D")).toEqual([HOLDER]);
		expect((await tokens.forget(COMPANY, 4000)).map(({ id }) => id)).toEqual([
			"C",
			"M",
		]);
		for (const one of [tokens, other])
			expect(one.all().map(({ id }) => id)).toEqual(["N"]);
		const n = { kind: "location", id: "N" } as const;
		expect(await tokens.forget(n, 6000, "D")).toEqual([]);
		expect(await tokens.forget(n, 6000, "C")).toEqual([n]);
	});

	test("an INSTALL that came too early is taken once, by its company or whoever comes first, for a day", async () => {
		await using opened = await open();
		const tokens = tokensOf(opened.store);
		await tokens.awaitInstall("old", "C", 1000);
		await tokens.awaitInstall("M", "C", 90_000_000);
		await tokens.awaitInstall("M", undefined, 90_000_001);
		await tokens.awaitInstall("N", undefined, 90_000_000);
		await tokens.awaitInstall("O", "D", 90_000_000);
		await tokens.awaitInstall("P", "C", 90_000_000);
		await tokens.forget({ kind: "location", id: "P" }, 90_000_000);
		const taken = (
			await Promise.all([1, 2].map(() => tokens.takeInstalls("C", 90_000_002)))
		).flat();
		expect(
			taken.toSorted((a, b) => (a.locationId < b.locationId ? -1 : 1)),
		).toEqual([
			{ locationId: "M", at: 90_000_001 },
			{ locationId: "N", at: 90_000_000 },
		]);
		expect(await tokens.takeInstalls("D", 90_000_002)).toEqual([
			{ locationId: "O", at: 90_000_000 },
		]);
	});

	test("when a location was heard of last is the latest of all words", async () => {
		await using opened = await open();
		const tokens = tokensOf(opened.store);
		await tokens.heard("L", 2000);
		await tokens.heard("L", 1000);
		await tokens.heard("M", 1);
		expect(tokensOf(await opened.reopen()).lastHeard()).toEqual(
			new Map([
				["L", 2000],
				["M", 1],
			]),
		);
	});

	test("what an older key sealed is sealed again with the newest one", async () => {
		await using opened = await open();
		await connect(tokensOf(opened.store), HOLDER);
		const key = new Uint8Array(32).fill(2);
		const both = opened.store.tokens(createSeal([key, OLD_KEY]));
		expect(await both.reseal()).toBe(1);
		expect(await both.reseal()).toBe(0);
		const next = (await opened.reopen()).tokens(createSeal([key]));
		expect(next.secrets(HOLDER)?.refreshToken).toBe("r1");
	});
});
