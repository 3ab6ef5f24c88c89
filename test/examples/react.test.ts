/** The React example as a person uses it: built as its README says, opened in Chromium, from another origin than the gateway's. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";
import { build, preview } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSender, SENDER_KEYS } from "../support/deliveries.ts";
import { startWorld } from "../support/world.ts";

const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const missing = !existsSync(CHROMIUM);
if (missing)
	console.warn(
		`Chromium is not at ${CHROMIUM}: the tests of the React example ${process.env.CI ? "fail" : "are skipped"}. Install it, or set CHROMIUM_PATH.`,
	);

const ROOT = join(import.meta.dirname, "../../examples/react");
const SHOWN = { timeout: 30_000 };

describe.skipIf(missing && !process.env.CI)("the React example", () => {
	let site: Awaited<ReturnType<typeof preview>>;
	beforeAll(async () => {
		const outDir = join(
			import.meta.dirname,
			"../../test-artifacts/react-example",
		);
		await build({
			root: ROOT,
			configFile: join(ROOT, "vite.config.ts"),
			logLevel: "error",
			build: { outDir, emptyOutDir: true },
		});
		site = await preview({
			root: ROOT,
			configFile: join(ROOT, "vite.config.ts"),
			logLevel: "error",
			build: { outDir },
			preview: { port: 0, host: "127.0.0.1" },
		});
	}, 120_000);
	afterAll(() => site?.close());

	const open = async (
		contacts: number,
		prepare: (page: Page) => Promise<void> = async () => {},
	) => {
		const world = await startWorld({
			contacts,
			gateway: {
				cors: { origins: [], localPages: true },
				webhooks: { keys: SENDER_KEYS },
			},
		});
		const browser = await chromium.launch({
			executablePath: CHROMIUM,
			args: ["--no-sandbox"],
		});
		const page = await browser.newPage();
		page.setDefaultTimeout(SHOWN.timeout);
		const complaints: string[] = [];
		page.on("pageerror", (error) => complaints.push(error.message));
		const at = new URL(site.resolvedUrls?.local[0] ?? "");
		at.searchParams.set("gateway", world.url);
		at.searchParams.set("token", await world.token());
		await prepare(page);
		await page.goto(at.href);
		return {
			world,
			page,
			complaints,
			async [Symbol.asyncDispose]() {
				await browser.close();
				await world[Symbol.asyncDispose]();
			},
		};
	};

	const people = (page: Page) =>
		page.getByRole("region", { name: "Contacts" }).getByRole("listitem");

	test("shows a page of contacts, and the next one below it", async () => {
		await using it = await open(25);
		await people(it.page).nth(19).waitFor();
		expect(await people(it.page).count()).toBe(20);
		await it.page.getByRole("button", { name: "More of 25" }).click();
		await people(it.page).nth(24).waitFor();
		expect(await people(it.page).count()).toBe(25);
		expect(new Set(await people(it.page).allTextContents()).size).toBe(25);
		expect(it.complaints).toEqual([]);
	}, 120_000);

	test("tells a fault at its field, and shows an edit in list and page", async () => {
		await using it = await open(3);
		await people(it.page).first().getByRole("button").click();
		const email = it.page.getByRole("textbox", { name: "E-mail" });
		await email.fill("not an address");
		await it.page.getByRole("button", { name: "Save" }).click();
		await email.locator("xpath=..").getByRole("alert").waitFor();
		expect(await email.getAttribute("aria-invalid")).toBe("true");
		expect(it.world.calls.some(({ method }) => method === "PUT")).toBe(false);
		await email.fill("ada@example.org");
		await it.page.getByRole("button", { name: "Save" }).click();
		await people(it.page).getByText("ada@example.org").waitFor();
		await mkdir("test-artifacts", { recursive: true });
		await it.page.screenshot({ path: "test-artifacts/react-example.png" });
		expect(it.complaints).toEqual([]);
	}, 120_000);

	test("ticks a task off before the answer comes", async () => {
		await using it = await open(3);
		const { tasks } = await it.world.query(
			"{ tasks(status: OPEN, first: 1) { nodes { title contact { name } } } }",
		);
		const [task] = tasks.nodes;
		await people(it.page)
			.getByText(task?.contact.name ?? "")
			.click();
		const box = it.page
			.getByRole("checkbox", { name: task?.title, exact: true })
			.first();
		await box.waitFor();
		it.world.upstream.next({
			kind: "hold",
			match: { method: "PUT" },
		});
		await box.click();
		await it.world.sandbox.held(1);
		expect(await box.isChecked()).toBe(true);
		it.world.sandbox.release();
		await expect
			.poll(
				() => it.world.calls.filter(({ method }) => method === "PUT").length,
			)
			.toBe(1);
		expect(await box.isChecked()).toBe(true);
	}, 120_000);

	test("shows what changes elsewhere while it happens", async () => {
		await using it = await open(3);
		await people(it.page).nth(2).waitFor();
		await expect
			.poll(() => it.world.gateway.subscriptions, SHOWN)
			.toBeGreaterThan(0);
		const sender = createSender(it.world.url);
		await sender.tell("ContactUpdate", { id: "c1" });
		await it.page.getByText("CONTACT_UPDATED").waitFor();
		await sender.close();
		expect(it.complaints).toEqual([]);
	}, 120_000);

	test("subscribes again when a stream ends with an error, also before the first change", async () => {
		let subscribed = 0;
		await using it = await open(3, (page) =>
			page.routeWebSocket(/graphql/, (socket) => {
				const gateway = socket.connectToServer();
				socket.onMessage((message) => {
					const { id, type } = JSON.parse(String(message));
					if (type === "subscribe" && subscribed++ < 2)
						socket.send(
							JSON.stringify({
								id,
								type: "error",
								payload: [{ message: "The gateway is shutting down." }],
							}),
						);
					else gateway.send(message);
				});
			}),
		);
		await it.page.getByText("Reconnecting").waitFor();
		await expect
			.poll(() => it.world.gateway.subscriptions, SHOWN)
			.toBeGreaterThan(0);
		const sender = createSender(it.world.url);
		await sender.tell("ContactUpdate", { id: "c1" });
		await it.page.getByText("CONTACT_UPDATED").waitFor();
		await sender.close();
		expect(subscribed).toBe(3);
		expect(it.complaints).toEqual([]);
	}, 120_000);
});
