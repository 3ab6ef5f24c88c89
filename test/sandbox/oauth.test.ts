/** The sandbox's OAuth keeps to the contract, section 8: what the gateway's own tests lean on. */
import { expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import type { Data } from "../support/ask.ts";

const REDIRECT = "http://127.0.0.1:9/oauth/callback";

const form = (sandbox: Sandbox, fields: Record<string, string>) =>
	fetch(`${sandbox.url}/oauth/token`, {
		method: "POST",
		body: new URLSearchParams({
			client_id: sandbox.oauth.clientId,
			client_secret: sandbox.oauth.clientSecret,
			...fields,
		}),
	});

const consent = async (sandbox: Sandbox, choice: string): Promise<URL> => {
	const answer = await fetch(`${sandbox.url}/oauth/consent`, {
		method: "POST",
		redirect: "manual",
		body: new URLSearchParams({
			response_type: "code",
			client_id: sandbox.oauth.clientId,
			redirect_uri: REDIRECT,
			scope: "contacts.readonly oauth.write oauth.readonly",
			version_id: "sandboxapp",
			state: "s1",
			choice,
		}),
	});
	return new URL(answer.headers.get("location") ?? "");
};

const reads = (sandbox: Sandbox, token: string) =>
	fetch(`${sandbox.url}/contacts/c1`, {
		headers: { authorization: `Bearer ${token}`, version: "2021-07-28" },
	});

const told = async (answer: Response): Promise<Data> => answer.json();

const start = (oauth = {}, now?: () => number) =>
	startSandbox({
		contacts: 2,
		ids: "readable",
		oauth: { answers: "specified", ...oauth },
		...(now && { now }),
	});

test("a code is exchanged once, and its token reads its location", async () => {
	await using sandbox = await start();
	const back = await consent(sandbox, "sandbox-location-1");
	expect(back.searchParams.get("state")).toBe("s1");
	const fields = {
		grant_type: "authorization_code",
		code: back.searchParams.get("code") ?? "",
		redirect_uri: REDIRECT,
		user_type: "Location",
	};
	const first = await form(sandbox, fields);
	expect(first.status).toBe(200);
	const tokens = await told(first);
	expect(tokens).toMatchObject({
		token_type: "Bearer",
		expires_in: 86399,
		userType: "Location",
		locationId: "sandbox-location-1",
	});
	expect((await reads(sandbox, tokens.access_token)).status).toBe(200);
	const second = await form(sandbox, fields);
	expect(second.status).toBe(400);
	expect(await second.json()).toMatchObject({ error: "invalid_grant" });
});

test("denied consent comes back as access_denied with the state", async () => {
	await using sandbox = await start();
	const back = await consent(sandbox, "");
	expect([...back.searchParams]).toEqual([
		["error", "access_denied"],
		["state", "s1"],
	]);
});

test("a refresh token works once, and within the grace gives the same new one again", async () => {
	let now = Date.now();
	await using sandbox = await start({}, () => now);
	const { refreshToken } = sandbox.oauth.issue("sandbox-location-1");
	const renew = () =>
		form(sandbox, { grant_type: "refresh_token", refresh_token: refreshToken });
	const first = await told(await renew());
	const again = await told(await renew());
	expect(again.refresh_token).toBe(first.refresh_token);
	expect(first.refresh_token).not.toBe(refreshToken);
	now += 30_001;
	expect((await renew()).status).toBe(400);
	expect(sandbox.oauth.tallies()["sandbox-location-1"]).toMatchObject({
		refreshed: 1,
		repeated: 1,
		refused: 1,
	});
});

test("an expired token is an invalid JWT, a revoked one an invalid token, a scope not granted neither", async () => {
	let now = Date.now();
	await using sandbox = await start({}, () => now);
	const said = async (token: string) => {
		const answer = await reads(sandbox, token);
		return `${answer.status} ${(await told(answer)).message}`;
	};
	const short = sandbox.oauth.issue("sandbox-location-1", {
		expiresInMs: 1000,
	});
	const { accessToken } = sandbox.oauth.issue("sandbox-location-1");
	now += 1000;
	expect(await said(short.accessToken)).toBe("401 Invalid JWT");
	sandbox.oauth.uninstall("sandbox-location-1");
	expect(await said(accessToken)).toBe(
		"401 Invalid token: access token is invalid",
	);
	const company = sandbox.oauth.issue("company");
	expect(await said(company.accessToken)).toBe(
		"403 The token does not have access to this location.",
	);
});

test("a company token mints a location's tokens and lists where the app is installed", async () => {
	await using sandbox = await start();
	const { accessToken } = sandbox.oauth.issue("company");
	const headers = {
		authorization: `Bearer ${accessToken}`,
		version: "2021-07-28",
	};
	const minted = await fetch(`${sandbox.url}/oauth/locationToken`, {
		method: "POST",
		headers,
		body: new URLSearchParams({
			companyId: sandbox.oauth.companyId,
			locationId: "sandbox-location-1",
		}),
	});
	const tokens = await told(minted);
	expect(tokens).toMatchObject({ locationId: "sandbox-location-1" });
	expect((await reads(sandbox, tokens.access_token)).status).toBe(200);
	const listed = await fetch(
		`${sandbox.url}/oauth/installedLocations?companyId=${sandbox.oauth.companyId}&appId=sandboxapp&isInstalled=true`,
		{ headers },
	);
	expect(await listed.json()).toMatchObject({
		count: 2,
		locations: [{ _id: "sandbox-location-1" }, { _id: "sandbox-location-2" }],
	});
});

test("from the control room tokens are ended, and the app is taken away and brought back", async () => {
	await using sandbox = await start();
	const act = (what: string, body: object) =>
		fetch(`${sandbox.url}/__sandbox/oauth/${what}`, {
			method: "POST",
			body: JSON.stringify(body),
		});
	const told: string[] = [];
	sandbox.oauth.onInstall(({ type }) => told.push(type));
	const { accessToken } = sandbox.oauth.issue("sandbox-location-1");
	expect((await act("expire", { id: "sandbox-location-1" })).status).toBe(201);
	expect((await reads(sandbox, accessToken)).status).toBe(401);
	await act("uninstall", { id: "sandbox-location-1" });
	await act("install", { id: "sandbox-location-1" });
	expect(told).toEqual(["INSTALL", "UNINSTALL", "INSTALL"]);
	expect((await act("expire", { id: "elsewhere" })).status).toBe(400);
	expect((await act("explode", { id: "sandbox-location-1" })).status).toBe(404);
});

test("a wrong client secret is an invalid client", async () => {
	await using sandbox = await start();
	const answer = await form(sandbox, {
		client_secret: "no",
		grant_type: "refresh_token",
		refresh_token: "x",
	});
	expect(answer.status).toBe(401);
	expect(await answer.json()).toMatchObject({ error: "invalid_client" });
});

test("the consent page shows two locations and an agency, with and without /v2", async () => {
	await using sandbox = await start();
	const query = new URLSearchParams({
		response_type: "code",
		client_id: sandbox.oauth.clientId,
		redirect_uri: REDIRECT,
		scope: "contacts.readonly",
	});
	for (const path of ["/v2/oauth/chooselocation", "/oauth/chooselocation"]) {
		const page = await (await fetch(`${sandbox.url}${path}?${query}`)).text();
		expect(page.match(/name="choice"/g)).toHaveLength(4);
	}
	query.set("redirect_uri", "https://evil.example/");
	const refused = await fetch(
		`${sandbox.url}/v2/oauth/chooselocation?${query}`,
	);
	expect(refused.status).toBe(400);
});

const measured = () => start({ answers: "measured" });

test("as measured, a code that is not there is told before the client is looked at, and a refused refresh blames the client", async () => {
	await using sandbox = await measured();
	const bad = await form(sandbox, {
		client_secret: "no",
		grant_type: "authorization_code",
		code: "never-given",
	});
	expect([bad.status, await bad.json()]).toEqual([
		401,
		{
			error: "UnAuthorized!",
			error_description: "Authorization code not found",
		},
	]);
	const refused = await form(sandbox, {
		grant_type: "refresh_token",
		refresh_token: "never-given",
	});
	expect([refused.status, await refused.json()]).toEqual([
		401,
		{
			error: "UnAuthorized!",
			error_description: "Invalid client credentials!",
		},
	]);
});

test.each([
	["the agency", "sandbox-company", 2],
	["one location in the agency's view", "agency:sandbox-location-1", 1],
])(
	"as measured, %s gives a Company token that names neither oauth.* nor approved locations, and mints all the same",
	async (_, choice, installed) => {
		await using sandbox = await measured();
		const back = await consent(sandbox, choice);
		const company = await told(
			await form(sandbox, {
				grant_type: "authorization_code",
				code: back.searchParams.get("code") ?? "",
				user_type: "Location",
			}),
		);
		expect(company).toMatchObject({
			userType: "Company",
			scope: "contacts.readonly",
		});
		expect(company).not.toHaveProperty("approvedLocations");
		expect(company).not.toHaveProperty("locationId");
		const headers = {
			authorization: `Bearer ${company.access_token}`,
			version: "2021-07-28",
		};
		const minted = await fetch(`${sandbox.url}/oauth/locationToken`, {
			method: "POST",
			headers,
			body: new URLSearchParams({
				companyId: sandbox.oauth.companyId,
				locationId: "sandbox-location-1",
			}),
		});
		expect(minted.status).toBe(201);
		expect(await minted.json()).toMatchObject({
			expires_in: 86400,
			scope: "contacts.readonly oauth.readonly oauth.write",
		});
		const list = await told(
			await fetch(
				`${sandbox.url}/oauth/installedLocations?companyId=${sandbox.oauth.companyId}&appId=sandboxapp&isInstalled=true`,
				{ headers },
			),
		);
		expect(list.locations).toHaveLength(installed);
	},
);

test("as measured, the consent page wants the version of the app, and no redirect URL with highlevel in it", async () => {
	await using sandbox = await measured();
	const query = new URLSearchParams({
		response_type: "code",
		client_id: sandbox.oauth.clientId,
		redirect_uri: REDIRECT,
		scope: "contacts.readonly",
	});
	const page = () => fetch(`${sandbox.url}/v2/oauth/chooselocation?${query}`);
	const refused = await page();
	expect(refused.status).toBe(400);
	expect(await refused.text()).toContain("error.noversionid");
	query.set("version_id", "sandboxapp");
	expect((await page()).status).toBe(200);
	query.set("redirect_uri", "http://127.0.0.1:9/highlevel/callback");
	expect((await page()).status).toBe(400);
});
