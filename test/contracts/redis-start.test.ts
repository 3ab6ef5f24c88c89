/** Which servers a gateway starts on: one that would lose what it is given is refused, in words for who runs it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { createLog } from "../../src/log.ts";
import { DataFault } from "../../src/store/data-fault.ts";
import { openRedisStore } from "../../src/store/redis/redis-store.ts";
import { createSeal } from "../../src/store/seal.ts";
import { redisTest, startRedis } from "../support/redis-server.ts";
import { logKeeper } from "../support/timeline.ts";

const PAGE = join(import.meta.dirname, "../../docs/scaling.md");

const open = async (url: string, prefix = "test") => {
	const { lines, destination } = logKeeper();
	const store = await openRedisStore({
		url,
		prefix,
		log: createLog({ level: "info", destination }),
	});
	return {
		store,
		said: () => lines.map(({ msg }) => msg).join("\n"),
		[Symbol.asyncDispose]: () => store.close(),
	};
};

const refusal = (url: string): Promise<string> =>
	open(url).then(
		() => "started",
		(error) => {
			expect(error).toBeInstanceOf(DataFault);
			return error.message;
		},
	);

redisTest.each([
	[
		"noeviction is not set",
		["maxmemory-policy", "allkeys-lru"],
		/allkeys-lru.*Set maxmemory-policy noeviction/,
	],
	[
		"it is a replica",
		["replicaof", "127.0.0.1 9"],
		/leads to a replica.*Give the address of the primary/,
	],
	[
		"it asks for a password",
		["requirepass", "secret"],
		/refuses the user or password/,
	],
] as const)("a server is refused where %s", async (_, [name, value], words) => {
	await using redis = await startRedis();
	const { client } = redis;
	await (name === "replicaof"
		? client.call("REPLICAOF", ...value.split(" "))
		: client.call("CONFIG", "SET", name, value));
	expect(await refusal(redis.url)).toMatch(words);
});

redisTest(
	"a server without an append-only file is warned of, and one with it is not",
	async () => {
		for (const [setting, isWarned] of [
			["no", true],
			["yes", false],
		] as const) {
			await using redis = await startRedis("--appendonly", setting);
			await using opened = await open(redis.url);
			expect(/Set appendonly yes/.test(opened.said())).toBe(isWarned);
		}
	},
);

redisTest("a server that comes late is waited for", async () => {
	await using redis = await startRedis();
	await redis.kill();
	const opening = open(redis.url);
	await redis.start();
	await using opened = await opening;
	expect(opened.store.name).toBe("redis");
});

redisTest(
	"a user who may do what the documentation lists, under the prefix alone, is enough",
	async () => {
		await using redis = await startRedis();
		const [, rights = ""] =
			/ACL\s+user\s+(?:would\s+)?needs?[^`]*`([^`]+)`/.exec(
				await readFile(PAGE, "utf8"),
			) ?? [];
		expect(rights).toContain("+@write");
		await redis.client.call(
			...["ACL", "SETUSER", "gateway", "on", ">secret", "resetkeys"],
			...["~own:*", "&own:*", ...rights.split(" ")],
		);
		await using opened = await open(
			redis.url.replace("://", "://gateway:secret@"),
			"own",
		);
		const { store } = opened;
		await store.shared?.start();
		const seal = createSeal([new Uint8Array(32)]);
		const journal = await store.journal(seal, 1000);
		await journal.append(
			{
				locationId: "L",
				type: "ContactUpdate",
				kind: "CONTACT_UPDATED",
				contactId: "c1",
				subjectId: null,
				occurredAt: null,
				receivedAt: Date.now(),
				body: "{}",
			},
			["w:1"],
		);
		await journal.prune(Date.now(), { ageMs: 1, bytes: 1, seenMs: 1 });
		expect(await store.callers.revoke("t1", 1)).toBe(true);
		await store.shared?.invalidations.announce("L", ["tag"], undefined);
		const taken = await store.shared?.permits("L").take({
			want: 2,
			ended: 0,
			out: 0,
			fallback: { limit: 10, intervalMs: 1000 },
		});
		expect(taken?.given).toBe(2);
		expect(store.fault()).toBeUndefined();
		// Beyond the prefix it may nothing.
		await expect(
			open(redis.url.replace("://", "://gateway:secret@"), "other").then(
				async ({ store }) => store.callers.revoke("t1", 1),
			),
		).rejects.toThrow();
	},
);
