/** Tokens are refreshed early and once, kept before they are used, sealed at rest, and found nowhere they do not belong. */
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createLog } from "../../src/log.ts";
import { createEndpoint } from "../../src/oauth/endpoint.ts";
import type { Timing } from "../../src/oauth/renewal-timing.ts";
import { createTokens, type RenewalStep } from "../../src/oauth/tokens.ts";
import {
	type SandboxOptions,
	startSandbox,
} from "../../src/sandbox/sandbox.ts";
import { createSeal } from "../../src/store/seal.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import { createTokenStore, TOKEN_TABLES } from "../../src/store/tokens.ts";
import { createBrowser } from "../support/browser.ts";
import { connect } from "../support/connect.ts";
import { logKeeper } from "../support/timeline.ts";
import { startWorld } from "../support/world.ts";

const L1 = "sandbox-location-1";
const HOLDER = { kind: "location", id: L1 } as const;
const NAME = "{ location { name } }";
const HOUR = 3_600_000;

/** The machinery alone, on a clock that the test moves. */
const startTokens = async (
	options: SandboxOptions = {},
	timing: Partial<Timing> = {},
) => {
	let now = Date.now();
	const clock = () => now;
	const sandbox = await startSandbox({ contacts: 1, now: clock, ...options });
	const sqlite = openSqlite(":memory:", [TOKEN_TABLES]);
	const store = createTokenStore(sqlite, createSeal([randomBytes(32)]));
	const endpoint = createEndpoint({
		url: sandbox.url,
		clientId: sandbox.oauth.clientId,
		clientSecret: sandbox.oauth.clientSecret,
		redirectUri: () => "http://127.0.0.1/oauth/callback",
		now: clock,
	});
	const steps: RenewalStep[] = [];
	let onStep: (step: RenewalStep) => void = () => {};
	const { lines, destination } = logKeeper();
	const tokens = createTokens({
		store,
		endpoint,
		log: createLog({ level: "trace", destination }),
		now: clock,
		timing,
		onStep(step) {
			steps.push(step);
			onStep(step);
		},
	});
	const issued = sandbox.oauth.issue(L1);
	await store.connect(HOLDER, issued, { companyId: undefined, now });
	return {
		sandbox,
		store,
		tokens,
		steps,
		issued,
		log: lines,
		onStep: (listener: (step: RenewalStep) => void) => {
			onStep = listener;
		},
		pass: (ms: number) => {
			now += ms;
		},
		get tally() {
			return sandbox.oauth.tally(L1);
		},
		async [Symbol.asyncDispose]() {
			await tokens.idle();
			await endpoint.close();
			sqlite.close();
			await sandbox.close();
		},
	};
};

test("a token that is far from its end is handed out without a call", async () => {
	await using it = await startTokens();
	expect(it.tokens.accessToken(HOLDER)).toBe(it.issued.accessToken);
	expect(it.sandbox.calls()).toEqual([]);
});

test("near its end a token is renewed once while it is still handed out", async () => {
	await using it = await startTokens();
	it.pass(86_399_000 - 200_000);
	for (let i = 0; i < 50; i++)
		expect(it.tokens.accessToken(HOLDER)).toBe(it.issued.accessToken);
	await it.tokens.idle();
	expect(it.tally).toMatchObject({ refreshed: 1, repeated: 0 });
	expect(it.tokens.accessToken(HOLDER)).not.toBe(it.issued.accessToken);
});

test("an ended token is refreshed once for fifty waiting calls", async () => {
	await using it = await startTokens();
	it.pass(25 * HOUR);
	const got = await Promise.all(
		Array.from({ length: 50 }, () => it.tokens.accessToken(HOLDER)),
	);
	expect(new Set(got).size).toBe(1);
	expect(it.tally).toMatchObject({ refreshed: 1, repeated: 0 });
});

test("the new refresh token is on disk before anybody gets the access token", async () => {
	await using it = await startTokens();
	it.pass(25 * HOUR);
	let handedOut = false;
	const seen: unknown[] = [];
	it.onStep((step) => {
		const kept = it.store.secrets(HOLDER);
		seen.push([step, kept?.refreshToken === it.issued.refreshToken, handedOut]);
	});
	const token = await Promise.resolve(it.tokens.accessToken(HOLDER)).then(
		(one) => {
			handedOut = true;
			return one;
		},
	);
	expect(seen).toEqual([
		["claimed", true, false],
		["answered", true, false],
		["saved", false, false],
	]);
	expect(it.store.secrets(HOLDER)?.accessToken).toBe(token);
});

test.each<[string, object]>([
	["whose answer is lost", { kind: "cut" }],
	["that is dropped", { kind: "drop" }],
	["that meets a 502", { kind: "status", status: 502 }],
	["whose answer is garbled", { kind: "malformed" }],
	[
		"that meets a page of the edge",
		{ kind: "status", status: 403, body: "<html></html>" },
	],
])(
	"a refresh %s is repeated, and the grace gives the same tokens",
	async (_, fault) => {
		await using it = await startTokens();
		it.pass(25 * HOUR);
		it.sandbox.next({ ...fault, match: { path: "/oauth/token" } } as never);
		expect(await it.tokens.accessToken(HOLDER)).toMatch(/^sandbox-access-/);
		expect(it.tally.refreshed).toBe(1);
		expect(it.tally.refused).toBe(0);
	},
);

test("odd values beside the tokens of a refresh do not lose them", async () => {
	await using it = await startTokens();
	it.pass(25 * HOUR);
	it.sandbox.next({
		kind: "wrongShape",
		set: { scope: { odd: 1 }, approvedLocations: "all", companyId: null },
		match: { path: "/oauth/token" },
	});
	expect(await it.tokens.accessToken(HOLDER)).toMatch(/^sandbox-access-/);
	expect(it.tally).toMatchObject({ refreshed: 1, refused: 0 });
	expect(it.store.get(HOLDER)).toMatchObject({ refused: false });
});

test("a refresh token that came without an access token is kept: the one before it is worth nothing any more", async () => {
	await using it = await startTokens();
	it.pass(25 * HOUR);
	it.sandbox.next({
		kind: "wrongShape",
		remove: ["access_token"],
		match: { path: "/oauth/token" },
	});
	await expect(it.tokens.accessToken(HOLDER)).rejects.toMatchObject({
		code: "UPSTREAM_UNAVAILABLE",
	});
	// Past the grace, in which the old one would still have worked.
	it.pass(31_000);
	expect(await it.tokens.accessToken(HOLDER)).toMatch(/^sandbox-access-/);
	expect(it.tally).toMatchObject({ refreshed: 2, repeated: 0, refused: 0 });
});

test("a refresh whose answer does not say whose it is, is taken for whom it was asked", async () => {
	await using it = await startTokens();
	it.pass(25 * HOUR);
	it.sandbox.next({
		kind: "wrongShape",
		remove: ["userType", "locationId", "scope", "expires_in", "token_type"],
		match: { path: "/oauth/token" },
	});
	expect(await it.tokens.accessToken(HOLDER)).toMatch(/^sandbox-access-/);
	expect(it.tally).toMatchObject({ refreshed: 1, repeated: 0 });
	expect(it.store.get(HOLDER)?.scopes).toEqual(it.issued.scopes);
});

test("a refresh whose answer is for another location is taken for nobody", async () => {
	await using it = await startTokens();
	it.pass(25 * HOUR);
	it.sandbox.next({
		kind: "wrongShape",
		body: { access_token: "a", refresh_token: "b", locationId: "elsewhere" },
		count: 3,
		match: { path: "/oauth/token" },
	});
	await expect(it.tokens.accessToken(HOLDER)).rejects.toMatchObject({
		code: "UPSTREAM_UNAVAILABLE",
	});
	expect(it.store.secrets(HOLDER)?.refreshToken).toBe(it.issued.refreshToken);
});

test("who met a 429 is served when it is over, and the row says so meanwhile", async () => {
	await using it = await startTokens();
	it.pass(25 * HOUR);
	it.sandbox.next({
		kind: "status",
		status: 429,
		headers: { "X-RateLimit-Interval-Milliseconds": "20000" },
		match: { path: "/oauth/token" },
	});
	const waiting = Promise.resolve(it.tokens.accessToken(HOLDER));
	await expect
		.poll(() => it.store.get(HOLDER)?.error, { interval: 5 })
		.toContain("429");
	it.pass(19_000);
	expect(it.sandbox.calls()).toHaveLength(1);
	it.pass(1001);
	expect(await waiting).toMatch(/^sandbox-access-/);
	expect(it.sandbox.calls()).toHaveLength(2);
});

test("while the token endpoint is down nothing is lost: who can wait is served, and it recovers by itself", async () => {
	await using it = await startTokens({}, { retryMs: 1000 });
	it.pass(86_399_000 - 60_000);
	it.sandbox.next({
		kind: "status",
		status: 503,
		count: 6,
		match: { path: "/oauth/token" },
	} as never);
	expect(it.tokens.accessToken(HOLDER)).toBe(it.issued.accessToken);
	await it.tokens.idle();
	it.pass(60_000);
	await expect(it.tokens.accessToken(HOLDER)).rejects.toMatchObject({
		code: "UPSTREAM_UNAVAILABLE",
	});
	// Asked again at once, nobody goes to the endpoint: it was down a moment ago.
	const calls = it.sandbox.calls().length;
	await expect(it.tokens.accessToken(HOLDER)).rejects.toMatchObject({
		code: "UPSTREAM_UNAVAILABLE",
	});
	expect(it.sandbox.calls()).toHaveLength(calls);
	it.pass(1001);
	expect(await it.tokens.accessToken(HOLDER)).toMatch(/^sandbox-access-/);
	expect(it.tally).toMatchObject({ refreshed: 1, refused: 0 });
});

test("a grant that is refused is not tried again for every call, and its location is to be reconnected", async () => {
	await using it = await startTokens();
	it.sandbox.oauth.uninstall(L1);
	it.pass(25 * HOUR);
	for (let i = 0; i < 5; i++)
		await expect(it.tokens.accessToken(HOLDER)).rejects.toMatchObject({
			code: "UPSTREAM_UNAUTHORIZED",
			message: expect.stringContaining("reconnect"),
		});
	expect(it.tally.refused).toBe(1);
	expect(it.store.get(HOLDER)).toMatchObject({ refused: true });
});

test("a renewal whose process died is finished without anybody asking", async () => {
	await using it = await startTokens();
	const seen = it.store.generation(HOLDER) as number;
	const died = Date.now() - 60_000;
	await it.store.claim(HOLDER, seen, "a process that died", {
		now: died,
		leaseMs: 15_000,
	});
	await it.tokens.recover();
	expect(it.tally).toMatchObject({ refreshed: 1 });
	expect(it.store.generation(HOLDER)).toBeGreaterThan(seen);
	expect(it.store.abandoned(Date.now() + 60_000)).toEqual([]);
});

test("a token revoked early is renewed once for all calls that meet the 401, and each is repeated once", async () => {
	await using world = await startWorld({ contacts: 4, oauth: {} });
	await using browser = createBrowser();
	await connect(world, browser, L1);
	await world.query(NAME);
	world.sandbox.oauth.expire(L1);
	world.sandbox.clearCalls();
	const answers = await Promise.all(
		Array.from({ length: 10 }, (_, i) =>
			world.query(
				`{ contact(id: "c${1 + (i % 4)}") { contactId notes { nodes { noteId } } } }`,
			),
		),
	);
	expect(answers).toHaveLength(10);
	expect(world.sandbox.oauth.tallies()[L1]).toMatchObject({ refreshed: 1 });
	const refused = world.calls.filter(({ status }) => status === 401);
	expect(refused.length).toBeGreaterThan(0);
	for (const { method, path } of refused)
		expect(
			world.calls.filter(
				(call) =>
					call.path === path && call.method === method && call.status === 200,
			),
		).not.toEqual([]);
});

test("a 401 that another token would not mend is neither renewed nor repeated", async () => {
	await using world = await startWorld({
		contacts: 2,
		sandbox: {
			oauth: {},
		},
		oauth: { scopes: ["locations.readonly"] },
	});
	await using browser = createBrowser();
	await connect(world, browser, L1);
	const [error] = await world.fails(
		"{ contacts(first: 1) { nodes { contactId } } }",
	);
	expect(error?.extensions?.code).toBe("UPSTREAM_UNAUTHORIZED");
	expect(world.sandbox.oauth.tallies()[L1]?.refreshed).toBe(0);
	expect(
		world.calls.filter(({ path }) => path === "/contacts/search"),
	).toHaveLength(1);
});

test("a Private Integration Token that is refused costs one call and is told to operators", async () => {
	await using sandbox = await startSandbox({ contacts: 1 });
	await using world = await startWorld({
		gateway: {
			locations: [L1],
			contactsApi: {
				url: sandbox.url,
				connections: 1,
				timeoutMs: 1000,
				token: () => "pit-revoked",
			},
		},
	});
	sandbox.clearCalls();
	const [error] = await world.fails(NAME);
	expect(error?.extensions?.code).toBe("UPSTREAM_UNAUTHORIZED");
	expect(sandbox.calls()).toHaveLength(1);
	const { connections } = await world.query(
		"{ connections { state error } }",
		undefined,
		{ token: await world.token({ locations: [], scopes: ["operator"] }) },
	);
	expect(connections).toEqual([
		{ state: "FAILING", error: expect.stringContaining("Private Integration") },
	]);
});

test("what is on disk shows no token, and a key that is listed later still opens it", async () => {
	const dir = await mkdtemp(join(tmpdir(), "contact-graph-"));
	const dataFile = join(dir, "contact-graph.sqlite");
	const [first, second] = [randomBytes(32), randomBytes(32)];
	try {
		await using world = await startWorld({
			oauth: { tokenKeys: [first] },
			gateway: { dataFile },
		});
		await using browser = createBrowser();
		await connect(world, browser, L1);
		await world.query(NAME);
		const used = world.sandbox.calls().length;
		expect(used).toBeGreaterThan(0);
		for (const file of await readdir(dir))
			expect(await readFile(join(dir, file), "latin1")).not.toMatch(
				/sandbox-(access|refresh)-/,
			);
		const read = (keys: Uint8Array[]) => {
			const sqlite = openSqlite(dataFile, [TOKEN_TABLES]);
			const store = createTokenStore(sqlite, createSeal(keys));
			return { store, [Symbol.dispose]: () => sqlite.close() };
		};
		{
			using rotated = read([second, first]);
			expect(rotated.store.secrets(HOLDER)?.accessToken).toMatch(/^sandbox-/);
			expect(await rotated.store.reseal()).toBe(1);
			expect(await rotated.store.reseal()).toBe(0);
		}
		using later = read([second]);
		expect(later.store.secrets(HOLDER)?.accessToken).toMatch(/^sandbox-/);
		using stranger = read([first]);
		expect(() => stranger.store.secrets(HOLDER)).toThrow(/TOKEN_KEYS/);
	} finally {
		await rm(dir, { recursive: true });
	}
});

test("with the wrong keys a location says what an operator must do, and connecting again mends it", async () => {
	const dir = await mkdtemp(join(tmpdir(), "contact-graph-"));
	const dataFile = join(dir, "contact-graph.sqlite");
	try {
		{
			await using world = await startWorld({
				oauth: {},
				gateway: { dataFile },
			});
			await using browser = createBrowser();
			await connect(world, browser, L1);
		}
		await using world = await startWorld({ oauth: {}, gateway: { dataFile } });
		await using browser = createBrowser();
		const [error] = await world.fails(NAME);
		expect(error?.extensions?.code).toBe("UPSTREAM_UNAUTHORIZED");
		expect(error?.message).toContain("TOKEN_KEYS");
		expect(
			world.log.some(({ msg }) => msg === "stored tokens cannot be opened"),
		).toBe(true);
		await connect(world, browser, L1);
		await world.query(NAME);
	} finally {
		await rm(dir, { recursive: true });
	}
});

test("a sealed token that is moved to another row, or changed by a bit, does not open", () => {
	const seal = createSeal([randomBytes(32)]);
	const sealed = seal.close("secret", "location/a");
	expect(seal.open(sealed, "location/a")).toBe("secret");
	expect(() => seal.open(sealed, "location/b")).toThrow();
	const [name, body = ""] = sealed.split(".");
	const bytes = Buffer.from(body, "base64url");
	for (const place of [0, 12, 28]) {
		const bent = Buffer.from(bytes);
		bent[place] = (bent[place] as number) ^ 1;
		expect(() =>
			seal.open(`${name}.${bent.toString("base64url")}`, "location/a"),
		).toThrow();
	}
	expect(seal.close("secret", "location/a")).not.toBe(sealed);
});

test("no token, code or secret is in any log line, error or page, whatever goes wrong", async () => {
	await using world = await startWorld({
		contacts: 2,
		oauth: { timing: { retryMs: 0, refusedRetryMs: 0 } },
	});
	await using browser = createBrowser();
	const shown: string[] = [];
	const visit = async (choice: string) => {
		shown.push((await connect(world, browser, choice)).text);
	};
	const oauthFaults = [
		{ kind: "malformed" },
		{ kind: "cut" },
		{ kind: "wrongShape", remove: ["token_type"] },
		{ kind: "wrongShape", remove: ["locationId"] },
		{ kind: "wrongShape", remove: ["expires_in"] },
		{ kind: "status", status: 500 },
	];
	for (const fault of oauthFaults) {
		world.upstream.next({ ...fault, match: { path: "/oauth/token" } } as never);
		await visit(L1);
	}
	await visit("");
	await visit(L1);
	const ask = async () =>
		shown.push(
			JSON.stringify(
				await world.answer(
					NAME,
					{},
					{ headers: { "cache-control": "no-cache" } },
				),
			),
		);
	for (const fault of [...oauthFaults, { kind: "drop" }]) {
		world.sandbox.oauth.expire(L1);
		for (let i = 0; i < 3; i++)
			world.upstream.next({
				...fault,
				match: { path: "/oauth/token" },
			} as never);
		await ask();
	}
	world.upstream.next({
		kind: "wrongShape",
		body: {},
		match: { path: "/locations/" },
	} as never);
	await ask();
	await visit(world.sandbox.oauth.companyId);
	world.sandbox.oauth.uninstall(world.sandbox.oauth.companyId);
	await ask();
	shown.push((await browser.visit(`${world.url}/operator`)).text);

	const everything = `${JSON.stringify(world.log)}\n${shown.join("\n")}`;
	expect(world.log.length).toBeGreaterThan(30);
	expect(everything).toContain("token renewed");
	expect(everything).not.toMatch(/sandbox-(access|refresh|code)-[\w-]/);
	expect(everything).not.toContain(world.sandbox.oauth.clientSecret);
	expect(everything).not.toMatch(/eyJ[\w-]+\.[\w-]+\./);
});
