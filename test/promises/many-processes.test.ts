/** Gateways that share a Redis are one gateway: what one of them changes, hears or spends, all of them know. */
import { expect } from "vitest";
import { createSender, delivery } from "../support/deliveries.ts";
import { pair } from "../support/gateway-pair.ts";
import {
	type RedisServer,
	redisTest,
	startRedis,
} from "../support/redis-server.ts";
import { subscribe } from "../support/subscribers.ts";

const CHANGES =
	"subscription ($after: String) { changes(after: $after) { __typename cursor contactId } }";

const NAME = '{ contact(id: "c1") { firstName } }';
const RENAME =
	'mutation ($to: String!) { updateContact(input: { contactId: "c1", firstName: $to }) { contact { firstName } userErrors { message } } }';

redisTest(
	"a write through one process is seen through the other as soon as it is answered",
	async () => {
		await using redis = await startRedis();
		await using both = await pair(redis);
		const { one, two } = both;
		for (let round = 0; round < 20; round++) {
			await one.query(NAME);
			await two.query(NAME);
			const [writer, reader] = round % 2 ? [one, two] : [two, one];
			await writer.query(RENAME, { to: `N${round}` });
			expect((await reader.query(NAME)).contact.firstName).toBe(`N${round}`);
		}
	},
);

redisTest("a warm hit costs no Redis command", async () => {
	await using redis = await startRedis();
	await using both = await pair(redis);
	const { one } = both;
	await one.query(NAME);
	const made = one.calls.length;
	await using sent = await watchCommands(redis);
	await sent.quiet();
	const before = sent.others.length;
	for (let round = 0; round < 300; round++) await one.query(NAME);
	await sent.beaten(6);
	expect(one.calls.length).toBe(made);
	expect(sent.others.slice(before)).toEqual([]);
});

/** Every command that any process sends, in order; what runs inside a script is the script's. */
const watchCommands = async ({ client }: RedisServer) => {
	const monitor = await client.monitor();
	const others: string[] = [];
	let beats = 0;
	monitor.on("monitor", (_, args: string[], source: string) => {
		if (source === "lua") return;
		// A beat goes on whoever asks what, and is known by the channel that it comes back on.
		if (args.some((arg) => arg.startsWith("test:{shared}:beat:"))) beats++;
		else others.push(args.join(" "));
	});
	/** So many beats later, whatever was sent before them has been seen. */
	const beaten = async (count: number): Promise<void> => {
		const from = beats;
		await expect
			.poll(() => beats - from, { interval: 50, timeout: 20_000 })
			.toBeGreaterThanOrEqual(count);
	};
	return {
		others,
		beaten,
		/** Until what earlier requests left to be reported has been. */
		async quiet() {
			for (let last = -1; last < others.length; ) {
				last = others.length;
				await beaten(12);
			}
		},
		async [Symbol.asyncDispose]() {
			monitor.disconnect();
		},
	};
};

redisTest(
	"a delivery to one process reaches the subscribers and ends the cached values of both",
	async () => {
		await using redis = await startRedis();
		await using both = await pair(redis);
		const { one, two } = both;
		const { changeCursor } = await one.query("{ changeCursor }");
		const readers = await Promise.all(
			[one.url, two.url].map(async (url) =>
				subscribe({
					url,
					token: await one.token(),
					transport: "WebSocket",
					query: CHANGES,
					variables: { after: changeCursor },
				}),
			),
		);
		await one.query(NAME);
		await two.query(NAME);
		one.sandbox.data.edit("contacts", "c1", { firstName: "Ada" });
		const sender = createSender(one.url);
		await sender.tell("ContactUpdate", { id: "c1" });
		for (const reader of readers) {
			await reader.next("a change");
			expect((await two.query(NAME)).contact.firstName).toBe("Ada");
			expect((await one.query(NAME)).contact.firstName).toBe("Ada");
		}
		const senders = [sender, createSender(two.url)];
		await Promise.all(
			Array.from({ length: 60 }, (_, index) =>
				senders[index % 2]?.tell("ContactUpdate", { id: `s${index}` }),
			),
		);
		const [first = [], second = []] = await Promise.all(
			readers.map((reader) => reader.take(60, "a change")),
		);
		expect(new Set(first.map(({ changes }) => changes.contactId)).size).toBe(
			60,
		);
		expect(second).toEqual(first);
		for (const reader of readers) await reader.close();
		for (const one of senders) await one.close();
	},
);

redisTest.each([
	["is away", (redis: RedisServer) => redis.kill(), "start"],
	[
		"takes commands and does not answer",
		(redis: RedisServer) => redis.hang(),
		"goOn",
	],
] as const)(
	"while Redis %s nothing is served from the cache, and whole again after",
	async (_, end, begin) => {
		await using redis = await startRedis();
		await using both = await pair(redis, {
			// What others may have sent before is out of the window soon.
			contactsApi: { budget: { limit: 100, intervalMs: 300 } },
		});
		const { one, two } = both;
		for (const { url, query } of [one, two]) {
			expect(await ready(url)).toMatchObject({
				store: "redis",
				storeState: "connected",
			});
			await query(NAME);
		}
		// Nobody is told of it: a process that still serves what it has cached does not show it.
		one.sandbox.data.edit("contacts", "c1", { firstName: "Behind" });
		for (const { query } of [one, two])
			expect((await query(NAME)).contact.firstName).not.toBe("Behind");
		await end(redis);
		await expect
			.poll(() => ready(one.url), { timeout: 5000 })
			.toMatchObject({
				status: "ready",
				storeState: expect.stringMatching(/cannot be reached/),
			});
		await expect
			.poll(() => ready(two.url), { timeout: 5000 })
			.toMatchObject({
				storeState: expect.stringMatching(/cannot be reached/),
			});
		for (const { query } of [one, two])
			expect((await query(NAME)).contact.firstName).toBe("Behind");
		const [keyed, plain] = await Promise.all([
			one.fails(RENAME_KEYED, { to: "Keyed", key: "k1" }),
			one.query(RENAME, { to: "Plain" }),
		]);
		expect(keyed).toMatchObject([
			{ extensions: { code: "STORAGE_UNAVAILABLE" } },
		]);
		expect(plain.updateContact.userErrors).toEqual([]);
		const sender = createSender(one.url);
		expect(
			(await sender.send(delivery("ContactUpdate", { id: "c1" }))).status,
		).toBe(429);
		await redis[begin]();
		await expect
			.poll(() => ready(two.url), { timeout: 5000 })
			.toMatchObject({ storeState: "connected" });
		expect((await two.query(NAME)).contact.firstName).toBe("Plain");
		await one.query(RENAME_KEYED, { to: "Keyed", key: "k1" });
		await two.query(RENAME_KEYED, { to: "Keyed", key: "k1" });
		expect(one.calls.filter(({ method }) => method === "PUT")).toHaveLength(2);
		await sender.close();
	},
);

const RENAME_KEYED =
	'mutation ($to: String!, $key: String!) { updateContact(input: { contactId: "c1", firstName: $to, idempotencyKey: $key }) { contact { firstName } userErrors { message } } }';

const ready = async (url: string): Promise<object> =>
	(await fetch(`${url}/health/ready`)).json() as Promise<object>;

redisTest("processes spend one limit: no call is answered 429", async () => {
	await using redis = await startRedis();
	await using both = await pair(redis, {
		contacts: 200,
		sandbox: { rateLimit: { burst: 40, intervalMs: 1000, daily: 100_000 } },
		contactsApi: { budget: { limit: 40, intervalMs: 1000 } },
	});
	const { one, two } = both;
	const ids = Array.from({ length: 200 }, (_, index) => `c${index + 1}`);
	await Promise.all(
		ids.map((id, index) =>
			(index % 2 ? one : two).query(
				"query ($id: ID!) { contact(id: $id) { firstName } }",
				{ id },
			),
		),
	);
	const statuses = one.calls.map(({ status }) => status);
	expect(statuses.filter((status) => status === 429)).toEqual([]);
	expect(statuses.length).toBeGreaterThanOrEqual(200);
});
