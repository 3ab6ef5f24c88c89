// What can be made to go wrong with events.

import { describe, expect, test } from "vitest";
import type { WebhookOptions } from "../../src/sandbox/sandbox.ts";
import { eventsOf, isGenuine, startSending } from "./sending.ts";

describe("mishaps", () => {
	const once = async (kind: string, options: WebhookOptions = {}) => {
		const both = await startSending(options);
		await both.api.send("POST", "/__sandbox/webhooks/mishaps", { kind });
		await eventsOf(both, () =>
			both.api.sandbox.edit({ type: "ContactUpdate", contactId: "c1" }),
		);
		return both;
	};

	test("lose: the event never goes out, and the record says so", async () => {
		await using both = await once("lose");
		expect(both.to.received).toEqual([]);
		expect(both.api.sandbox.webhooks.deliveries()).toMatchObject([
			{ state: "lost" },
		]);
	});

	test("duplicate: it goes out twice, byte for byte", async () => {
		await using both = await once("duplicate");
		const [one, two] = both.to.received;
		expect(both.to.received).toHaveLength(2);
		expect(one?.bytes.equals(two?.bytes ?? Buffer.of())).toBe(true);
	});

	test("hold: later events overtake it", async () => {
		await using both = await startSending({ reorderMs: 60 });
		const { sandbox } = both.api;
		sandbox.webhooks.next("hold");
		const types = await eventsOf(both, () => {
			sandbox.edit({ type: "ContactUpdate" });
			sandbox.edit({ type: "NoteCreate" });
		});
		expect(types).toEqual(["NoteCreate", "ContactUpdate"]);
	});

	test("forge: four kinds of forgery, none of which verifies", async () => {
		await using both = await startSending();
		const { sandbox } = both.api;
		for (let i = 0; i < 4; i++) sandbox.webhooks.next("forge");
		await eventsOf(both, () => {
			for (let i = 0; i < 4; i++)
				sandbox.edit({ type: "ContactUpdate", contactId: "c1" });
		});
		const forged = both.to.received.filter(({ body }) => body.forged === true);
		expect(forged).toHaveLength(4);
		expect(forged.some((one) => isGenuine(one, both.api))).toBe(false);
		expect(
			both.to.received.filter((one) => isGenuine(one, both.api)),
		).toHaveLength(4);
		expect(
			sandbox.webhooks.deliveries().filter(({ genuine }) => !genuine),
		).toHaveLength(4);
	});

	test("oversize and notJson go out besides the event", async () => {
		await using large = await once("oversize");
		expect(
			large.to.received.map(({ bytes }) => bytes.length > 2_000_000),
		).toEqual([false, true]);
		await using odd = await once("notJson");
		expect(odd.to.received[1]?.bytes.toString()).toBe(
			"type=ContactUpdate&id=c1",
		);
	});

	test("chances are by seed", async () => {
		const run = async () => {
			await using both = await startSending({
				loss: 0.3,
				duplicates: 0.3,
				concurrency: 8,
			});
			await eventsOf(both, () => {
				for (let i = 0; i < 40; i++)
					both.api.sandbox.edit({ type: "NoteCreate" });
			});
			return both.api.sandbox.webhooks
				.deliveries()
				.map(({ state, copy }) => `${state}${copy}`);
		};
		const first = await run();
		expect(first).toEqual(await run());
		expect(first).toContain("lost1");
		expect(first).toContain("delivered2");
	});

	test("an unknown mishap is refused", async () => {
		await using both = await startSending();
		const { status, body } = await both.api.send(
			"POST",
			"/__sandbox/webhooks/mishaps",
			{ kind: "eat" },
		);
		expect([status, body.error]).toEqual([
			400,
			expect.stringContaining("one of lose, duplicate"),
		]);
	});

	test("chances can be changed while events go out", async () => {
		await using both = await startSending();
		const put = (settings: object) =>
			both.api.send("PUT", "/__sandbox/webhooks", settings);
		expect((await put({ duplicates: 1 })).status).toBe(200);
		const types = await eventsOf(both, () =>
			both.api.sandbox.edit({ type: "NoteCreate" }),
		);
		expect(types).toEqual(["NoteCreate", "NoteCreate"]);
		for (const wrong of [{ loss: 2 }, { signatures: [] }, { url: "x" }])
			expect((await put(wrong)).status).toBe(400);
	});
});
