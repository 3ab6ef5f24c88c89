/** An agency's locations: nothing about them is learnt only once, and each belongs to whom it was given last. */
import { expect, test } from "vitest";
import type { SandboxOptions } from "../../src/sandbox/sandbox.ts";
import { createBrowser } from "../support/browser.ts";
import { testClock } from "../support/clock.ts";
import { connect } from "../support/connect.ts";
import { startWorld, type World } from "../support/world.ts";

const L1 = "sandbox-location-1";
const L2 = "sandbox-location-2";
const HOUR = 3_600_000;
const LIST = "/oauth/installedLocations";

const startAgency = async (
	options: { sandbox?: SandboxOptions; before?: (world: World) => void } = {},
) => {
	const clock = testClock(Date.now());
	const world = await startWorld({
		contacts: 2,
		sandbox: { ...options.sandbox, now: clock.epoch },
		oauth: {},
		gateway: { clock },
	});
	await using browser = createBrowser();
	options.before?.(world);
	const page = await connect(world, browser, world.sandbox.oauth.companyId);
	const lists = () =>
		world.calls.filter(({ path }) => path.startsWith(LIST)).length;
	return {
		world,
		clock,
		page,
		lists,
		/**
		 * Lets the gateway look after its connections until so many lists were asked for: in steps that are shorter than the
		 * pause before a second look, which is due once the first has really been answered.
		 */
		async listed(count: number) {
			for (let i = 0; i < 500 && lists() < count; i++) {
				await clock.advance(5000);
				await world.request({ path: "/health/live" });
			}
			expect(lists()).toBe(count);
		},
		served: async () =>
			(await connectionsOf(world)).flatMap(
				({ locationId }: { locationId: string | null }) => locationId ?? [],
			),
		async [Symbol.asyncDispose]() {
			await world[Symbol.asyncDispose]();
		},
	};
};

const connectionsOf = async (world: World) =>
	(
		await world.query(
			"{ connections { kind state locationId companyId error } }",
			undefined,
			{ token: await world.token({ locations: [], scopes: ["operator"] }) },
		)
	).connections;

const name = async (world: World, id: string) => {
	const { data, errors } = await world.answer(
		"{ location { name } }",
		{},
		{
			token: await world.token({ locations: [id] }),
			headers: { "cache-control": "no-cache" },
		},
	);
	return errors?.[0]?.extensions?.code ?? data.location.name;
};

test("a list of locations that failed at the consent is asked for again, and the agency shows as failing until it came", async () => {
	await using at = await startAgency({
		before: (world) =>
			world.upstream.next({
				kind: "status",
				status: 500,
				count: 2,
				match: { path: LIST },
			}),
	});
	const { world } = at;
	expect(at.page.status).toBe(200);
	expect(at.page.text).toContain("<b>0</b> of its locations");
	expect(at.page.text).toContain("did not list its locations");
	expect(await name(world, L1)).toBe("FORBIDDEN");
	expect(await connectionsOf(world)).toMatchObject([
		{
			kind: "AGENCY",
			state: "FAILING",
			error: expect.stringContaining("could not be listed"),
		},
	]);
	await at.listed(3);
	await expect.poll(at.served, { interval: 5 }).toEqual([L1, L2]);
	expect(await name(world, L1)).toBe("Sandbox location 1");
	expect((await connectionsOf(world))[0]).toMatchObject({
		kind: "AGENCY",
		state: "CONNECTED",
		error: null,
	});
	expect(
		world.log
			.filter(({ msg }) => String(msg).startsWith("installed locations"))
			.map(({ level, msg }) => [level, msg]),
	).toEqual([
		["warn", "installed locations could not be listed"],
		["warn", "installed locations could not be listed"],
		["info", "installed locations listed"],
	]);
});

test("an INSTALL that got lost is made up for within the hour", async () => {
	await using at = await startAgency({ sandbox: { locations: 3 } });
	const { world, clock } = at;
	world.sandbox.oauth.uninstall("sandbox-location-3");
	await world.gateway.oauthChanges.uninstall({
		locationId: "sandbox-location-3",
	});
	expect(await at.served()).toEqual([L1, L2]);
	// No webhook tells of it.
	world.sandbox.oauth.install("sandbox-location-3");
	expect(at.lists()).toBe(1);
	await clock.advance(0.74 * HOUR);
	await at.listed(2);
	await expect
		.poll(at.served, { interval: 5 })
		.toEqual([L1, L2, "sandbox-location-3"]);
	expect(await name(world, "sandbox-location-3")).toBe("Sandbox location 3");
});

test("an UNINSTALL that got lost is made up for once two lists in a row are without the location", async () => {
	await using at = await startAgency();
	const { world, clock } = at;
	expect(await name(world, L2)).toBe("Sandbox location 2");
	world.sandbox.oauth.uninstall(L2);
	await clock.advance(0.74 * HOUR);
	await at.listed(2);
	expect(await at.served()).toEqual([L1, L2]);
	await at.listed(3);
	await expect.poll(at.served, { interval: 5 }).toEqual([L1]);
	expect(await name(world, L2)).toBe("FORBIDDEN");
});

test.each<[string, object, number, number]>([
	["list is without a location", { locations: [{ _id: L1 }], count: 1 }, 1, 1],
	["two lists are empty", { locations: [], count: 0 }, 2, 2],
	["two lists repeat their page", { locations: [{ _id: L1 }], count: 2 }, 2, 4],
])("where %s, nothing is taken away", async (_, body, lists, calls) => {
	await using at = await startAgency();
	const { world, clock } = at;
	world.upstream.next({
		kind: "wrongShape",
		body,
		count: calls,
		match: { path: LIST },
	});
	for (let list = 1; list <= lists; list++) {
		await clock.advance(0.74 * HOUR);
		await at.listed(1 + (calls / lists) * list);
		await world.request({ path: "/health/live" });
		expect(await at.served()).toEqual([L1, L2]);
	}
	await clock.advance(0.74 * HOUR);
	await at.listed(2 + calls);
	expect(await at.served()).toEqual([L1, L2]);
	expect(await name(world, L2)).toBe("Sandbox location 2");
});

const OTHER = "another-company";

/** Another agency is connected beside the sandbox's; HighLevel gives its token for the code. */
const connectOther = async (world: World) => {
	world.upstream.next({
		kind: "wrongShape",
		body: {
			access_token: "other-access",
			refresh_token: "other-refresh",
			userType: "Company",
			companyId: OTHER,
		},
		match: { path: "/oauth/token" },
	});
	world.upstream.next({
		kind: "wrongShape",
		body: { locations: [{ _id: L2 }], count: 1 },
		match: { path: LIST },
	});
	await using browser = createBrowser();
	await connect(world, browser, world.sandbox.oauth.companyId);
};

const ownerOf = async (world: World, id: string) =>
	(await connectionsOf(world)).find(
		({ locationId }: { locationId: string }) => locationId === id,
	)?.companyId;

test("a location that moved to another agency is the newest consent's, and its former owner's lists and UNINSTALL leave it there", async () => {
	await using at = await startAgency();
	const { world, clock } = at;
	const { companyId } = world.sandbox.oauth;
	expect(await name(world, L2)).toBe("Sandbox location 2");
	await clock.advance(1000);
	await connectOther(world);
	expect(await ownerOf(world, L2)).toBe(OTHER);
	expect(await ownerOf(world, L1)).toBe(companyId);
	// Its tokens are the new owner's to mint.
	world.sandbox.clearCalls();
	world.upstream.next({
		kind: "status",
		status: 503,
		match: { path: "/oauth/locationToken" },
	});
	expect(await name(world, L2)).toBe("UPSTREAM_UNAVAILABLE");
	expect(world.calls.map(({ path }) => path)).toEqual(["/oauth/locationToken"]);

	await clock.advance(1000);
	await world.gateway.oauthChanges.uninstall({
		locationId: L2,
		companyId,
		at: clock.epoch(),
	});
	expect(await ownerOf(world, L2)).toBe(OTHER);
	await world.gateway.oauthChanges.uninstall({ companyId, at: clock.epoch() });
	expect(await at.served()).toEqual([L2]);
	await world.gateway.oauthChanges.uninstall({
		locationId: L2,
		companyId: OTHER,
		at: clock.epoch(),
	});
	expect(await at.served()).toEqual([]);
});

test("an INSTALL with its company moves a location back, and a list of the other company does not", async () => {
	await using at = await startAgency();
	const { world, clock } = at;
	const { companyId } = world.sandbox.oauth;
	await clock.advance(1000);
	await connectOther(world);
	await clock.advance(1000);
	await world.gateway.oauthChanges.install({
		locationId: L2,
		companyId,
		at: clock.epoch(),
	});
	expect(await ownerOf(world, L2)).toBe(companyId);
	expect(await name(world, L2)).toBe("Sandbox location 2");
	world.upstream.next({
		kind: "wrongShape",
		body: { locations: [{ _id: L2 }], count: 1 },
		match: { path: `${LIST}?companyId=${OTHER}` },
	});
	const before = at.lists();
	await clock.advance(0.74 * HOUR);
	await at.listed(before + 2);
	expect(await ownerOf(world, L2)).toBe(companyId);
});

test("an UNINSTALL that is older than the reinstall takes nothing away", async () => {
	await using at = await startAgency();
	const { world, clock } = at;
	const { companyId } = world.sandbox.oauth;
	await clock.advance(10_000);
	const uninstalledAt = clock.epoch();
	await clock.advance(10_000);
	await world.gateway.oauthChanges.install({
		locationId: L2,
		companyId,
		at: clock.epoch(),
	});
	await world.gateway.oauthChanges.uninstall({
		locationId: L2,
		companyId,
		at: uninstalledAt,
	});
	expect(await at.served()).toEqual([L1, L2]);
});

test("a mint that was refused is tried again at once after a new consent", async () => {
	await using at = await startAgency();
	const { world, clock } = at;
	world.upstream.next({
		kind: "status",
		status: 400,
		body: { statusCode: 400, message: "Location not found" },
		match: { path: "/oauth/locationToken" },
	});
	expect(await name(world, L2)).toBe("UPSTREAM_UNAUTHORIZED");
	expect(
		(await connectionsOf(world)).find(
			({ locationId }: { locationId: string }) => locationId === L2,
		),
	).toMatchObject({
		state: "RECONNECT",
		error: expect.stringContaining("not installed there"),
	});
	await clock.advance(1);
	await using browser = createBrowser();
	await connect(world, browser, world.sandbox.oauth.companyId);
	expect(await name(world, L2)).toBe("Sandbox location 2");
	expect(world.sandbox.oauth.tally(L2)).toMatchObject({ minted: 1 });
});
