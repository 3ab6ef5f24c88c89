/** Opens GraphiQL in a real browser, with no way out to the network: it loads, runs its example and shows data. */
import { mkdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { mintToken } from "../../src/auth/authenticator.ts";
import { launchChromium, noChromium } from "../support/chromium.ts";
import { createSender, SENDER_KEYS } from "../support/deliveries.ts";
import { startWorld } from "../support/world.ts";

const SECRET = "a-key-for-tests-of-at-least-32-bytes";
const AUTH = {
	secret: SECRET,
	issuer: "contact-graph-tests",
	audience: "contact-graph",
};

const startSandboxMode = async () =>
	startWorld({
		contacts: 3,
		gateway: {
			auth: AUTH,
			webhooks: { keys: SENDER_KEYS },
			graphiql: {
				enabled: true,
				token: await mintToken({
					...AUTH,
					locations: ["sandbox-location-1"],
					scopes: ["contacts.readonly"],
					ttlSeconds: 600,
				}),
			},
		},
	});

const HTML = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

describe.skipIf(noChromium)("GraphiQL in a browser", () => {
	test("it loads, runs the example with the token it came with, and shows data", async () => {
		await using world = await startSandboxMode();
		await using browser = await launchChromium();
		const page = await browser.newPage({
			viewport: { width: 1400, height: 900 },
		});
		const elsewhere: string[] = [];
		const complaints: string[] = [];
		page.on("request", (request) => {
			const { protocol, origin } = new URL(request.url());
			if (protocol !== "data:" && protocol !== "blob:" && origin !== world.url)
				elsewhere.push(request.url());
		});
		page.on("console", (message) => {
			if (message.type() === "error") complaints.push(message.text());
		});
		page.on("pageerror", (error) => complaints.push(error.message));

		await page.goto(`${world.url}/graphql`);
		const run = page.getByRole("button", { name: /execute query/i });
		await run.waitFor();
		await run.click();
		const answer = page.locator(".result-window");
		await answer.getByText("totalCount").waitFor();
		await mkdir("test-artifacts", { recursive: true });
		await page.screenshot({ path: "test-artifacts/graphiql.png" });

		// The editor draws with no-break spaces.
		const shown = (await answer.textContent())?.replaceAll("\u00a0", " ");
		expect(shown).toContain('"totalCount": 3');
		expect(world.calls.map(({ path }) => path)).toContain("/contacts/search");
		expect(elsewhere).toEqual([]);
		expect(complaints).toEqual([]);
	}, 30_000);

	test("it runs a subscription and shows each change as it comes", async () => {
		await using world = await startSandboxMode();
		await using browser = await launchChromium();
		const sender = createSender(world.url);
		const page = await browser.newPage();
		const query = "subscription { changes { type contact { name } } }";
		await page.goto(`${world.url}/graphql?query=${encodeURIComponent(query)}`);
		const run = page.getByRole("button", { name: /execute query/i });
		await run.waitFor();
		await run.click();
		await expect
			.poll(() => world.gateway.subscriptions, { timeout: 10_000 })
			.toBe(1);
		const answer = page.locator(".result-window");
		await sender.tell("ContactUpdate", { id: "c1" });
		await answer.getByText("CONTACT_UPDATED").waitFor();
		await sender.tell("ContactTagUpdate", { id: "c2" });
		await answer.getByText("CONTACT_TAGS_CHANGED").waitFor();
		await mkdir("test-artifacts", { recursive: true });
		await page.screenshot({
			path: "test-artifacts/graphiql-subscription.png",
		});
		await sender.close();
	}, 30_000);

	test("it shows what is there, and then what was deferred", async () => {
		await using world = await startSandboxMode();
		await using browser = await launchChromium();
		const page = await browser.newPage();
		const query =
			'{ contact(id: "c1") { contactId ... @defer { notes { nodes { noteId } } } } }';
		await page.goto(`${world.url}/graphql?query=${encodeURIComponent(query)}`);
		const run = page.getByRole("button", { name: /execute query/i });
		await run.waitFor();
		world.upstream.next({
			kind: "hold",
			match: { path: "/contacts/c1/notes" },
		});
		await run.click();
		await world.sandbox.held(1);
		const answer = page.locator(".result-window");
		await answer.getByText("contactId").waitFor();
		expect(await answer.textContent()).not.toContain("noteId");
		world.sandbox.release();
		await answer.getByText("noteId").waitFor();
		await expect
			.poll(async () => (await answer.textContent())?.replaceAll("\u00a0", " "))
			.toContain('"noteId": "n1"');
	}, 30_000);

	test("what was deferred stands where it stands in the whole answer", async () => {
		await using world = await startSandboxMode();
		await using browser = await launchChromium();
		const page = await browser.newPage({
			viewport: { width: 1400, height: 1800 },
		});
		const query =
			"{ contacts(first: 2) { nodes { name ... @defer { notes { nodes { noteId } } } } } }";
		const whole = await world.query(query, undefined, {
			headers: { "cache-control": "no-store" },
		});
		await page.goto(`${world.url}/graphql?query=${encodeURIComponent(query)}`);
		const run = page.getByRole("button", { name: /execute query/i });
		await run.waitFor();
		await run.click();
		const answer = page.locator(".result-window .view-line");
		await page.locator(".result-window").getByText("made").waitFor();
		// The editor draws lines where they stand, in no order, with no-break spaces.
		const shown = async () => {
			const lines = await answer.evaluateAll((all) =>
				all
					.map((line) => ({
						top: Number.parseFloat((line as HTMLElement).style.top),
						text: line.textContent ?? "",
					}))
					.sort((a, b) => a.top - b.top)
					.map(({ text }) => text),
			);
			return lines.join("\n").replaceAll("\u00a0", " ");
		};
		await expect
			.poll(async () => {
				try {
					return JSON.parse(await shown()).data;
				} catch {
					return undefined;
				}
			})
			.toEqual(whole);
	}, 30_000);

	test("it runs with its token in the same tab each time the page is loaded again", async () => {
		await using world = await startSandboxMode();
		await using browser = await launchChromium();
		const page = await browser.newPage();
		const answers: string[] = [];
		page.on("response", async (response) => {
			const sent = response.request().postData() ?? "";
			// The price alone is asked for besides, as often as the editor changes.
			if (sent.includes("query Contacts") && !sent.includes("priceOnly"))
				answers.push(
					`${response.status()} ${(await response.text()).slice(0, 6)}`,
				);
		});
		for (const visits of [1, 2, 3]) {
			await page.goto(`${world.url}/graphql`);
			const run = page.getByRole("button", { name: /execute query/i });
			await run.waitFor();
			await run.click();
			await expect
				.poll(() => answers, { timeout: 5000 })
				.toEqual(Array.from({ length: visits }, () => '200 {"data'));
			expect(await page.getByRole("tab", { name: "Contacts" }).count()).toBe(1);
		}
	}, 30_000);
});

describe("the page and its files", () => {
	test("no file comes from another host, and the policy lets none", async () => {
		await using world = await startSandboxMode();
		const page = await world.request({ headers: HTML });
		expect(page.status).toBe(200);
		expect(page.text).not.toMatch(/(src|href)="(https?:)?\/\//);
		expect(page.headers["content-security-policy"]).toContain(
			"default-src 'none'",
		);
		expect(page.headers["content-security-policy"]).toContain(
			"frame-ancestors 'none'",
		);
		expect(page.headers["x-content-type-options"]).toBe("nosniff");
		expect(page.headers["cache-control"]).toBe("no-store");
	});

	test("a first visit waits less than two seconds for 2 MB, a later one for nothing", async () => {
		await using world = await startSandboxMode();
		const startedAt = performance.now();
		const page = await world.request({ headers: HTML });
		const files = [...page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(
			([, path]) => path as string,
		);
		let bytes = 0;
		for (const path of files) {
			const file = await world.request({
				path,
				headers: { "accept-encoding": "gzip, deflate, br" },
			});
			expect(file.headers["content-encoding"]).toBe("br");
			expect(file.headers["cache-control"]).toContain("immutable");
			bytes += Number(file.headers["content-length"]);
		}
		expect(files).toHaveLength(7);
		expect(performance.now() - startedAt).toBeLessThan(2000);
		expect(bytes).toBeLessThan(2_000_000);
	});

	test("a caller that cannot unpack gets the files plain", async () => {
		await using world = await startSandboxMode();
		const file = await world.request({ path: "/graphiql/start.js" });
		expect(file.headers["content-encoding"]).toBeUndefined();
		expect(file.text).toContain("renderYogaGraphiQL");
	});

	test("where it is off, a browser is told to bring a token like everyone else", async () => {
		await using world = await startWorld({ contacts: 1 });
		const { status, json } = await world.request({ headers: HTML });
		expect(status).toBe(401);
		expect(json().errors[0].extensions.code).toBe("UNAUTHENTICATED");
	});
});
