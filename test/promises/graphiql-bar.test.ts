/** The bar beside GraphiQL, as a person sees it: tours, price, cost, history, events, and a way in without a token. */
import { mkdir } from "node:fs/promises";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { mintToken } from "../../src/auth/authenticator.ts";
import { launchChromium, noChromium } from "../support/chromium.ts";
import { createSender, SENDER_KEYS } from "../support/deliveries.ts";
import { startWorld, type World } from "../support/world.ts";

const AUTH = {
	secret: "a-key-for-tests-of-at-least-32-bytes",
	issuer: "contact-graph-tests",
	audience: "contact-graph",
};
const SHOWN = { timeout: 30_000 };

const tokenOf = (scopes = ["contacts.readonly", "contacts.write"]) =>
	mintToken({
		...AUTH,
		locations: ["sandbox-location-1"],
		scopes,
		ttlSeconds: 600,
	});

const startGraphiql = (token?: string, contacts = 3) =>
	startWorld({
		contacts,
		gateway: {
			auth: AUTH,
			webhooks: { keys: SENDER_KEYS },
			graphiql: { enabled: true, ...(token && { token }) },
		},
	});

/** What a person does there and sees. */
const visit = async (page: Page, url: string) => {
	page.setDefaultTimeout(SHOWN.timeout);
	await page.setViewportSize({ width: 1400, height: 900 });
	await page.goto(url);
	const run = page.getByRole("button", { name: /execute query/i });
	await run.waitFor();
	const part = (name: string) =>
		page.locator("dl > div").filter({ hasText: name }).getByRole("status");
	const tour = async (name: string) => {
		await page
			.getByRole("navigation", { name: "Tours" })
			.getByRole("button", { name, exact: true })
			.click();
	};
	return {
		run: () => run.click(),
		tour,
		answer: page.locator(".result-window"),
		price: async (text: string | RegExp) =>
			expect
				.poll(() => part("Price before the run").textContent(), SHOWN)
				.toMatch(text),
		cost: async (text: string | RegExp) =>
			expect
				.poll(() => part("Cost of the last answer").textContent(), SHOWN)
				.toMatch(text),
		editor: async (text: string) =>
			page.locator(".graphiql-query-editor").getByText(text).first().waitFor(),
		photo: async (name: string) => {
			await mkdir("test-artifacts", { recursive: true });
			await page.screenshot({ path: `test-artifacts/${name}.png` });
		},
	};
};

const called = (world: World) => world.calls.map(({ path }) => path);

describe.skipIf(noChromium)("the bar beside GraphiQL", () => {
	test("a browser at / is led there, and sees the price before and the cost after", async () => {
		await using world = await startGraphiql(await tokenOf());
		await using browser = await launchChromium();
		const page = await browser.newPage();
		const complaints: string[] = [];
		page.on("console", (message) => {
			if (message.type() === "error") complaints.push(message.text());
		});
		page.on("pageerror", (error) => complaints.push(error.message));
		const seen = await visit(page, `${world.url}/`);
		expect(new URL(page.url()).pathname).toBe("/graphql");
		await seen.price(/^at most 43 REST calls .*contacts\.nodes\.notes 20/);
		expect(called(world)).toEqual([]);
		await seen.run();
		// One search each for contacts and tasks; notes and appointments of three contacts.
		await seen.cost(/^Contacts: 8 REST calls made, 35 saved, \d+ ms$/);
		expect(called(world)).toHaveLength(8);
		await seen.run();
		await seen.cost(/^Contacts: 0 REST calls made, \d+ saved/);
		expect(called(world)).toHaveLength(8);
		await seen.photo("graphiql-cost");
		expect(complaints).toEqual([]);
	}, 120_000);

	test("each tour opens in a tab of its own, with its price, and runs", async () => {
		await using world = await startGraphiql(await tokenOf());
		await using browser = await launchChromium();
		const page = await browser.newPage();
		const seen = await visit(page, `${world.url}/graphql`);
		await seen.price("at most 43 REST calls");

		await seen.tour("Filter");
		await seen.price("at most 1 REST call (contacts 1)");
		await page.locator(".graphiql-editor-tool").getByText("vip").waitFor();
		await seen.run();
		await seen.cost(/^Filter: 1 REST call made, 0 saved/);

		await seen.tour("Mutation and its error");
		await seen.price("at most 2 REST calls");
		await seen.run();
		await seen.cost(/^Create: 0 REST calls made.*input refused at email$/);
		await seen.answer.getByText("must be an e-mail address").waitFor();
		await seen.photo("graphiql-mutation");

		await seen.tour("@defer");
		await seen.price("at most 21 REST calls");
		await seen.run();
		await seen.answer.getByText("body").first().waitFor();
		await seen.cost(/^Defer: \d REST calls? made/);

		world.upstream.clearCalls();
		await seen.tour("Price");
		await seen.price("at most 301 REST calls, above the limit of 250");
		await seen.run();
		await seen.cost(/^Price: refused.*PRICE_TOO_HIGH/);
		expect(called(world)).toEqual([]);
		await seen.photo("graphiql-price");

		// The tab of a tour that is open already is found again.
		await seen.tour("Filter");
		await seen.price("at most 1 REST call (contacts 1)");
		expect(
			await page.locator('[id^="graphiql-session-tab-"]').allTextContents(),
		).toEqual(["Contacts", "Filter", "Create", "Defer", "Price"]);
	}, 120_000);

	test("the price follows what is typed, the variables too", async () => {
		await using world = await startGraphiql(await tokenOf());
		await using browser = await launchChromium();
		const page = await browser.newPage();
		const seen = await visit(
			page,
			`${world.url}/graphql?query=${encodeURIComponent("# a query for you\nquery One { contacts(first: 5) { nodes { notes { nodes { body } } } } }")}`,
		);
		await seen.price("at most 6 REST calls");
		await page.locator(".graphiql-query-editor .view-lines").click();
		await page.keyboard.press("ControlOrMeta+a");
		await page.keyboard.insertText("query One { nowhere }");
		await seen.price(/^unknown: .*nowhere/);
		await page.keyboard.press("ControlOrMeta+a");
		await page.keyboard.insertText(
			"query One { contacts(first: 7) { nodes { notes { nodes { body } } } } }",
		);
		await seen.price("at most 8 REST calls");
		await seen.tour("Price");
		await seen.price("at most 301 REST calls");
		await page.locator(".graphiql-editor-tool").getByText("100").dblclick();
		await page.keyboard.insertText("10");
		await seen.price("at most 31 REST calls");
		expect(called(world)).toEqual([]);
	}, 120_000);

	test("all events of a subscription are listed, and it ends when it is stopped", async () => {
		await using world = await startGraphiql(await tokenOf());
		await using browser = await launchChromium();
		const sender = createSender(world.url);
		const page = await browser.newPage({ colorScheme: "dark" });
		const seen = await visit(page, `${world.url}/graphql`);
		await seen.tour("Subscription");
		await seen.price("at most 1 REST call for each event");
		await seen.run();
		const events = page.getByRole("region", { name: "Events" });
		await events.getByText("listening, none yet").waitFor();
		await expect.poll(() => world.gateway.subscriptions, SHOWN).toBe(1);
		await sender.tell("ContactUpdate", { id: "c1" });
		await events.getByText("listening, 1 so far").waitFor();
		await sender.tell("ContactTagUpdate", { id: "c2" });
		await events.getByText("listening, 2 so far").waitFor();
		const lines = await events.getByRole("listitem").allTextContents();
		expect(lines).toHaveLength(2);
		expect(lines[0]).toContain("CONTACT_TAGS_CHANGED");
		expect(lines[1]).toContain("CONTACT_UPDATED");
		await seen.cost("1 REST call for the last event");
		await seen.photo("graphiql-events");

		await page.getByRole("button", { name: /stop query/i }).click();
		await events.getByText("ended after 2").waitFor();
		await expect.poll(() => world.gateway.subscriptions, SHOWN).toBe(0);
		await sender.close();
	}, 120_000);

	test("what was run is in the history, with its cost, also after the page is loaded again", async () => {
		await using world = await startGraphiql(await tokenOf());
		await using browser = await launchChromium();
		const page = await browser.newPage();
		let seen = await visit(page, `${world.url}/graphql`);
		await seen.tour("Filter");
		await seen.price("at most 1 REST call");
		await seen.run();
		await seen.cost(/^Filter: 1 REST call made/);
		seen = await visit(page, `${world.url}/graphql`);
		await seen.tour("Query");
		await seen.price("at most 43 REST calls");
		await page.getByText("History", { exact: true }).click();
		await seen.photo("graphiql-history");
		await page
			.getByRole("button", { name: /Filter: 1 REST call made, 0 saved$/ })
			.click();
		await seen.price("at most 1 REST call");
		await seen.editor("Filters combine");
		await page.locator(".graphiql-editor-tool").getByText("vip").waitFor();
	}, 120_000);

	test("without a token it says what to do, and takes one", async () => {
		await using world = await startGraphiql();
		await using browser = await launchChromium();
		const page = await browser.newPage();
		const seen = await visit(page, `${world.url}/graphql`);
		const help = page.getByRole("alert").filter({ hasText: "token" });
		await help.getByText("A token is needed.").waitFor();
		await help.getByText("npm run --silent token").waitFor();
		await seen.photo("graphiql-token");
		await page.getByLabel("Token", { exact: true }).fill(await tokenOf());
		await page.getByRole("button", { name: "Use it" }).click();
		await help.waitFor({ state: "hidden" });
		await seen.price("at most 43 REST calls");
		// A tab that is opened then has it, too.
		await seen.tour("Filter");
		await seen.price("at most 1 REST call");
		await seen.run();
		await seen.cost(/^Filter: 1 REST call made/);
	}, 120_000);
});

describe("the way to GraphiQL", () => {
	const HTML = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

	test("/ sends a browser to /graphql, and says to others what there is", async () => {
		await using world = await startGraphiql();
		for (const method of ["GET", "HEAD"] as const) {
			const sent = await world.request({ method, path: "/", headers: HTML });
			expect(sent.status).toBe(302);
			expect(sent.headers.location).toBe("/graphql");
		}
		const other = await world.request({ path: "/", method: "GET" });
		expect(other.status).toBe(404);
		expect(other.json().errors[0].message).toContain("/graphql");
	});

	test("/ leads nowhere where GraphiQL is off", async () => {
		await using world = await startWorld({ contacts: 1 });
		const sent = await world.request({ path: "/", headers: HTML });
		expect(sent.status).toBe(404);
	});

	test("the page has an icon of its own", async () => {
		await using world = await startGraphiql();
		const page = await world.request({ headers: HTML });
		const [, path = ""] =
			/rel="icon"[^>]* href="([^"]+)"/.exec(page.text) ?? [];
		const icon = await world.request({ path });
		expect(icon.status).toBe(200);
		expect(icon.headers["content-type"]).toBe("image/svg+xml; charset=utf-8");
		expect(icon.text).toContain("<svg");
	});
});
