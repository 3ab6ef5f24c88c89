/** No caller takes the process away from the others: what one may hold of it is counted by token subject. */
import { expect, test } from "vitest";
import type { GatewayOptions } from "../../src/gateway-options.ts";
import type { Answer } from "../support/ask.ts";
import { testClock } from "../support/clock.ts";
import { SENDER_KEYS } from "../support/deliveries.ts";
import { greeted, rawSocket } from "../support/raw-socket.ts";
import { subscribe } from "../support/subscribers.ts";
import { startWorld, type World } from "../support/world.ts";

const CHANGES = "subscription { changes { cursor } }";
const webhooks = { keys: SENDER_KEYS };

const limited = (
	callers: GatewayOptions["callers"],
	gateway: Partial<GatewayOptions> = {},
) => startWorld({ gateway: { callers: callers ?? {}, webhooks, ...gateway } });

const as = async (
	world: World,
	subject: string,
	query = '{ contact(id: "c1") { contactId } }',
): Promise<Answer> =>
	world.answer(query, {}, { token: await world.token({ subject }) });

/** Of a contact nobody has asked for: kept answers are given to everybody. */
const another = (n: number) => `{ contact(id: "c${n}") { contactId } }`;

const codeOf = ({ errors }: Answer) => errors?.[0]?.extensions?.code;

test("a caller with as many requests in flight as one may have is refused another, and nobody else is", async () => {
	await using world = await limited({ requests: 2 });
	world.upstream.next({ kind: "hold", count: 2 });
	const held = [as(world, "ann"), as(world, "ann", another(2))];
	await world.sandbox.held(2);
	const refused = await world.request({
		method: "POST",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${await world.token({ subject: "ann" })}`,
		},
		body: JSON.stringify({ query: "{ __typename }" }),
	});
	expect(refused.status).toBe(429);
	expect(refused.headers["retry-after"]).toBe("1");
	expect(refused.json().errors).toEqual([
		{
			message:
				"One caller may have at most 2 requests in flight, and this one has as many. End some, or try again later.",
			extensions: {
				code: "CALLER_LIMIT_EXCEEDED",
				limit: 2,
				of: "requests",
				retryAfterMs: 1000,
				retryable: true,
				requestId: expect.any(String),
			},
		},
	]);
	expect(codeOf(await as(world, "bob", "{ __typename }"))).toBeUndefined();
	world.sandbox.release();
	for (const answer of await Promise.all(held))
		expect(codeOf(answer)).toBeUndefined();
	expect(codeOf(await as(world, "ann", "{ __typename }"))).toBeUndefined();
});

test("a caller with as many sockets as one may have gets 1013 for the next, until one is closed", async () => {
	await using world = await limited({ sockets: 1 });
	const ann = await world.token({ subject: "ann" });
	const first = await greeted(world.url, ann);
	const second = await rawSocket(world.url);
	second.say({
		type: "connection_init",
		payload: { Authorization: `Bearer ${ann}` },
	});
	expect(await second.closed).toEqual({
		code: 1013,
		reason: expect.stringContaining("at most 1 open sockets"),
	});
	const bob = await greeted(world.url, await world.token({ subject: "bob" }));
	await first.close();
	const third = await greeted(world.url, ann);
	await Promise.all([bob.close(), third.close()]);
});

test("an event stream counts as a socket, and not as a request in flight", async () => {
	await using world = await limited({ requests: 1, sockets: 1 });
	const token = await world.token({ subject: "ann" });
	const asking = { url: world.url, token, query: CHANGES };
	const stream = await subscribe({ ...asking, transport: "SSE" });
	expect(codeOf(await as(world, "ann"))).toBeUndefined();
	const refused = await world.request({
		method: "POST",
		headers: {
			"content-type": "application/json",
			accept: "text/event-stream",
			authorization: `Bearer ${token}`,
		},
		body: JSON.stringify({ query: CHANGES }),
	});
	expect(refused.text).toContain('"CALLER_LIMIT_EXCEEDED"');
	expect(refused.text).toContain('"of":"sockets"');
	await stream.close();
	await world.until(
		() => world.gateway.subscriptions === 0,
		"the stream's end",
	);
	const again = await subscribe({ ...asking, transport: "SSE" });
	await again.close();
});

test("operations are counted over all sockets of a caller, and one that ends makes room", async () => {
	await using world = await limited({ operations: 2 });
	const ann = await world.token({ subject: "ann" });
	const sockets = [
		await greeted(world.url, ann),
		await greeted(world.url, ann),
	];
	const [one, two] = sockets;
	const start = (socket: typeof one, id: string, query = CHANGES) =>
		socket?.say({ id, type: "subscribe", payload: { query } });
	start(one, "1");
	start(two, "1");
	await world.until(
		() => world.gateway.subscriptions === 2,
		"both subscriptions",
	);
	start(two, "2");
	expect((await two?.hear("error", "2"))?.payload[0].extensions).toMatchObject({
		code: "CALLER_LIMIT_EXCEEDED",
		limit: 2,
		of: "operations",
	});
	one?.say({ id: "1", type: "complete" });
	await world.until(
		() => world.gateway.subscriptions === 1,
		"the end of the first",
	);
	start(two, "3", "{ __typename }");
	await two?.hear("next", "3");
	await Promise.all(sockets.map((socket) => socket.close()));
});

test.each(["HTTP", "a WebSocket"])(
	"a caller who has used more than the CPU's share of one waits while others ask, over %s",
	async (transport) => {
		const clock = testClock(Date.now());
		await using world = await limited({ cpuAtOnceMs: 0 }, { clock });
		expect(codeOf(await as(world, "ann"))).toBeUndefined();
		// Nobody else is there.
		expect(codeOf(await as(world, "ann"))).toBeUndefined();
		expect(codeOf(await as(world, "bob", another(3)))).toBeUndefined();
		const refusal = async () => {
			if (transport === "HTTP")
				return (await as(world, "ann", "{ __typename }")).errors?.[0];
			const socket = await greeted(
				world.url,
				await world.token({ subject: "ann" }),
			);
			socket.say({
				id: "1",
				type: "subscribe",
				payload: { query: "{ __typename }" },
			});
			const { payload } = await socket.hear("error", "1");
			await socket.close();
			return payload[0];
		};
		expect((await refusal())?.extensions).toMatchObject({
			code: "CALLER_LIMIT_EXCEEDED",
			limit: 50,
			of: "cpu",
			retryAfterMs: expect.any(Number),
		});
		// What is kept is given all the same.
		expect(codeOf(await as(world, "ann"))).toBeUndefined();
		await clock.advance(9_000);
		expect(codeOf(await as(world, "ann", "{ __typename }"))).toBeUndefined();
	},
);

test("with all of the CPU for each caller none is refused for it", async () => {
	await using world = await limited(
		{ cpuAtOnceMs: 0, cpuPercent: 100 },
		{ clock: testClock(Date.now()) },
	);
	for (const subject of ["ann", "bob", "ann", "bob"])
		expect(codeOf(await as(world, subject, "{ __typename }"))).toBeUndefined();
});
