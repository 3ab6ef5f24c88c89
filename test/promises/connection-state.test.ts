/** What the page and the query say of a connection is true: each fault shows as what it is, costs few calls, and passes. */
import { expect, test } from "vitest";
import { createBrowser } from "../support/browser.ts";
import { testClock } from "../support/clock.ts";
import { connect } from "../support/connect.ts";
import { startWorld, type World } from "../support/world.ts";

const L1 = "sandbox-location-1";
const NAME = "{ location { name } }";
const FRESH = { headers: { "cache-control": "no-cache" } };
const HTML = "<html><body>error code: 1010</body></html>";

const ask = async (world: World) => {
	const { data, errors } = await world.answer(NAME, {}, FRESH);
	return errors?.[0] ?? data.location.name;
};

const connectionsOf = async (world: World) =>
	(
		await world.query(
			"{ connections { kind state locationId error errorAt } }",
			undefined,
			{ token: await world.token({ locations: [], scopes: ["operator"] }) },
		)
	).connections;

const stateOf = async (world: World, id: string | null = L1) => {
	const one = (await connectionsOf(world)).find(
		({ locationId }: { locationId: string | null }) => locationId === id,
	);
	return [one.state, one.error];
};

const logged = (world: World, msg: string) =>
	world.log.filter((line) => line.msg === msg);

test("a Private Integration Token that died is asked with now and then, shows as failing, and as connected after the next good answer", async () => {
	const clock = testClock(Date.now());
	await using world = await startWorld({ gateway: { clock } });
	await ask(world);
	world.sandbox.setPrivateToken(L1, false);
	world.sandbox.clearCalls();
	for (let i = 0; i < 50; i++) {
		await clock.advance(1);
		expect(await ask(world)).toMatchObject({
			message: expect.stringContaining("Private Integration Token"),
			extensions: { code: "UPSTREAM_UNAUTHORIZED" },
		});
	}
	expect(world.calls).toHaveLength(2);
	expect(await stateOf(world)).toEqual([
		"FAILING",
		expect.stringContaining("Private Integration Token"),
	]);
	expect(logged(world, "the API refused the token")).toMatchObject([
		{ level: "warn", locationId: L1, fault: "dead" },
	]);

	world.sandbox.setPrivateToken(L1, true);
	await clock.advance(10_000);
	expect(await ask(world)).toBe("Sandbox location 1");
	expect(await stateOf(world)).toEqual(["CONNECTED", null]);
	expect(world.calls).toHaveLength(3);
});

test("one refusal that was wrong is forgotten with the next answer", async () => {
	await using world = await startWorld();
	world.upstream.next({
		kind: "status",
		status: 401,
		body: { statusCode: 401, message: "Invalid Private Integration token" },
	});
	expect(await ask(world)).toMatchObject({
		extensions: { code: "UPSTREAM_UNAUTHORIZED" },
	});
	expect(await stateOf(world)).toEqual(["FAILING", expect.any(String)]);
	expect(await ask(world)).toBe("Sandbox location 1");
	expect(await stateOf(world)).toEqual(["CONNECTED", null]);
	expect(world.calls).toHaveLength(2);
});

test.each([
	[403, "The token does not have access to this location.", "this location's"],
	[401, "Token's user type mismatch!", "agency's"],
	[
		401,
		"This authClass type is not allowed to access this scope. Please contact your admin.",
		"agency's",
	],
	[401, "Invalid Private Integration token", "ended or was revoked"],
	[401, "The token is not authorized for this scope.", "lacks a scope"],
])(
	"%i %s is told to the client with its own advice, and to operators where it is about the whole location",
	async (status, message, advice) => {
		await using world = await startWorld();
		world.upstream.next({
			kind: "status",
			status,
			body: { statusCode: status, message },
		});
		expect(await ask(world)).toMatchObject({
			message: expect.stringContaining(advice),
			extensions: { code: "UPSTREAM_UNAUTHORIZED", upstreamStatus: status },
		});
		const [state] = await stateOf(world);
		expect(state).toBe(advice === "lacks a scope" ? "CONNECTED" : "FAILING");
		expect(world.calls).toHaveLength(1);
	},
);

test.each([401, 403, 404])(
	"a %i of what stands in front of the API is no word about the token: unavailable, nothing renewed, nothing read as missing",
	async (status) => {
		await using world = await startWorld({ oauth: {} });
		await using browser = createBrowser();
		await connect(world, browser, L1);
		world.sandbox.clearCalls();
		world.upstream.next({ kind: "status", status, body: HTML });
		const [error] = await world.fails('{ contact(id: "c1") { name } }');
		expect(error).toMatchObject({
			message: expect.stringContaining("in front of the Contacts API"),
			extensions: { code: "UPSTREAM_UNAVAILABLE", upstreamStatus: status },
		});
		expect(world.calls).toHaveLength(1);
		expect(await stateOf(world)).toEqual(["CONNECTED", null]);
	},
);

test.each([
	["the edge's 403", { status: 403, body: HTML }],
	["the edge's 401", { status: 401, body: HTML }],
	["an HTML page", { status: 400, body: HTML }],
	["429", { status: 429 }],
])(
	"%s at the consent costs no grant: the page says that HighLevel cannot be used now",
	async (_, answer) => {
		await using world = await startWorld({ oauth: {} });
		await using browser = createBrowser();
		world.upstream.next({
			kind: "status",
			...answer,
			match: { path: "/oauth/token" },
		});
		const page = await connect(world, browser, L1);
		expect(page.status).toBe(503);
		expect(page.text).toContain("did not answer");
		expect(page.text).not.toContain("used or expired");
	},
);

const ended = async (world: World) => {
	world.sandbox.oauth.expire(L1);
	world.sandbox.clearCalls();
};

test.each([
	["the edge's 403", { status: 403, body: HTML }, 3],
	["the edge's 401", { status: 401, body: HTML }, 3],
	["a 500", { status: 500 }, 3],
])(
	"%s instead of a refresh shows as failing, never as a lost grant, and passes by itself",
	async (_, answer, tries) => {
		const clock = testClock(Date.now());
		await using world = await startWorld({ oauth: {}, gateway: { clock } });
		await using browser = createBrowser();
		await connect(world, browser, L1);
		await ended(world);
		await clock.advance(86_400_000);
		world.upstream.next({
			kind: "status",
			...answer,
			count: tries,
			match: { path: "/oauth/token" },
		});
		expect(await ask(world)).toMatchObject({
			extensions: { code: "UPSTREAM_UNAVAILABLE" },
		});
		expect(await stateOf(world)).toEqual([
			"FAILING",
			expect.stringContaining("cannot be used now"),
		]);
		expect(world.calls).toHaveLength(tries);
		await clock.advance(2001);
		expect(await ask(world)).toBe("Sandbox location 1");
		expect((await stateOf(world))[0]).toBe("CONNECTED");
		expect(world.sandbox.oauth.tally(L1)).toMatchObject({ refreshed: 1 });
	},
);

test("a location's refused refresh is the location's own trouble, whatever words HighLevel has for it", async () => {
	for (const message of ["Invalid JWT", "Invalid client credentials!"]) {
		const clock = testClock(Date.now());
		await using world = await startWorld({ oauth: {}, gateway: { clock } });
		await using browser = createBrowser();
		await connect(world, browser, L1);
		await clock.advance(86_400_000);
		world.upstream.next({
			kind: "status",
			status: 401,
			body: { error: "UnAuthorized!", error_description: message },
			match: { path: "/oauth/token" },
		});
		expect(await ask(world)).toMatchObject({
			message: expect.stringContaining("reconnect"),
			extensions: { code: "UPSTREAM_UNAUTHORIZED" },
		});
		const [state, error] = await stateOf(world);
		expect(state).toBe("RECONNECT");
		expect(error).not.toContain("company");
		// It was wrong after all: tried again after a minute, and forgotten.
		await clock.advance(60_001);
		expect(await ask(world)).toBe("Sandbox location 1");
		expect((await stateOf(world))[0]).toBe("CONNECTED");
	}
});

test("locations of an agency that must reconnect say so themselves, and are served once it has", async () => {
	const clock = testClock(Date.now());
	await using world = await startWorld({ oauth: {}, gateway: { clock } });
	await using browser = createBrowser();
	const { companyId } = world.sandbox.oauth;
	await connect(world, browser, companyId);
	expect(await ask(world)).toBe("Sandbox location 1");
	world.sandbox.oauth.uninstall(companyId);
	await clock.advance(86_400_000);
	world.sandbox.clearCalls();
	for (let i = 0; i < 20; i++)
		expect(await ask(world)).toMatchObject({
			message: expect.stringContaining("agency"),
			extensions: { code: "UPSTREAM_UNAUTHORIZED" },
		});
	expect(world.calls).toHaveLength(1);
	expect(await stateOf(world, null)).toEqual(["RECONNECT", expect.any(String)]);
	expect(await stateOf(world)).toEqual([
		"RECONNECT",
		expect.stringContaining("Its agency must be connected again"),
	]);
	// Nothing but a person helps, so nothing is tried without being asked for.
	for (let look = 0; look < 60; look++) await clock.advance(2500);
	await world.request({ path: "/health/live" });
	expect(world.calls).toHaveLength(1);
	await connect(world, browser, companyId);
	expect(await ask(world)).toBe("Sandbox location 1");
	expect((await stateOf(world))[0]).toBe("CONNECTED");
});
