/** Waiting for tokens is bounded by each caller's deadline, no call is wasted on a dead one, and HighLevel's OAuth is not stormed. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SandboxOptions } from "../../src/sandbox/sandbox.ts";
import { createSeal } from "../../src/store/seal.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import { createTokenStore, TOKEN_TABLES } from "../../src/store/tokens.ts";
import { createBrowser } from "../support/browser.ts";
import { testClock } from "../support/clock.ts";
import { connect } from "../support/connect.ts";
import { startWorld, type World } from "../support/world.ts";

const L1 = "sandbox-location-1";
const HOLDER = { kind: "location", id: L1 } as const;
const DAY = 86_400_000;
const NAME = "{ location { name } }";

const startConnected = async (
	choice: "location" | "agency",
	sandbox: SandboxOptions = {},
	gateway: { dataFile?: string } = {},
	tokenKeys = [randomBytes(32)],
) => {
	const clock = testClock(Date.now());
	const world = await startWorld({
		contacts: 1,
		sandbox: { ...sandbox, now: clock.epoch },
		oauth: { tokenKeys },
		gateway: { ...gateway, clock },
	});
	await using browser = createBrowser();
	await connect(
		world,
		browser,
		choice === "agency" ? world.sandbox.oauth.companyId : L1,
	);
	world.sandbox.clearCalls();
	return {
		world,
		clock,
		[Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
	};
};

const ask = async (
	world: World,
	{ id = L1, deadlineMs }: { id?: string; deadlineMs?: number } = {},
) => {
	const { data, errors } = await world.answer(
		NAME,
		{},
		{
			token: await world.token({ locations: [id] }),
			headers: {
				"cache-control": "no-cache",
				...(deadlineMs && { "x-deadline-ms": String(deadlineMs) }),
			},
		},
	);
	return errors?.[0]?.extensions?.code ?? data.location.name;
};

/** Moves the clock until the work is done. */
const whileMoving = async <T>(
	{ world, clock }: { world: World; clock: ReturnType<typeof testClock> },
	work: Promise<T>,
): Promise<T> => {
	let waiting = true;
	const done = work.finally(() => {
		waiting = false;
	});
	while (waiting) {
		await clock.advance(250);
		await world.request({ path: "/health/live" });
	}
	return done;
};

const statesOf = async (world: World): Promise<string[]> =>
	(
		await world.query("{ connections { state error } }", undefined, {
			token: await world.token({ locations: [], scopes: ["operator"] }),
		})
	).connections.map(({ state }: { state: string }) => state);

const paths = (world: World) => world.calls.map(({ path }) => path);

test("whoever waits for a renewal waits no longer than their deadline, and the renewal goes on for the next", async () => {
	await using at = await startConnected("location");
	const { world, clock } = at;
	await clock.advance(DAY);
	world.upstream.next({ kind: "hold", match: { path: "/oauth/token" } });
	const answer = ask(world, { deadlineMs: 1000 });
	await world.sandbox.held(1);
	await clock.advance(1000);
	expect(await answer).toBe("DEADLINE_EXCEEDED");
	world.sandbox.release();
	expect(await ask(world)).toBe("Sandbox location 1");
	expect(world.sandbox.oauth.tally(L1)).toMatchObject({
		refreshed: 1,
		repeated: 0,
	});
	expect(paths(world)).toEqual(["/oauth/token", `/locations/${L1}`]);
});

test("nor does who waits for another process's renewal, whose token is then used", async () => {
	const dir = await mkdtemp(join(tmpdir(), "contact-graph-"));
	const dataFile = join(dir, "contact-graph.sqlite");
	const key = randomBytes(32);
	try {
		await using at = await startConnected("location", {}, { dataFile }, [key]);
		const { world, clock } = at;
		await clock.advance(DAY);
		using other = openSqlite(dataFile, [TOKEN_TABLES]);
		const store = createTokenStore(other, createSeal([key]));
		const generation = store.generation(HOLDER) as number;
		const now = Math.floor(clock.epoch());
		await store.claim(HOLDER, generation, "another process", {
			now,
			leaseMs: DAY,
		});
		expect(await whileMoving(at, ask(world, { deadlineMs: 1000 }))).toBe(
			"DEADLINE_EXCEEDED",
		);
		expect(world.calls).toEqual([]);
		const issued = world.sandbox.oauth.issue(L1);
		await store.renew(HOLDER, generation, issued, now);
		expect(await ask(world)).toBe("Sandbox location 1");
		expect(paths(world)).toEqual([`/locations/${L1}`]);
	} finally {
		await rm(dir, { recursive: true });
	}
});

test("while a dead token cannot be renewed, no call goes out with it, and it passes by itself", async () => {
	await using at = await startConnected("location");
	const { world, clock } = at;
	world.sandbox.oauth.expire(L1);
	world.upstream.next({
		kind: "status",
		status: 503,
		count: 100,
		match: { path: "/oauth/token" },
	});
	const began = clock.now();
	while (clock.now() - began < 10_000) {
		expect(await ask(world)).toBe("UPSTREAM_UNAVAILABLE");
		await clock.advance(100);
	}
	const api = world.calls.filter(({ path }) => !path.startsWith("/oauth"));
	expect(api).toMatchObject([{ status: 401 }]);
	// Three tries each: at once, and after 2, 2 and 4 seconds, or half of that.
	expect(world.calls.length - api.length).toBeLessThanOrEqual(3 * 7);
	expect(await statesOf(world)).toEqual(["FAILING"]);
	await fetch(`${world.sandbox.url}/__sandbox/faults`, { method: "DELETE" });
	await clock.advance(20_000);
	expect(await ask(world)).toBe("Sandbox location 1");
	expect(await statesOf(world)).toEqual(["CONNECTED"]);
	expect(world.sandbox.oauth.tally(L1)).toMatchObject({ refreshed: 1 });
});

test("a token that was just renewed and is refused gets another chance, then is left alone until it is ten seconds old", async () => {
	await using at = await startConnected("location");
	const { world, clock } = at;
	world.upstream.next({
		kind: "status",
		status: 401,
		body: { statusCode: 401, message: "Invalid JWT" },
		count: 4,
		match: { path: "/locations/" },
	});
	const said: unknown[] = [];
	for (let i = 0; i < 20; i++) {
		await clock.advance(10);
		said.push(await ask(world));
	}
	expect(said).toEqual([
		"UPSTREAM_UNAUTHORIZED",
		"UPSTREAM_UNAUTHORIZED",
		...Array(18).fill("UPSTREAM_UNAVAILABLE"),
	]);
	expect(world.calls.map(({ path, status }) => [path, status])).toEqual([
		[`/locations/${L1}`, 401],
		["/oauth/token", 200],
		[`/locations/${L1}`, 401],
		[`/locations/${L1}`, 401],
		[`/locations/${L1}`, 401],
	]);
	expect(await statesOf(world)).toEqual(["FAILING"]);
	await clock.advance(10_000);
	expect(await ask(world)).toBe("Sandbox location 1");
	expect(world.sandbox.oauth.tally(L1)).toMatchObject({ refreshed: 2 });
	expect(await statesOf(world)).toEqual(["CONNECTED"]);
});

test("after a 429 nobody asks for tokens until it is over; who waits is served then", async () => {
	await using at = await startConnected("agency", { locations: 20 });
	const { world, clock } = at;
	world.upstream.next({
		kind: "status",
		status: 429,
		match: { path: "/oauth/locationToken" },
	});
	expect(world.calls).toEqual([]);
	const first = ask(world);
	await world.until(() => world.calls.length === 1, "the call that meets 429");
	await world.until(
		() => world.log.some(({ msg }) => msg === "token could not be renewed"),
		"the refusal's log line",
	);
	const others = Array.from({ length: 19 }, (_, i) =>
		ask(world, { id: `sandbox-location-${i + 2}` }),
	);
	await clock.advance(9000);
	await world.request({ path: "/health/live" });
	expect(world.calls).toHaveLength(1);
	expect((await statesOf(world)).filter((one) => one === "FAILING")).toEqual([
		"FAILING",
	]);
	await clock.advance(1001);
	expect(await Promise.all([first, ...others])).toEqual(
		Array.from({ length: 20 }, (_, i) => `Sandbox location ${i + 1}`),
	);
	for (let i = 1; i <= 20; i++)
		expect(world.sandbox.oauth.tally(`sandbox-location-${i}`).minted).toBe(1);
	expect(
		paths(world).filter((path) => path === "/oauth/locationToken"),
	).toHaveLength(21);
});

test("after an outage what failed is renewed without anybody asking, few at a time", async () => {
	await using at = await startConnected("agency", { locations: 40 });
	const { world, clock } = at;
	world.upstream.next({
		kind: "status",
		status: 503,
		count: 40,
		match: { path: "/oauth/locationToken" },
	});
	await Promise.all(
		Array.from({ length: 40 }, (_, i) =>
			ask(world, { id: `sandbox-location-${i + 1}` }),
		),
	);
	expect(world.calls).toHaveLength(40);
	const failing = async () =>
		(await statesOf(world)).filter((one) => one === "FAILING").length;
	expect(await failing()).toBe(40);
	for (let look = 0; look < 100 && (await failing()) > 0; look++) {
		const before = world.calls.length;
		await clock.advance(2500);
		await world.request({ path: "/health/live" });
		expect(world.calls.length - before).toBeLessThanOrEqual(16);
	}
	expect(await failing()).toBe(0);
	expect(world.calls).toHaveLength(80);
});

test("500 locations of an agency that are wanted at once, with 429 and 500 among the answers, are all served in the end, each minted once", {
	timeout: 60_000,
}, async () => {
	await using at = await startConnected("agency", {
		locations: 500,
		contactsElsewhere: 1,
		oauth: { rateLimit: { burst: 100, intervalMs: 10_000 } },
	});
	const { world } = at;
	world.upstream.next({
		kind: "status",
		status: 500,
		count: 20,
		afterCalls: 50,
		match: { path: "/oauth/locationToken" },
	});
	const ids = Array.from(
		{ length: 500 },
		(_, i) => `sandbox-location-${i + 1}`,
	);
	let unserved = new Set(ids);
	for (let round = 0; unserved.size > 0 && round < 20; round++) {
		const answers = await whileMoving(
			at,
			Promise.all(
				[...unserved].map(
					async (id) => [id, await ask(world, { id })] as const,
				),
			),
		);
		unserved = new Set(
			answers.flatMap(([id, said]) => (said.startsWith("Sandbox") ? [] : [id])),
		);
	}
	expect(unserved.size).toBe(0);
	for (const id of ids) expect(world.sandbox.oauth.tally(id).minted).toBe(1);
	const count = (status: number) =>
		world.calls.filter(
			(call) => call.path === "/oauth/locationToken" && call.status === status,
		).length;
	expect(count(201)).toBe(500);
	expect(count(500)).toBe(20);
	// At most those that were under way when the first 429 came, each time that the limit is used up.
	expect(count(429)).toBeLessThanOrEqual(6 * 16);
});
