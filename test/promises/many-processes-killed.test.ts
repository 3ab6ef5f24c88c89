/** Gateways on one Redis, killed while they work: no write is lost or doubled, and no subscriber misses a change. */
import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { createSender, SENDER_KEY_TEXT } from "../support/deliveries.ts";
import type { Told } from "../support/killable-gateway.ts";
import {
	LOCATION,
	type Running,
	runKillable,
} from "../support/killable-process.ts";
import {
	type RedisServer,
	redisTest,
	startRedis,
} from "../support/redis-server.ts";
import { subscribe } from "../support/subscribers.ts";

const PROCESSES = 3;

const stage = async (redis: RedisServer) => {
	const sandbox = await startSandbox({
		contacts: 3,
		ids: "readable",
		rateLimit: "off",
		searchLagMs: 0,
	});
	const told: Told = {
		apiUrl: sandbox.url,
		locationId: LOCATION,
		apiToken: sandbox.tokens[LOCATION] ?? "",
		dataFile: "unused",
		secret: randomBytes(32).toString("hex"),
		issuer: "test",
		audience: "test",
		sealKey: randomBytes(32).toString("hex"),
		unlimited: true,
		redisUrl: redis.url,
		webhookKey: SENDER_KEY_TEXT,
	};
	const running: Running[] = await Promise.all(
		Array.from({ length: PROCESSES }, () => runKillable(told)),
	);
	return {
		sandbox,
		running,
		/** One is killed, and another takes its place. */
		async replace(index: number) {
			await running[index]?.kill();
			running[index] = await runKillable(told);
		},
		async [Symbol.asyncDispose]() {
			await Promise.all(running.map((one) => one.kill()));
			await sandbox.close();
		},
	};
};

const CREATE =
	'mutation ($body: String!, $key: String!) { createNote(input: { contactId: "c1", body: $body, idempotencyKey: $key }) { note { id } userErrors { message } } }';

redisTest(
	"keyed writes that are sent again to another process when theirs is killed are done once each",
	async () => {
		await using redis = await startRedis();
		await using all = await stage(redis);
		const { running, sandbox } = all;
		let done = 0;
		const write = async (number: number): Promise<void> => {
			for (let tries = 0; ; tries++) {
				const { asker } = running[(number + tries) % PROCESSES] as Running;
				const data = await asker
					.query(CREATE, { body: `n${number}`, key: `k${number}` })
					.catch(() => undefined);
				if (data?.createNote.note) {
					done++;
					return;
				}
				await new Promise((again) => setTimeout(again, 100));
			}
		};
		const writes = Promise.all(
			Array.from({ length: 10 }, async (_, lane) => {
				for (let at = 0; at < 9; at++) await write(lane * 9 + at);
			}),
		);
		for (const [index, after] of [20, 50].entries()) {
			await expect.poll(() => done, { timeout: 60_000 }).toBeGreaterThan(after);
			await all.replace(index);
		}
		await writes;
		const bodies = [...sandbox.data.location(LOCATION).notes.values()]
			.map(({ body }) => body)
			.filter((body) => /^n\d+$/.test(String(body)));
		expect(bodies).toHaveLength(90);
		expect(new Set(bodies).size).toBe(90);
	},
	150_000,
);

redisTest(
	"a subscriber whose process is killed goes on at others, old and new, without a gap or a duplicate",
	async () => {
		await using redis = await startRedis();
		await using all = await stage(redis);
		const { running } = all;
		const [first, second] = running as [Running, Running];
		const { changeCursor } = await first.asker.query("{ changeCursor }");
		const from = async (at: Running, after: string) =>
			subscribe({
				url: at.url,
				token: at.token,
				transport: "SSE",
				query:
					"subscription ($after: String) { changes(after: $after) { __typename cursor contactId } }",
				variables: { after },
				deadlineMs: 30_000,
			});
		const reader = await from(first, changeCursor);
		const sender = createSender(second.url);
		for (let at = 0; at < 10; at++)
			await sender.tell("ContactUpdate", { id: `a${at}` });
		const seen = await reader.take(10, "a change");
		await first.kill();
		for (let at = 0; at < 10; at++)
			await sender.tell("ContactUpdate", { id: `b${at}` });
		// One that heard all of it, and one that has just begun and reads it from Redis.
		await all.replace(0);
		const cursor = seen.at(-1)?.changes.cursor;
		const again = await Promise.all(
			[second, running[0] as Running].map((at) => from(at, cursor)),
		);
		const [rest = [], same] = await Promise.all(
			again.map((one) => one.take(10, "a change")),
		);
		expect(same).toEqual(rest);
		expect([...seen, ...rest].map(({ changes }) => changes.contactId)).toEqual([
			...Array.from({ length: 10 }, (_, at) => `a${at}`),
			...Array.from({ length: 10 }, (_, at) => `b${at}`),
		]);
		await reader.close();
		for (const one of again) await one.close();
		await sender.close();
	},
	120_000,
);
