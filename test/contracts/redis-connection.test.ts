/** What a command meets that a server answers late, or not at all. */
import { expect } from "vitest";
import { createLog } from "../../src/log.ts";
import { connectionOf, newClient } from "../../src/store/redis/connection.ts";
import { redisTest, startRedis } from "../support/redis-server.ts";

const connect = async (url: string) => {
	const client = newClient(url, createLog({ level: "silent" }));
	await client.connect();
	const connection = connectionOf(client);
	return {
		connection,
		[Symbol.dispose]: () => connection.close(),
	};
};

redisTest(
	"an answer that came while this process was busy for long is taken",
	async () => {
		await using redis = await startRedis();
		using connected = await connect(redis.url);
		const answers = [1, 2, 3].map((value) =>
			connected.connection.call("SET", "key", value),
		);
		// Sent before the process is busy.
		await new Promise((sent) => setImmediate(sent));
		const until = performance.now() + 1500;
		while (performance.now() < until);
		expect(await Promise.all(answers)).toEqual(["OK", "OK", "OK"]);
	},
);

redisTest(
	"a server that takes commands and does not answer ends them with a failure, and is used again once it answers",
	async () => {
		await using redis = await startRedis();
		using connected = await connect(redis.url);
		redis.hang();
		await expect(
			connected.connection.call("SET", "key", 1),
		).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
		redis.goOn();
		await expect
			.poll(() => connected.connection.call("PING").catch(() => "away"), {
				timeout: 10_000,
			})
			.toBe("PONG");
	},
);
