/** What a socket or an event stream may do, how long it lives, and with which words it ends. */
import { once } from "node:events";
import { mkdtempDisposable } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { mintToken } from "../../src/auth/authenticator.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { createAsker } from "../support/ask.ts";
import {
	createSender,
	LOCATION,
	SENDER_KEY_TEXT,
	SENDER_KEYS,
} from "../support/deliveries.ts";
import { gatewayProcess } from "../support/gateway-process.ts";
import { greeted, rawSocket } from "../support/raw-socket.ts";
import { subscribe, TRANSPORTS } from "../support/subscribers.ts";
import { startWorld } from "../support/world.ts";

const webhooks = { keys: SENDER_KEYS };
const CHANGES = "subscription { changes { cursor contactId } }";

test("queries, mutations and mistakes travel over a socket, and none of them closes it", async () => {
	await using world = await startWorld();
	const socket = await greeted(world.url, await world.token());
	const ask = (id: string, query: string) =>
		socket.say({ id, type: "subscribe", payload: { query } });
	ask("1", '{ contact(id: "c1") { contactId } }');
	const answer = await socket.hear("next", "1");
	expect(answer.payload.data.contact.contactId).toBe("c1");
	expect(answer.payload.extensions.price.made).toBe(1);
	await socket.hear("complete", "1");
	ask("2", "{ nope");
	expect((await socket.hear("error", "2")).payload[0].extensions.code).toBe(
		"GRAPHQL_PARSE_FAILED",
	);
	ask("3", "{ nope }");
	expect((await socket.hear("error", "3")).payload[0].extensions.code).toBe(
		"GRAPHQL_VALIDATION_FAILED",
	);
	ask("4", 'subscription { changes(after: "nonsense") { cursor } }');
	expect((await socket.hear("error", "4")).payload[0]).toMatchObject({
		message: expect.stringContaining("Expected a cursor"),
		extensions: { code: "BAD_USER_INPUT" },
	});
	socket.say({ id: "5", type: "subscribe", payload: { query: 7 } });
	ask("6", "{ __typename }");
	// A message that is not of the protocol is the one mistake that costs the socket.
	expect((await socket.closed).code).toBe(4400);
});

test("an operation that its token does not allow is refused as it is by HTTP", async () => {
	await using world = await startWorld();
	const socket = await greeted(world.url, await world.token({ scopes: [] }));
	socket.say({ id: "1", type: "subscribe", payload: { query: CHANGES } });
	expect((await socket.hear("error", "1")).payload[0].extensions.code).toBe(
		"FORBIDDEN",
	);
	socket.ws.close();
	await socket.closed;
});

const TWENTY = "{ contacts(first: 20) { nodes { notes { nodes { body } } } } }";
const RENAME =
	'mutation { updateContact(input: { contactId: "c1", firstName: "Ada" }) { contact { firstName } userErrors { message } } }';

test.each<[string, string, string]>([
	["a price", TWENTY, "PRICE_TOO_HIGH"],
	[
		"a price of a stream",
		"subscription { changes { contact { notes { nodes { body } } tasks { nodes { title } } appointments { nodes { title } } } } }",
		"PRICE_TOO_HIGH",
	],
	["a page", "{ contacts(first: 51) { nodes { name } } }", "LIMIT_EXCEEDED"],
	[
		"a depth",
		"{ contacts { nodes { tasks { nodes { contact { name } } } } } }",
		"LIMIT_EXCEEDED",
	],
	["a mutation without its scope", RENAME, "FORBIDDEN"],
])(
	"%s that is refused by HTTP is refused over a socket, at no call",
	async (_, query, code) => {
		await using world = await startWorld({
			gateway: {
				priceCeiling: 2,
				limits: {
					bodyBytes: 100_000,
					depth: 5,
					aliases: 5,
					rootFields: 5,
					directives: 5,
					tokens: 500,
					pageSize: 50,
				},
			},
		});
		const token = await world.token({ scopes: ["contacts.readonly"] });
		const [byHttp] = await world.fails(
			query.replace("subscription", "query"),
			undefined,
			{ token },
		);
		if (!query.startsWith("subscription"))
			expect(byHttp?.extensions?.code).toBe(code);
		const socket = await greeted(world.url, token);
		socket.say({ id: "1", type: "subscribe", payload: { query } });
		expect((await socket.hear("error", "1")).payload[0].extensions.code).toBe(
			code,
		);
		expect(world.calls).toBeExactly();
		socket.ws.close();
		await socket.closed;
	},
);

test.each([TWENTY, RENAME])(
	"the price alone of %s is told over a socket, and nothing is done",
	async (query) => {
		await using world = await startWorld();
		const socket = await greeted(world.url, await world.token());
		socket.say({
			id: "1",
			type: "subscribe",
			payload: { query, extensions: { priceOnly: true } },
		});
		const { data, extensions } = (await socket.hear("next", "1")).payload;
		expect(data).toBeNull();
		expect(extensions.price).toMatchObject({ made: 0, limit: 250 });
		expect(extensions.price.worst).toBeGreaterThan(0);
		expect(world.calls).toBeExactly();
		socket.ws.close();
		await socket.closed;
	},
);

test("an answer over a socket keeps the gateway's deadline, and the socket stays open", async () => {
	await using world = await startWorld({ gateway: { deadlineMs: 150 } });
	world.upstream.next({ kind: "slow", delayMs: 1500 });
	const socket = await greeted(world.url, await world.token());
	const ask = (id: string) =>
		socket.say({
			id,
			type: "subscribe",
			payload: { query: '{ contact(id: "c1") { contactId } }' },
		});
	const began = performance.now();
	ask("1");
	const late = await socket.hear("next", "1");
	expect(performance.now() - began).toBeLessThan(1000);
	expect(late.payload.errors[0]).toMatchObject({
		message: expect.stringContaining("150 ms"),
		extensions: { code: "DEADLINE_EXCEEDED", deadlineMs: 150 },
	});
	ask("2");
	const { payload } = await socket.hear("next", "2");
	expect(payload.data.contact.contactId).toBe("c1");
	socket.ws.close();
	await socket.closed;
});

test("sockets draw on the same budget, a mutation ahead of queries", async () => {
	await using world = await startWorld({
		contacts: 30,
		gateway: { deadlineMs: 2500 },
		sandbox: {
			rateLimit: { burst: 20, intervalMs: 500, daily: 10_000 },
			latencyMs: 5,
		},
	});
	const socket = await greeted(world.url, await world.token());
	const ask = (id: string, query: string) =>
		socket.say({ id, type: "subscribe", payload: { query } });
	const many = (first: number) =>
		`{ contacts(first: ${first}) { nodes { notes { nodes { body } } appointments { nodes { title } } } } }`;
	ask("1", many(12));
	ask("2", many(28));
	await world.until(() => world.calls.length > 15, "queries to be under way");
	ask("3", RENAME);
	await socket.hear("next", "3");
	const put = world.calls.findIndex(({ method }) => method === "PUT");
	expect(put).toBeGreaterThan(0);
	await socket.hear("next", "2");
	expect(world.calls.length).toBeGreaterThan(put + 10);
	expect(world.calls.filter(({ status }) => status === 429)).toEqual([]);
	socket.ws.close();
	await socket.closed;
});

test.each<[string, Record<string, unknown>, number]>([
	["no token", {}, 4401],
	["a token that is none", { authorization: "Bearer x.y.z" }, 4401],
	[
		"a location that is not the token's",
		{ "X-Location-Id": "elsewhere" },
		4403,
	],
])("a socket with %s is closed with its code", async (_, payload, code) => {
	await using world = await startWorld();
	const socket = await rawSocket(world.url);
	const token = `Bearer ${await world.token()}`;
	socket.say({
		type: "connection_init",
		payload:
			"X-Location-Id" in payload
				? { authorization: token, ...payload }
				: payload,
	});
	expect((await socket.closed).code).toBe(code);
});

test("a socket that does not say who it is, speaks too long, or another protocol, is closed", async () => {
	await using hasty = await startWorld({
		gateway: { streams: { initMs: 20 } },
	});
	expect((await (await rawSocket(hasty.url)).closed).code).toBe(4408);
	await using world = await startWorld();
	const long = await rawSocket(world.url);
	long.say({ type: "connection_init", payload: { x: "y".repeat(1_100_000) } });
	expect((await long.closed).code).toBe(1009);
	const early = await rawSocket(world.url);
	early.say({ id: "1", type: "subscribe", payload: { query: CHANGES } });
	expect((await early.closed).code).toBe(4401);
	const old = await rawSocket(world.url, "graphql-ws");
	expect(await old.closed).toEqual({
		code: 4406,
		reason: expect.stringContaining("use graphql-transport-ws"),
	});
	const none = new WebSocket(
		`${world.url.replace("http", "ws")}/graphql`,
		"mqtt",
	);
	await expect(once(none, "open")).rejects.toThrow(/subprotocol/);
});

test("there are no more sockets than allowed, and no more operations on one", async () => {
	await using world = await startWorld({
		gateway: { streams: { most: 1, operations: 2 }, webhooks },
	});
	const token = await world.token();
	const socket = await greeted(world.url, token);
	for (const id of ["1", "2", "3"])
		socket.say({ id, type: "subscribe", payload: { query: CHANGES } });
	expect((await socket.hear("error", "3")).payload[0].extensions).toMatchObject(
		{ code: "LIMIT_EXCEEDED", limit: 2 },
	);
	await expect(rawSocket(world.url)).rejects.toThrow("503");
	const events = await world.request({
		method: "POST",
		headers: {
			authorization: `Bearer ${token}`,
			"content-type": "application/json",
			accept: "text/event-stream",
		},
		body: JSON.stringify({ query: CHANGES }),
	});
	expect(events.status).toBe(429);
	// A place that was given back is a place.
	socket.say({ id: "1", type: "complete" });
	await world.until(() => world.gateway.subscriptions === 1, "one to be gone");
	socket.say({ id: "4", type: "subscribe", payload: { query: CHANGES } });
	await world.until(() => world.gateway.subscriptions === 2, "another");
	socket.ws.close();
	await socket.closed;
});

test("a subscription asked as a plain request says how to ask", async () => {
	await using world = await startWorld();
	const [error] = await world.fails(CHANGES);
	expect(error).toMatchObject({
		message: expect.stringContaining("text/event-stream"),
		extensions: { code: "NOT_ACCEPTABLE" },
	});
});

test.each(TRANSPORTS)(
	"a stream does not outlive its token, and ends with its cursor, over %s",
	async (transport) => {
		await using world = await startWorld({
			gateway: {
				webhooks,
				auth: {
					secret: "a-secret-of-thirty-two-characters",
					issuer: "contact-graph-tests",
					audience: "contact-graph",
					clockSkewSeconds: 0,
				},
			},
		});
		const sender = createSender(world.url);
		const one = await subscribe({
			url: world.url,
			token: await world.token({ ttlSeconds: 2 }),
			transport,
			query: CHANGES,
		});
		await world.until(() => world.gateway.subscriptions === 1, "it to run");
		await sender.tell("ContactUpdate", { id: "c1" });
		const { changes } = await one.next("a change");
		const last = await one.answer("the end");
		expect(last.errors[0].extensions).toMatchObject({
			code: "UNAUTHENTICATED",
			cursor: changes.cursor,
		});
		if (transport === "WebSocket")
			await expect.poll(() => one.closed?.code).toBe(4403);
		await one.close();
		await sender.close();
	},
);

test.each(TRANSPORTS)(
	"on shutdown a stream ends with its cursor and goes on from it elsewhere, over %s",
	async (transport) => {
		await using world = await startWorld({ gateway: { webhooks } });
		const sender = createSender(world.url);
		const one = await subscribe({
			url: world.url,
			token: await world.token(),
			transport,
			query: CHANGES,
		});
		await world.until(() => world.gateway.subscriptions === 1, "it to run");
		await sender.tell("ContactUpdate", { id: "c1" });
		const { changes } = await one.next("a change");
		await sender.close();
		const began = performance.now();
		await world.gateway.close();
		expect(performance.now() - began).toBeLessThan(3000);
		const last = await one.answer("the end");
		expect(last.errors[0]).toMatchObject({
			message: expect.stringContaining(`after: "${changes.cursor}"`),
			extensions: { code: "SHUTTING_DOWN", cursor: changes.cursor },
		});
		expect(await one.answer("nothing more")).toBeUndefined();
		if (transport === "WebSocket")
			await expect
				.poll(() => one.closed)
				.toEqual({
					code: 1001,
					reason: "Going away: resume at your last cursor",
				});
		await expect(rawSocket(world.url)).rejects.toThrow("ECONNREFUSED");
		await one.close();
	},
);

test("a client that does not read is cut off, and one that reads slowly is ended with its cursor", async () => {
	await using world = await startWorld({
		gateway: {
			webhooks: { ...webhooks, queue: 10 },
			streams: { keepAliveMs: 200 },
		},
	});
	const sender = createSender(world.url);
	const socket = await greeted(world.url, await world.token());
	socket.say({
		id: "1",
		type: "subscribe",
		payload: { query: "subscription { changes { cursor payload } }" },
	});
	await world.until(() => world.gateway.subscriptions === 1, "it to run");
	socket.ws.pause();
	const words = "x".repeat(200_000);
	for (let sent = 0; sent < 60; sent++)
		await sender.tell("ContactUpdate", { id: "c1", words });
	// It does not answer the pings that wait behind what it does not read.
	await expect
		.poll(() => world.gateway.subscriptions, { timeout: 4000 })
		.toBe(0);
	socket.ws.resume();
	expect([1006, 1013]).toContain((await socket.closed).code);
	await sender.close();
});

test("a client that stops reading and wakes up in time finds the reason, with the cursor of the last change it got", async () => {
	await using world = await startWorld({
		gateway: { webhooks, streams: { keepAliveMs: 500 } },
	});
	const sender = createSender(world.url);
	const socket = await greeted(world.url, await world.token());
	socket.say({
		id: "1",
		type: "subscribe",
		payload: { query: "subscription { changes { cursor payload } }" },
	});
	await world.until(() => world.gateway.subscriptions === 1, "it to run");
	socket.ws.pause();
	const words = "x".repeat(200_000);
	for (let sent = 0; sent < 60; sent++)
		await sender.tell("ContactUpdate", { id: `c${sent}`, words });
	await expect
		.poll(() => world.gateway.subscriptions, { timeout: 4000, interval: 5 })
		.toBe(0);
	socket.ws.resume();
	const { code, reason } = await socket.closed;
	const got = socket.seen.filter(({ type }) => type === "next");
	expect(code).toBe(1013);
	// Not all of them, or it was not slow.
	expect(got.length).toBeLessThan(60);
	const cursor = got.at(-1).payload.data.changes.cursor;
	expect(reason).toBe(`Too slow: resume at ${cursor}`);
	// Nothing lies between what it got and where it is told to go on.
	const rest = await world.query(
		`{ changes(first: 100, after: "${cursor}") { nodes { contactId } } }`,
	);
	expect(rest.changes.nodes).toHaveLength(60 - got.length);
	await sender.close();
});

test("a slow reader's last answer names the place it got to", async () => {
	await using world = await startWorld({
		gateway: { webhooks: { ...webhooks, queue: 10 } },
	});
	const sender = createSender(world.url);
	const socket = await greeted(world.url, await world.token());
	socket.say({
		id: "1",
		type: "subscribe",
		payload: { query: "subscription { changes { cursor payload } }" },
	});
	await world.until(() => world.gateway.subscriptions === 1, "it to run");
	socket.ws.pause();
	const words = "x".repeat(200_000);
	for (let sent = 0; sent < 60; sent++)
		await sender.tell("ContactUpdate", { id: `c${sent}`, words });
	socket.ws.resume();
	await socket.hear("complete", "1");
	const answers = socket.seen.filter(({ type }) => type === "next");
	const last = answers.pop();
	expect(last.payload.errors[0].extensions).toMatchObject({
		code: "SUBSCRIBER_TOO_SLOW",
		cursor: answers.at(-1).payload.data.changes.cursor,
	});
	socket.ws.close();
	await socket.closed;
	await sender.close();
});

test("an upgrade at another address is refused", async () => {
	await using world = await startWorld();
	const ws = new WebSocket(`${world.url.replace("http", "ws")}/elsewhere`);
	await expect(once(ws, "open")).rejects.toThrow("404");
	const { port } = new URL(world.url);
	const plain = connect(Number(port), "127.0.0.1");
	plain.write(
		"GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
	);
	const [bytes] = await once(plain, "data");
	expect(String(bytes)).toContain("400 Bad Request");
	plain.destroy();
});

test.each(TRANSPORTS)(
	"a process that gets SIGTERM ends its streams with their cursors, and the next one goes on from there, over %s",
	async (transport) => {
		await using folder = await mkdtempDisposable(join(tmpdir(), "drain-"));
		const secret = "a-secret-of-thirty-two-characters";
		await using sandbox = await startSandbox({ contacts: 1 });
		await using gateway = await gatewayProcess({
			CONTACTS_API_URL: sandbox.url,
			CONTACTS_API_TOKEN: sandbox.tokens[LOCATION] ?? "",
			LOCATION_ID: LOCATION,
			AUTH_SECRET: secret,
			DATA_DIR: folder.path,
			WEBHOOK_ED25519_KEYS: SENDER_KEY_TEXT,
		});
		const token = await mintToken({
			secret,
			issuer: "contact-graph",
			audience: "contact-graph",
			locations: [LOCATION],
			scopes: ["contacts.readonly"],
			ttlSeconds: 600,
		});
		const follow = (after: string | null) =>
			subscribe({
				url: gateway.url,
				token,
				transport,
				query:
					"subscription ($after: String) { changes(after: $after) { cursor contactId } }",
				variables: { after },
			});
		await gateway.start();
		const asker = createAsker(gateway.url, token, () => "");
		const { changeCursor } = await asker.query("{ changeCursor }");
		const sender = createSender(gateway.url);
		await sender.tell("ContactUpdate", { id: "c1" });
		const one = await follow(changeCursor);
		const { changes } = await one.next("a change");
		await sender.tell("ContactUpdate", { id: "c2" });
		await one.next("another");
		await asker.close();
		await sender.close();
		const stopped = gateway.stop();
		const last = await one.answer("the end");
		expect(last.errors[0].extensions.code).toBe("SHUTTING_DOWN");
		expect(await stopped).toBe(0);
		await one.close();

		await gateway.start();
		const again = await follow(changes.cursor);
		expect((await again.next("the rest")).changes.contactId).toBe("c2");
		await again.close();
	},
	30_000,
);
