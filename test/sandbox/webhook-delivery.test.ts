// How events go out: signed, retried, to where they shall.
import { describe, expect, test } from "vitest";
import { eventsOf, isGenuine, startSending } from "./sending.ts";

describe("delivery", () => {
	test("both signatures are over the raw bytes; the envelope and the delivery id are there", async () => {
		await using both = await startSending();
		await eventsOf(both, () =>
			both.api.sandbox.edit({ type: "ContactUpdate", contactId: "c1" }),
		);
		const [got] = both.to.received;
		expect(got && isGenuine(got, both.api)).toBe(true);
		expect(got?.body).toMatchObject({
			timestamp: new Date(both.api.clock.now).toISOString(),
			appId: "sandboxapp",
			webhookId: expect.any(String),
		});
		expect(got?.headers.deliveryid).toEqual(expect.any(String));
		if (got) got.bytes[10] = 0;
		expect(got && isGenuine(got, both.api)).toBe(false);
	});

	test("429 is tried again with the same ids, a 500 is final", async () => {
		await using both = await startSending({ retryIntervalMs: 5 });
		both.to.answers.push(429, 429);
		const types = await eventsOf(both, () =>
			both.api.sandbox.edit({ type: "ContactUpdate" }),
		);
		expect(types).toHaveLength(3);
		const ids = new Set(
			both.to.received.map(
				({ body, headers }) => `${body.webhookId} ${headers.deliveryid}`,
			),
		);
		expect(ids.size).toBe(1);
		both.to.answers.push(500);
		expect(
			await eventsOf(both, () =>
				both.api.sandbox.edit({ type: "ContactUpdate" }),
			),
		).toHaveLength(1);
		expect(both.api.sandbox.webhooks.deliveries()).toMatchObject([
			{ state: "delivered", attempts: [429, 429, 200] },
			{ state: "failed", attempts: [500] },
		]);
	});

	test("429 for ever is given up after six retries", async () => {
		await using both = await startSending({ retryIntervalMs: 1 });
		both.to.answers.push(...Array.from({ length: 20 }, () => 429));
		expect(
			await eventsOf(both, () =>
				both.api.sandbox.edit({ type: "ContactUpdate" }),
			),
		).toHaveLength(7);
	});

	test("any other answer may be tried again too", async () => {
		await using both = await startSending({
			retryIntervalMs: 1,
			retryOn: "non-2xx",
		});
		both.to.answers.push(500, 503);
		expect(
			await eventsOf(both, () =>
				both.api.sandbox.edit({ type: "ContactUpdate" }),
			),
		).toHaveLength(3);
	});

	test("without a URL nothing is sent, and it can be set later", async () => {
		await using both = await startSending();
		both.api.sandbox.webhooks.sendTo(undefined);
		expect(
			await eventsOf(both, () =>
				both.api.sandbox.edit({ type: "ContactUpdate" }),
			),
		).toEqual([]);
		const put = await both.api.send("PUT", "/__sandbox/webhooks", {
			url: both.to.url,
		});
		expect(put.status).toBe(200);
		expect(
			await eventsOf(both, () =>
				both.api.sandbox.edit({ type: "ContactUpdate" }),
			),
		).toEqual(["ContactUpdate"]);
	});
});
