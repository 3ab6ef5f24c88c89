/** Connecting a location or an agency: by one link, for the browser that began, and with nothing stored when it fails. */
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { chromium } from "playwright-core";
import { expect, test } from "vitest";
import { createEndpoint } from "../../src/oauth/endpoint.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { WEBHOOK_KEYS } from "../../src/sandbox/webhooks/keys.ts";
import { createBrowser } from "../support/browser.ts";
import { connect, consent, leave, signIn } from "../support/connect.ts";
import { startWorld, type World } from "../support/world.ts";

const L1 = "sandbox-location-1";
const L2 = "sandbox-location-2";
const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const missing = !existsSync(CHROMIUM);

const CONNECTIONS =
	"{ connections { kind state locationId companyId scopes missingScopes connectedAt tokenAt expiresAt refreshedAt error reconnectPath } }";

const operatorToken = (world: World) =>
	world.token({ locations: [], scopes: ["operator"] });

const connections = async (world: World) =>
	(
		await world.query(CONNECTIONS, undefined, {
			token: await operatorToken(world),
		})
	).connections;

test("a location is served from the moment that consent came back", async () => {
	await using world = await startWorld({ contacts: 2, oauth: {} });
	await using browser = createBrowser();
	const [before] = await world.fails("{ location { name } }");
	expect(before?.extensions?.code).toBe("FORBIDDEN");
	const page = await connect(world, browser, L1);
	expect(page.status).toBe(200);
	expect(page.text).toContain("Location connected");
	expect(page.text).toContain(L1);
	const { contacts } = await world.query(
		"{ contacts(first: 2) { nodes { contactId } } }",
	);
	expect(contacts.nodes).toHaveLength(2);
	expect(world.sandbox.oauth.tallies()[L1]?.exchanged).toBe(1);
});

test("the consent page is asked for exactly what the app is registered with", async () => {
	await using world = await startWorld({ oauth: {} });
	await using browser = createBrowser();
	await signIn(world, browser);
	const page = await leave(world, browser);
	expect(page.origin + page.pathname).toBe(
		`${world.sandbox.url}/v2/oauth/chooselocation`,
	);
	expect(Object.fromEntries(page.searchParams)).toMatchObject({
		response_type: "code",
		client_id: world.sandbox.oauth.clientId,
		redirect_uri: `${world.url}/oauth/callback`,
		scope: expect.stringContaining("contacts.readonly contacts.write"),
		state: expect.stringMatching(/^[\w-]{43}$/),
	});
});

test.each([
	["the part of the client id before its dash", {}, "sandboxapp"],
	["what is set", { versionId: "v-7" }, "v-7"],
	["what the consent page's address says", { query: "version_id=v-8" }, "v-8"],
])(
	"the version of the app that is asked for is %s, and a query of the consent page's address is kept",
	async (_, { versionId, query }: Record<string, string>, expected) => {
		await using sandbox = await startSandbox();
		await using world = await startWorld({
			oauth: {
				...(versionId && { versionId }),
				authorizeUrl: `${sandbox.oauth.authorizeUrl}?white=label${query ? `&${query}` : ""}`,
			},
		});
		await using browser = createBrowser();
		await signIn(world, browser);
		const { searchParams } = await leave(world, browser);
		expect(searchParams.get("version_id")).toBe(expected);
		expect(searchParams.get("white")).toBe("label");
		expect(searchParams.get("response_type")).toBe("code");
	},
);

test.each(["http://graph.example", "https://highlevel.example"])(
	"from %s nobody is sent off to HighLevel, who would not send them back",
	async (publicUrl) => {
		await using world = await startWorld({
			oauth: { authorizeUrl: "https://marketplace.example/oauth" },
			gateway: { publicUrl },
		});
		const answer = await world.request({
			path: "/oauth/connect",
			headers: { authorization: `Bearer ${await operatorToken(world)}` },
		});
		expect(answer.status).toBe(500);
		expect(answer.text).toContain("PUBLIC_URL");
	},
);

test("one location picked in the agency's view is served, although its token is the agency's", async () => {
	await using world = await startWorld({ contacts: 2, oauth: {} });
	await using browser = createBrowser();
	const page = await connect(world, browser, `agency:${L1}`);
	expect(page.text).toContain("Agency connected");
	expect(page.text).toContain("<b>1</b> of its locations");
	await world.query("{ location { name } }");
	expect(
		(await connections(world)).map(
			({ kind, locationId, missingScopes }: Record<string, unknown>) => [
				kind,
				locationId,
				missingScopes,
			],
		),
	).toEqual([
		["AGENCY", null, []],
		["MINTED", L1, []],
	]);
});

test("the sandbox's specified answers connect an agency as well as the measured ones", async () => {
	await using world = await startWorld({
		sandbox: { oauth: { answers: "specified" } },
		oauth: {},
	});
	await using browser = createBrowser();
	const page = await connect(world, browser, world.sandbox.oauth.companyId);
	expect(page.text).toContain("<b>2</b> of its locations");
	await world.query("{ location { name } }");
});

test.each([
	"token_type",
	"expires_in",
	"scope",
	"userType",
	"companyId",
	"refresh_token",
	"userId",
	"isBulkInstallation",
])("a token answer without %s connects a location", async (field) => {
	await using world = await startWorld({ oauth: {} });
	await using browser = createBrowser();
	world.upstream.next({
		kind: "wrongShape",
		remove: [field],
		match: { path: "/oauth/token" },
	});
	const page = await connect(world, browser, L1);
	expect(page.text).toContain("Location connected");
	expect(page.text).not.toContain("not granted");
	await world.query("{ location { name } }");
	expect(await connections(world)).toMatchObject([
		{ state: "CONNECTED", missingScopes: [] },
	]);
});

test("a code that brought a refresh token only is not lost: the first call gets the access token", async () => {
	await using world = await startWorld({ oauth: {} });
	await using browser = createBrowser();
	world.upstream.next({
		kind: "wrongShape",
		remove: ["access_token"],
		match: { path: "/oauth/token" },
	});
	const page = await connect(world, browser, L1);
	expect(page.text).toContain("Location connected");
	await world.query("{ location { name } }");
	expect(world.sandbox.oauth.tally(L1)).toMatchObject({
		exchanged: 1,
		refreshed: 1,
		refused: 0,
	});
});

test("an agency brings all of its locations, and their tokens when they are first needed", async () => {
	await using world = await startWorld({
		contacts: 2,
		sandbox: { locations: 30 },
		oauth: {},
	});
	await using browser = createBrowser();
	const page = await connect(world, browser, world.sandbox.oauth.companyId);
	expect(page.text).toContain("<b>30</b> of its locations");
	const token = await world.token({ locations: [L2] });
	await world.query("{ location { name } }", undefined, { token });
	const tallies = world.sandbox.oauth.tallies();
	expect(tallies[L2]?.minted).toBe(1);
	expect(tallies[L1]).toBeUndefined();
	const list = await connections(world);
	expect(list).toHaveLength(31);
	expect(list[0]).toMatchObject({ kind: "AGENCY", state: "CONNECTED" });
	expect(
		list.find((one: { locationId: string }) => one.locationId === L2),
	).toMatchObject({ kind: "MINTED", state: "CONNECTED", missingScopes: [] });
	expect(
		list.find((one: { locationId: string }) => one.locationId === L1),
	).toMatchObject({ kind: "MINTED", state: "WAITING", scopes: null });
});

test("denied consent, an expired code, a wrong secret and a broken answer each end on a clear page and a log line, and nothing is stored", async () => {
	let now = Date.now();
	await using world = await startWorld({
		sandbox: { oauth: { codeTtlMs: 1000 }, now: () => now },
		oauth: {},
	});
	await using browser = createBrowser();
	await signIn(world, browser);
	const wayBack = async (choice: string) =>
		consent(world, browser, await leave(world, browser), choice);
	const refused = () =>
		world.log.filter(({ msg }) => msg === "connection refused").at(-1);

	const denied = await browser.visit(await wayBack(""));
	expect(denied).toMatchObject({ status: 400 });
	expect(denied.text).toContain("Access was denied");
	expect(refused()).toMatchObject({ level: "warn", kind: "denied" });

	const late = await wayBack(L1);
	now += 1001;
	const expired = await browser.visit(late);
	expect(expired).toMatchObject({ status: 400 });
	expect(expired.text).toContain("used or expired");
	expect(refused()).toMatchObject({ kind: "grant" });

	for (const [fault, status, kind, words] of [
		[{ kind: "status", status: 503 }, 503, "unavailable", "did not answer"],
		[{ kind: "drop" }, 503, "unavailable", "did not answer"],
		[{ kind: "malformed" }, 502, "unreadable", "unexpected answer"],
		[
			{ kind: "wrongShape", remove: ["locationId"] },
			502,
			"unreadable",
			"unexpected answer",
		],
	] as const) {
		const back = await wayBack(L1);
		world.upstream.next({ ...fault, match: { path: "/oauth/token" } } as never);
		const page = await browser.visit(back);
		expect(page.status).toBe(status);
		expect(page.text).toContain(words);
		expect(page.text).toContain("Nothing was stored");
		expect(refused()).toMatchObject({ kind });
	}
	expect(await connections(world)).toEqual([]);
});

test("a wrong client secret names the settings to compare", async () => {
	await using world = await startWorld({
		oauth: { clientSecret: "not-the-secret" },
	});
	await using browser = createBrowser();
	const page = await connect(world, browser, L1);
	expect(page.status).toBe(502);
	expect(page.text).toContain("OAUTH_CLIENT_SECRET");
	expect(JSON.stringify(world.log)).not.toContain("not-the-secret");
	expect(await connections(world)).toEqual([]);
});

test("a state works once, for its own browser, and not for long", async () => {
	await using world = await startWorld({ oauth: { stateTtlMs: 60_000 } });
	await using browser = createBrowser();
	await using other = createBrowser();
	await signIn(world, browser);
	const calls = () =>
		world.calls.filter(({ path }) => path === "/oauth/token").length;

	const first = await consent(world, browser, await leave(world, browser), L1);
	const stolen = await other.visit(first);
	expect(stolen.status).toBe(400);
	expect(stolen.text).toContain("not valid any more");
	const spent = await browser.visit(first);
	expect(spent.status).toBe(400);
	expect(calls()).toBe(0);

	const second = await consent(world, browser, await leave(world, browser), L1);
	expect((await browser.visit(second)).status).toBe(200);
	expect((await browser.visit(second)).status).toBe(400);
	expect(calls()).toBe(1);

	const forged = new URL(second);
	for (const state of ["", "x", "A".repeat(43)]) {
		forged.searchParams.set("state", state);
		expect((await browser.visit(forged)).status).toBe(400);
	}
	expect(calls()).toBe(1);
});

test("an installation that was begun in the marketplace says so, uses no code, and offers one way on", async () => {
	await using world = await startWorld({ oauth: {} });
	await using browser = createBrowser();
	await signIn(world, browser);
	const page = await browser.visit(
		`${world.url}/oauth/callback?code=sandbox-code-of-the-marketplace`,
	);
	expect(page.status).toBe(400);
	expect(page.text).toContain("begun in the marketplace");
	expect(page.text.match(/class="button"/g)).toHaveLength(1);
	expect(page.text).toContain('href="/oauth/connect"');
	expect(world.calls).toEqual([]);
	expect(await connections(world)).toEqual([]);
	expect(
		world.log.filter(({ msg }) => String(msg).includes("marketplace")),
	).toMatchObject([{ level: "info" }]);
});

test("loading the page again after it has connected says that it has, to the same browser only, and asks for nothing", async () => {
	await using world = await startWorld({ oauth: {} });
	await using browser = createBrowser();
	await using other = createBrowser();
	await signIn(world, browser);
	const back = await consent(world, browser, await leave(world, browser), L1);
	expect((await browser.visit(back)).status).toBe(200);
	world.sandbox.clearCalls();
	for (let i = 0; i < 3; i++) {
		const again = await browser.visit(back);
		expect(again.text).toContain("Already connected");
		expect(again.text).toContain(L1);
	}
	const elsewhere = await other.visit(back);
	expect(elsewhere.text).toContain("not valid any more");
	expect(elsewhere.text).not.toContain(L1);
	expect(world.calls).toEqual([]);
	expect(await connections(world)).toHaveLength(1);
});

test("two tabs of one browser can be on their way at once", async () => {
	await using world = await startWorld({ oauth: {} });
	await using browser = createBrowser();
	await signIn(world, browser);
	const one = await leave(world, browser);
	const two = await leave(world, browser);
	const back = await consent(world, browser, one, L1);
	expect((await browser.visit(back)).status).toBe(200);
	const also = await consent(world, browser, two, L2);
	expect((await browser.visit(also)).status).toBe(200);
	expect(await connections(world)).toHaveLength(2);
});

test("connecting is for operators: a browser is asked for a token, a program refused", async () => {
	await using world = await startWorld({ oauth: {} });
	await using browser = createBrowser();
	const asked = await browser.visit(`${world.url}/oauth/connect`);
	expect(asked.status).toBe(401);
	expect(asked.text).toContain("Operators only");
	const refused = await browser.submit(`${world.url}/operator/session`, {
		token: await world.token({ locations: [L1] }),
	});
	expect(refused.status).toBe(401);
	expect(refused.text).toContain("lacks the scope operator");
	const program = await world.request({ path: "/oauth/connect" });
	expect(program.status).toBe(401);
	const wrong = await world.request({
		path: "/oauth/connect",
		headers: { authorization: `Bearer ${await world.token()}` },
	});
	expect(wrong.status).toBe(403);
	const right = await world.request({
		path: "/oauth/connect",
		headers: { authorization: `Bearer ${await operatorToken(world)}` },
	});
	expect(right.status).toBe(302);
});

test.each([
	["with a count", true],
	["without one", false],
])(
	"an agency's locations are read to the end, however short HighLevel's pages are, %s",
	async (_, counted) => {
		const all = Array.from({ length: 45 }, (_, i) => ({ _id: `L${i}` }));
		const server = createServer((req, res) => {
			const skip = Number(
				new URL(`http://x${req.url}`).searchParams.get("skip"),
			);
			res.writeHead(200, { "content-type": "application/json" });
			res.end(
				JSON.stringify({
					locations: all.slice(skip, skip + 20),
					...(counted && { count: all.length }),
				}),
			);
		});
		await new Promise<void>((resolve) =>
			server.listen(0, "127.0.0.1", () => resolve()),
		);
		const endpoint = createEndpoint({
			url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
			clientId: "app-client",
			clientSecret: "secret",
			redirectUri: () => "http://127.0.0.1/oauth/callback",
		});
		try {
			expect(await endpoint.installed("token", "company")).toEqual({
				ids: all.map(({ _id }) => _id),
				complete: true,
			});
		} finally {
			await endpoint.close();
			server.close();
		}
	},
);

test("INSTALL before the code exchange ends, and UNINSTALL after it, add and forget", async () => {
	await using world = await startWorld({
		sandbox: { locations: 3 },
		oauth: {},
	});
	await using browser = createBrowser();
	const { companyId } = world.sandbox.oauth;
	// HighLevel tells of the third location before it says so in any list.
	await world.gateway.oauthChanges.install({ locationId: "late", companyId });
	expect(await connections(world)).toEqual([]);
	await connect(world, browser, companyId);
	const ids = async () =>
		(await connections(world)).map(
			({ locationId }: { locationId: string | null }) => locationId,
		);
	expect(await ids()).toEqual([null, "late", L1, L2, "sandbox-location-3"]);

	const token = await world.token({ locations: [L2] });
	await world.query("{ location { name } }", undefined, { token });
	await world.gateway.oauthChanges.uninstall({ locationId: L2 });
	const [gone] = await world.fails("{ location { name } }", undefined, {
		token,
	});
	expect(gone?.extensions?.code).toBe("FORBIDDEN");
	await world.gateway.oauthChanges.install({ locationId: L2 });
	await world.query("{ location { name } }", undefined, { token });

	await world.gateway.oauthChanges.uninstall({ companyId });
	expect(await ids()).toEqual([]);
});

test("signed INSTALL and UNINSTALL webhooks do the same, whatever comes first", async () => {
	await using world = await startWorld({
		sandbox: { locations: 2 },
		gateway: {
			webhooks: {
				keys: { ed25519: [WEBHOOK_KEYS.ed25519], rsa: [WEBHOOK_KEYS.rsa] },
			},
		},
		oauth: {},
	});
	await using browser = createBrowser();
	world.sandbox.webhooks.sendTo(`${world.url}/webhooks/contacts`);
	await connect(world, browser, L1);
	await world.sandbox.webhooks.settled();
	world.sandbox.edit({ type: "ContactUpdate" });
	await world.sandbox.webhooks.settled();
	const heard = async () =>
		(
			await world.query("{ connections { locationId webhookAt } }", undefined, {
				token: await operatorToken(world),
			})
		).connections;
	expect(await heard()).toEqual([
		{ locationId: L1, webhookAt: expect.any(String) },
	]);
	world.sandbox.oauth.uninstall(L1);
	await world.sandbox.webhooks.settled();
	await expect.poll(heard, { interval: 5 }).toEqual([]);
	const [gone] = await world.fails("{ location { name } }");
	expect(gone?.extensions?.code).toBe("FORBIDDEN");
});

test("an UNINSTALL that was sent before the connection was made anew takes nothing away", async () => {
	await using world = await startWorld({ oauth: {} });
	await using browser = createBrowser();
	const at = Date.now() - 1000;
	await connect(world, browser, L1);
	await world.gateway.oauthChanges.uninstall({ locationId: L1, at });
	expect(await connections(world)).toHaveLength(1);
});

test("an UNINSTALL that was sent before the app was installed again takes nothing away", async () => {
	await using world = await startWorld({ oauth: {} });
	await using browser = createBrowser();
	await connect(world, browser, L1);
	const at = Date.now();
	await world.gateway.oauthChanges.install({ locationId: L1, at: at + 2000 });
	await world.gateway.oauthChanges.uninstall({
		locationId: L1,
		at: at + 1000,
	});
	expect(await connections(world)).toHaveLength(1);
});

test("the operators' page shows what was granted and needed, and how to mend what is broken", async () => {
	await using world = await startWorld({
		oauth: { timing: { refusedRetryMs: 0 } },
	});
	await using browser = createBrowser();
	await connect(world, browser, L1);
	world.sandbox.oauth.uninstall(L1);
	await world.fails("{ location { name } }");
	const page = await browser.visit(`${world.url}/operator`);
	expect(page.status).toBe(200);
	expect(page.text).toContain(L1);
	expect(page.text).toContain("reconnect");
	expect(page.text).toContain("does not take the grant");
	const [connection] = await connections(world);
	expect(connection).toMatchObject({
		kind: "LOCATION",
		state: "RECONNECT",
		error: expect.stringContaining("grant"),
		reconnectPath: "/oauth/connect",
	});
	const again = await connect(world, browser, L1);
	expect(again.status).toBe(200);
	await world.query("{ location { name } }");
	expect((await connections(world))[0]).toMatchObject({ state: "CONNECTED" });
});

test("a location with a Private Integration Token needs no OAuth and is listed", async () => {
	await using world = await startWorld();
	const list = await connections(world);
	expect(list).toHaveLength(2);
	expect(list[0]).toMatchObject({
		kind: "PRIVATE_TOKEN",
		state: "CONNECTED",
		locationId: L1,
		reconnectPath: null,
	});
	const [refused] = await world.fails(CONNECTIONS);
	expect(refused?.extensions).toMatchObject({
		code: "FORBIDDEN",
		scopes: ["operator"],
	});
});

// In CI a missing browser is a failure of the machine, which this test then shows by failing.
test.skipIf(missing && !process.env.CI)(
	"in a real browser: connect, consent, and the first query with the new location's data",
	{ timeout: 30_000 },
	async () => {
		await using world = await startWorld({ contacts: 3, oauth: {} });
		const browser = await chromium.launch({
			executablePath: CHROMIUM,
			args: ["--no-sandbox"],
		});
		try {
			const page = await browser.newPage();
			const problems: string[] = [];
			page.on("console", (line) => {
				if (line.type() === "error" && !line.text().includes("401"))
					problems.push(line.text());
			});
			await page.goto(`${world.url}/oauth/connect`);
			await page.fill("#token", await operatorToken(world));
			await page.click("text=Sign in");
			await page.click("text=Connect a location or agency");
			await page.click("text=Sandbox location 2");
			await page.waitForSelector("text=Location connected");
			expect(page.url()).toContain("/oauth/callback?code=");
			await page.click("text=Connections");
			await page.waitForSelector(`text=${L2}`);
			expect(await page.locator(".state").allTextContents()).toEqual([
				"connected",
			]);
			expect(problems).toEqual([]);
		} finally {
			await browser.close();
		}
		const token = await world.token({ locations: [L2] });
		const { location, contacts } = await world.query(
			"{ location { name } contacts(first: 1) { nodes { contactId } } }",
			undefined,
			{ token },
		);
		expect(location.name).toBe("Sandbox location 2");
		expect(contacts.nodes[0].contactId).toMatch(/^l2c/);
	},
);
