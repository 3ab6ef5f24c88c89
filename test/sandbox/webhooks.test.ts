// Events out: which write raises which, signed, retried, and spoilt on demand.
import { createPublicKey, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { WebhookOptions } from "../../src/sandbox/sandbox.ts";
import { type Caller, FIRST, startCaller } from "./caller.ts";
import { type Received, type Receiver, startReceiver } from "./receiver.ts";

async function start(options: WebhookOptions = {}) {
	const to = await startReceiver();
	const api = await startCaller({
		webhooks: {
			url: to.url,
			concurrency: 1,
			taskWithoutContact: 0,
			...options,
		},
	});
	return {
		api,
		to,
		async [Symbol.asyncDispose]() {
			await api.sandbox.close();
			await to[Symbol.asyncDispose]();
		},
	};
}

/** The events one action raises. */
async function eventsOf(
	{ api, to }: { api: Caller; to: Receiver },
	act: () => unknown,
): Promise<string[]> {
	to.received.length = 0;
	await act();
	await api.sandbox.webhooks.settled();
	return to.types();
}

const isGenuine = ({ headers, bytes }: Received, api: Caller): boolean => {
	const { ed25519, rsa } = api.sandbox.webhookKeys;
	const bytesOf = (name: string) =>
		Buffer.from(String(headers[name] ?? ""), "base64");
	return (
		verify(null, bytes, createPublicKey(ed25519), bytesOf("x-ghl-signature")) &&
		verify("sha256", bytes, createPublicKey(rsa), bytesOf("x-wh-signature"))
	);
};

describe("which write raises which event", () => {
	test("contacts", async () => {
		await using both = await start();
		const { api } = both;
		const events = (method: string, path: string, body?: unknown) =>
			eventsOf(both, () => api.send(method, path, body));
		api.sandbox.data.edit("contacts", "c1", {
			tags: [],
			dnd: false,
			city: "Bonn",
			followers: [],
		});
		await api.sandbox.webhooks.settled();
		expect(
			await events("POST", "/contacts/", { locationId: FIRST, firstName: "A" }),
		).toEqual(["ContactCreate"]);
		expect(await events("PUT", "/contacts/c1", { city: "Ulm" })).toEqual([
			"ContactUpdate",
		]);
		expect(await events("PUT", "/contacts/c1", { city: "Ulm" })).toEqual([]);
		expect(await events("POST", "/contacts/c1/tags", { tags: ["x"] })).toEqual([
			"ContactTagUpdate",
		]);
		expect(
			await events("PUT", "/contacts/c1", { dnd: true, city: "Bonn" }),
		).toEqual(["ContactUpdate", "ContactDndUpdate"]);
		expect(
			await events("POST", "/contacts/c1/followers", { followers: ["u1"] }),
		).toEqual([]);
		expect(
			await events("POST", "/contacts/bulk/business", {
				locationId: FIRST,
				ids: ["c1"],
				businessId: "b1",
			}),
		).toEqual([]);
		expect(
			await events("POST", "/contacts/bulk/tags/update/add", {
				locationId: FIRST,
				contacts: ["c1", "c2"],
				tags: ["z"],
			}),
		).toEqual(["ContactTagUpdate", "ContactTagUpdate"]);
		expect(await events("DELETE", "/contacts/c1")).toEqual(["ContactDelete"]);
	});

	test("tasks: there is no event for an edited one", async () => {
		await using both = await start();
		const { api } = both;
		api.sandbox.data.edit("tasks", "t1", { completed: false });
		const events = (method: string, path: string, body?: unknown) =>
			eventsOf(both, () => api.send(method, path, body));
		expect(
			await events("PUT", "/contacts/c1/tasks/t1", { title: "Other" }),
		).toEqual([]);
		expect(
			await events("PUT", "/contacts/c1/tasks/t1/completed", {
				completed: true,
			}),
		).toEqual(["TaskComplete"]);
		expect(
			await events("PUT", "/contacts/c1/tasks/t1/completed", {
				completed: false,
			}),
		).toEqual([]);
		expect(
			await events("POST", "/contacts/c1/tasks", {
				title: "New",
				dueDate: "2026-12-01",
				completed: false,
			}),
		).toEqual(["TaskCreate"]);
		expect(await events("DELETE", "/contacts/c1/tasks/t1")).toEqual([
			"TaskDelete",
		]);
	});

	test("notes and appointments", async () => {
		await using both = await start();
		const { api } = both;
		const events = (method: string, path: string, body?: unknown) =>
			eventsOf(both, () => api.send(method, path, body));
		expect(
			await events("POST", "/contacts/c1/notes", {
				body: "x",
				title: "T",
				userId: "u1",
			}),
		).toEqual(["NoteCreate"]);
		const [{ body: note } = { body: {} }] = both.to.received;
		expect(note).not.toHaveProperty("title");
		expect(note).not.toHaveProperty("userId");
		expect(await events("PUT", "/contacts/c1/notes/n1", { body: "y" })).toEqual(
			["NoteUpdate"],
		);
		expect(await events("DELETE", "/contacts/c1/notes/n1")).toEqual([
			"NoteDelete",
		]);
		expect(
			await events("PUT", "/calendars/events/appointments/a1", { title: "x" }),
		).toEqual(["AppointmentUpdate"]);
		expect(both.to.received[0]?.body.appointment).toMatchObject({
			id: "a1",
			contactId: "c1",
			title: "x",
			startTime: expect.stringMatching(/-0[56]:00$/),
		});
		expect(await events("DELETE", "/calendars/events/a1", {})).toEqual([
			"AppointmentDelete",
		]);
	});

	test("installing and uninstalling the app", async () => {
		await using both = await start();
		const { oauth } = both.api.sandbox;
		expect(await eventsOf(both, () => oauth.install(FIRST))).toEqual([
			"INSTALL",
		]);
		expect(await eventsOf(both, () => oauth.uninstall(FIRST))).toEqual([
			"UNINSTALL",
		]);
	});

	test("TaskCreate may lack contactId and body", async () => {
		await using both = await start({ taskWithoutContact: 1 });
		await eventsOf(both, () =>
			both.api.sandbox.edit({ type: "TaskCreate", contactId: "c1" }),
		);
		expect(both.to.received[0]?.body).toMatchObject({
			type: "TaskCreate",
			locationId: FIRST,
		});
		expect(both.to.received[0]?.body).not.toHaveProperty("contactId");
		expect(both.to.received[0]?.body).not.toHaveProperty("body");
	});
});

describe("delivery", () => {
	test("both signatures are over the raw bytes; the envelope and the delivery id are there", async () => {
		await using both = await start();
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
		await using both = await start({ retryIntervalMs: 5 });
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
		await using both = await start({ retryIntervalMs: 1 });
		both.to.answers.push(...Array.from({ length: 20 }, () => 429));
		expect(
			await eventsOf(both, () =>
				both.api.sandbox.edit({ type: "ContactUpdate" }),
			),
		).toHaveLength(7);
	});

	test("any other answer may be tried again too", async () => {
		await using both = await start({ retryIntervalMs: 1, retryOn: "non-2xx" });
		both.to.answers.push(500, 503);
		expect(
			await eventsOf(both, () =>
				both.api.sandbox.edit({ type: "ContactUpdate" }),
			),
		).toHaveLength(3);
	});

	test("without a URL nothing is sent, and it can be set later", async () => {
		await using both = await start();
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

describe("mishaps", () => {
	const once = async (kind: string, options: WebhookOptions = {}) => {
		const both = await start(options);
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
		await using both = await start({ reorderMs: 60 });
		const { sandbox } = both.api;
		sandbox.webhooks.next("hold");
		const types = await eventsOf(both, () => {
			sandbox.edit({ type: "ContactUpdate" });
			sandbox.edit({ type: "NoteCreate" });
		});
		expect(types).toEqual(["NoteCreate", "ContactUpdate"]);
	});

	test("forge: four kinds of forgery, none of which verifies", async () => {
		await using both = await start();
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
			await using both = await start({
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
		await using both = await start();
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
});

describe("people at work", () => {
	test.each([
		["ContactUpdate", "contacts"],
		["TaskComplete", "tasks"],
		["NoteDelete", "notes"],
		["AppointmentCreate", "appointments"],
		["ContactCreate", "contacts"],
	] as const)(
		"an edit by hand, %s, is a write with its event",
		async (type, table) => {
			await using both = await start();
			both.api.sandbox.data.edit("tasks", "t1", { completed: false });
			const types = await eventsOf(both, async () => {
				const { status, body } = await both.api.send(
					"POST",
					"/__sandbox/edits",
					{ type, contactId: "c1" },
				);
				expect(status).toBe(201);
				const { history } = both.api.sandbox.data;
				expect(
					history.call(both.api.sandbox.data, table, body.id).length,
				).toBeGreaterThan(0);
			});
			expect(types).toEqual([type]);
			expect(both.api.sandbox.calls()).toEqual([]);
		},
	);

	test("fields to set may be given", async () => {
		await using both = await start();
		both.api.sandbox.edit({
			type: "ContactUpdate",
			contactId: "c3",
			set: { city: "Ulm" },
		});
		expect((await both.api.get("/contacts/c3")).body.contact.city).toBe("Ulm");
	});

	test.each([
		[{ type: "TaskExplode" }, '"type" to be one of'],
		[{ type: "TaskDelete", id: "t99" }, "none of the tasks t99"],
		[{ type: "ContactUpdate", locationId: "x" }, "no location x"],
	])("%j is refused", async (edit, text) => {
		await using both = await start();
		const { status, body } = await both.api.send(
			"POST",
			"/__sandbox/edits",
			edit,
		);
		expect(status).toBe(400);
		expect(body.error).toContain(text);
	});

	test("the simulator edits by seed, and the same seed makes the same edits", async () => {
		const run = async () => {
			await using both = await start();
			return Array.from({ length: 300 }, () =>
				both.api.sandbox.simulator.step(),
			);
		};
		const first = await run();
		expect(new Set(first).size).toBeGreaterThan(6);
		expect(await run()).toEqual(first);
	});

	test("with a pace it edits by itself", async () => {
		await using both = await start();
		await both.api.send("PUT", "/__sandbox/edits", { perSecond: 500 });
		await expect
			.poll(() => both.to.received.length, { timeout: 5_000 })
			.toBeGreaterThan(20);
		await both.api.send("PUT", "/__sandbox/edits", { perSecond: 0 });
	});
});
