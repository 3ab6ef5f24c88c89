/** The operators' pages in a real browser: every state of a connection, and every end of a consent, as a person sees it. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { type Browser, chromium, type Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { testClock } from "../support/clock.ts";
import { startWorld, type World } from "../support/world.ts";

const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const missing = !existsSync(CHROMIUM);
const DAY = 86_400_000;
const location = (n: number) => `sandbox-location-${n}`;

const withBrowser = async (work: (page: Page) => Promise<void>) => {
	const browser: Browser = await chromium.launch({
		executablePath: CHROMIUM,
		args: ["--no-sandbox"],
	});
	try {
		const page = await browser.newPage({
			viewport: { width: 1280, height: 800 },
		});
		const problems: string[] = [];
		page.on("pageerror", (error) => problems.push(error.message));
		page.on("console", (line) => {
			// The browser itself reports answers from 400 up.
			if (line.type() === "error" && !/status of [45]/.test(line.text()))
				problems.push(line.text());
		});
		await work(page);
		expect(problems).toEqual([]);
	} finally {
		await browser.close();
	}
};

const shoot = async (page: Page, name: string) => {
	await mkdir("test-artifacts", { recursive: true });
	await page.screenshot({
		path: `test-artifacts/connections-${name}.png`,
		fullPage: true,
	});
	// Nothing stands out of the window, in a narrow one neither.
	for (const width of [1280, 400]) {
		await page.setViewportSize({ width, height: 800 });
		expect([
			name,
			width,
			await page.evaluate("document.documentElement.scrollWidth"),
		]).toEqual([name, width, width]);
	}
	await page.screenshot({
		path: `test-artifacts/connections-${name}-narrow.png`,
		fullPage: true,
	});
	await page.setViewportSize({ width: 1280, height: 800 });
};

const signIn = async (world: World, page: Page) => {
	await page.goto(`${world.url}/operator`);
	await page.fill(
		"#token",
		await world.token({ locations: [], scopes: ["operator"] }),
	);
	await page.click("text=Sign in");
};

const connect = async (world: World, page: Page, choice: string) => {
	await page.goto(`${world.url}/oauth/connect`);
	await page.click(`button[value="${choice}"]`);
	await page.waitForSelector("main");
};

/** What the page says of each: whose, state, last error. */
const rowsOf = async (page: Page): Promise<string[][]> => {
	const rows = await page.locator("tbody tr").all();
	return Promise.all(
		rows.map(async (row) => {
			const cell = (n: number) => row.locator("td").nth(n);
			return [
				await cell(0).locator("code").innerText(),
				await cell(1).locator(".state").innerText(),
				(await cell(6).innerText()).split("\n")[0] as string,
			];
		}),
	);
};

const ask = async (world: World, n: number) =>
	world.answer(
		"{ location { name } }",
		{},
		{ token: await world.token({ locations: [location(n)] }) },
	);

describe.skipIf(missing && !process.env.CI)("in a browser", () => {
	test("the page of connections shows each in its state, with what to do", async () => {
		const clock = testClock(Date.now());
		await using world = await startWorld({
			sandbox: { locations: 8, now: clock.epoch },
			oauth: {},
			gateway: { clock, locations: [location(1), location(2)] },
		});
		const { oauth } = world.sandbox;
		await withBrowser(async (page) => {
			await signIn(world, page);
			await page.waitForSelector("text=Connections");
			for (const n of [1, 2]) await ask(world, n);
			await connect(world, page, location(2));
			await page.goto(`${world.url}/operator`);
			world.sandbox.setPrivateToken(location(1), false);
			await clock.advance(DAY);
			await ask(world, 1);

			await connect(world, page, oauth.companyId);
			await page.goto(`${world.url}/operator`);
			await ask(world, 6);
			for (const [n, words] of [
				[7, "Location not found"],
				[8, "Location is not active"],
			] as const) {
				world.upstream.next({
					kind: "status",
					status: 400,
					body: { statusCode: 400, message: words },
					match: { path: "/oauth/locationToken" },
				});
				await ask(world, n);
			}
			world.upstream.next({
				kind: "status",
				status: 503,
				match: { path: "/oauth/locationToken" },
			});
			await ask(world, 5);
			await page.goto(`${world.url}/operator`);
			expect(await rowsOf(page)).toEqual([
				[
					location(7),
					"reconnect",
					expect.stringContaining("not installed there"),
				],
				[
					location(1),
					"failing",
					expect.stringContaining("Private Integration"),
				],
				[location(5), "failing", expect.stringContaining("cannot be used now")],
				[location(8), "failing", expect.stringContaining("suspended")],
				[location(2), "connected", "-"],
				[oauth.companyId, "connected", "-"],
				[location(6), "connected", "-"],
				[location(3), "waiting", "-"],
				[location(4), "waiting", "-"],
			]);
			await shoot(page, "all");

			oauth.uninstall(oauth.companyId);
			await clock.advance(2 * DAY);
			await ask(world, 6);
			await page.reload();
			const rows = await rowsOf(page);
			expect(rows.find(([id]) => id === oauth.companyId)?.[1]).toBe(
				"reconnect",
			);
			expect(rows.find(([id]) => id === location(6))).toEqual([
				location(6),
				"reconnect",
				expect.stringContaining("agency must be connected again"),
			]);
			await shoot(page, "agency-lost");
		});
	}, 60_000);

	test("an agency whose locations could not be listed says so at its consent and on the page", async () => {
		await using world = await startWorld({ oauth: {} });
		await withBrowser(async (page) => {
			await signIn(world, page);
			await page.waitForSelector("text=0 connections");
			await shoot(page, "none");
			world.upstream.next({
				kind: "status",
				status: 500,
				match: { path: "/oauth/installedLocations" },
			});
			await connect(world, page, world.sandbox.oauth.companyId);
			await page.waitForSelector("text=did not list its locations");
			await shoot(page, "unlisted");
			await page.click("a.button >> text=Connections");
			expect(await rowsOf(page)).toEqual([
				[
					world.sandbox.oauth.companyId,
					"failing",
					expect.stringContaining("could not be listed"),
				],
			]);
			await shoot(page, "unlisted-state");
		});
	}, 60_000);

	test("every end of a consent says what happened and what to do", async () => {
		await using world = await startWorld({ oauth: {} });
		await withBrowser(async (page) => {
			await page.goto(`${world.url}/oauth/connect`);
			await page.waitForSelector("text=Operators only");
			await shoot(page, "sign-in");
			await signIn(world, page);
			await page.waitForSelector("text=0 connections");
			const token = (fault: object) =>
				world.upstream.next({
					...fault,
					match: { path: "/oauth/token" },
				} as never);
			const refuse = (status: number, error_description: string) =>
				token({
					kind: "status",
					status,
					body: { error: "UnAuthorized!", error_description },
				});
			const ends: [string, string, string, (() => void)?][] = [
				["denied", "", "Not connected"],
				[
					"code",
					location(1),
					"The code was not accepted",
					() => refuse(401, "Authorization code not found"),
				],
				[
					"client",
					location(1),
					"HighLevel does not know this gateway",
					() => refuse(401, "Invalid client credentials!"),
				],
				[
					"inactive",
					location(1),
					"The location is suspended",
					() => refuse(400, "Location is not active"),
				],
				[
					"unavailable",
					location(1),
					"HighLevel did not answer",
					() => token({ kind: "status", status: 403, body: "<html></html>" }),
				],
				[
					"unreadable",
					location(1),
					"HighLevel gave an unexpected answer",
					() => token({ kind: "malformed" }),
				],
				["location", location(1), "Location connected"],
				["agency", world.sandbox.oauth.companyId, "Agency connected"],
			];
			for (const [name, choice, title, order] of ends) {
				order?.();
				await connect(world, page, choice);
				expect(await page.locator("h1").innerText()).toBe(title);
				await shoot(page, `end-${name}`);
			}
			await page.reload();
			expect(await page.locator("h1").innerText()).toBe("Already connected");
			await shoot(page, "end-reload");
			await page.goto(`${world.url}/oauth/callback?code=x&state=y`);
			expect(await page.locator("h1").innerText()).toBe(
				"This link is not valid any more",
			);
			await shoot(page, "end-outdated");
			await page.goto(`${world.url}/oauth/callback?code=x`);
			expect(await page.locator("h1").innerText()).toBe("One more click");
			await shoot(page, "end-marketplace");
			await page.click("a.button");
			await page.waitForSelector("text=Connect an app");
		});
	}, 60_000);
});
