/** A Redis of a test's own: a free port, a directory that goes with it, an append-only file so that it can be killed. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Redis } from "ioredis";
import { test } from "vitest";

export interface RedisServer extends AsyncDisposable {
	readonly port: number;
	readonly url: string;
	/** For what the test looks up or orders itself. */
	readonly client: Redis;
	start(): Promise<void>;
	kill(): Promise<void>;
	/** Its port stays open and nothing is answered, until `goOn`. */
	hang(): void;
	goOn(): void;
}

const BINARY = process.env.REDIS_SERVER ?? "redis-server";

const found = (): boolean => {
	try {
		execFileSync(BINARY, ["--version"], { stdio: "ignore" });
		return true;
	} catch {
		return false;
	}
};

/** In CI it is installed; elsewhere a missing one is said, not passed over. */
const isThere = found();
if (!isThere)
	process.stderr.write(
		`\nSKIPPED: there is no ${BINARY} here, so nothing of the Redis store is tested. Install redis-server, or set REDIS_SERVER.\n`,
	);
if (!isThere && process.env.CI)
	throw new Error("CI must have redis-server: the Redis store is not tested");

/** `test`, skipped where there is no Redis. */
export const redisTest = test.skipIf(!isThere);
export const hasRedis = isThere;

export const startRedis = async (
	...settings: readonly string[]
): Promise<RedisServer> => {
	const port = await freePort();
	const dir = await mkdtemp(join(tmpdir(), "redis-"));
	const client = new Redis(port, "127.0.0.1", {
		lazyConnect: true,
		retryStrategy: () => 50,
		maxRetriesPerRequest: null,
	});
	client.on("error", () => {});
	let child: ChildProcess | undefined;
	const kill = async (): Promise<void> => {
		if (!child || child.exitCode !== null || child.signalCode) return;
		const gone = once(child, "exit");
		child.kill("SIGKILL");
		await gone;
	};
	const start = async (): Promise<void> => {
		child = spawn(
			BINARY,
			[
				...["--port", String(port), "--bind", "127.0.0.1", "--dir", dir],
				...["--save", "", "--appendonly", "yes", "--appendfsync", "always"],
				...settings,
			],
			{ stdio: "ignore" },
		);
		if (client.status === "wait") await client.connect().catch(() => {});
		while ((await client.ping().catch(() => "")) !== "PONG") await wait(20);
	};
	await start();
	return {
		port,
		url: `redis://127.0.0.1:${port}`,
		client,
		start,
		kill,
		hang: () => void child?.kill("SIGSTOP"),
		goOn: () => void child?.kill("SIGCONT"),
		async [Symbol.asyncDispose]() {
			client.disconnect();
			await kill();
			await rm(dir, { recursive: true, force: true });
		},
	};
};

const freePort = async (): Promise<number> => {
	const server = createServer();
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	server.close();
	await once(server, "close");
	return typeof address === "object" && address ? address.port : 0;
};
