/** Connections to Redis or Valkey: every command has a timeout and none is queued while the server is away. */
import { createHash } from "node:crypto";
import { Redis } from "ioredis";
import { fail } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import { DataFault } from "../data-fault.ts";

/** A Lua script. All its keys have one hash tag, so that it stays on one slot of a cluster. */
export interface Script {
	readonly lua: string;
	readonly sha: string;
}

export const script = (lua: string): Script => ({
	lua,
	sha: createHash("sha1").update(lua).digest("hex"),
});

export interface RedisConnection {
	/** @throws Failure STORAGE_UNAVAILABLE: at once while the server is away, or when it did not answer within COMMAND_MS. */
	run(
		script: Script,
		keys: readonly string[],
		args: readonly (string | number)[],
	): Promise<unknown>;
	call(name: string, ...args: (string | number)[]): Promise<unknown>;
	isUp(): boolean;
	/** Begins anew with a fresh connection: this one answers no more. */
	drop(): void;
	close(): void;
}

/** A command unanswered for so long is taken for lost, and its connection for dead. */
export const COMMAND_MS = 1000;
const CONNECT_MS = 1000;
/** The same for what the client asks by itself when it has connected. */
const GREETING_MS = 3 * COMMAND_MS;
// The gateway is to be whole again within two seconds of the server.
const RECONNECT_MS = 200;

/**
 * A connection as this gateway uses one. A command is never sent twice: whether the first took effect is for its caller
 * to find out.
 */
export const newClient = (url: string, log: Logger): Redis => {
	const client = new Redis(url, {
		lazyConnect: true,
		// Answers are the same flat lists as in scripts.
		protocol: 2,
		enableOfflineQueue: false,
		autoResendUnfulfilledCommands: false,
		maxRetriesPerRequest: 0,
		commandTimeout: GREETING_MS,
		connectTimeout: CONNECT_MS,
		retryStrategy: (times) => Math.min(RECONNECT_MS, times * 20),
		// A primary that became a replica: its name may lead to the new one by now.
		reconnectOnError: (error) => error.message.startsWith("READONLY"),
	});
	let isQuiet = false;
	// Without a listener an error of the socket would end the process.
	client.on("error", (err: Error) => {
		if (!isQuiet) log.warn({ err: withoutUrl(err) }, "Redis cannot be reached");
		isQuiet = true;
	});
	client.on("ready", () => {
		if (isQuiet) log.info("Redis is reached again");
		isQuiet = false;
	});
	return client;
};

export const connectionOf = (client: Redis): RedisConnection => {
	const guarded = async (work: Promise<unknown>): Promise<unknown> => {
		try {
			return await inTime(work);
		} catch (error) {
			const { message } = error as Error;
			if (message === TIMED_OUT) drop();
			if (message.startsWith("NOSCRIPT")) throw error;
			throw fail(
				"STORAGE_UNAVAILABLE",
				"The gateway cannot reach its store now. Try again after retryAfterMs.",
				{ cause: error, extensions: { retryAfterMs: COMMAND_MS } },
			);
		}
	};
	const drop = () => {
		if (client.status === "ready") client.disconnect(true);
	};
	return {
		async run({ lua, sha }, keys, args) {
			const rest = [keys.length, ...keys, ...args];
			try {
				return await guarded(client.call("EVALSHA", sha, ...rest));
			} catch (error) {
				if (!(error as Error).message.startsWith("NOSCRIPT")) throw error;
				return guarded(client.call("EVAL", lua, ...rest));
			}
		},
		call: (name, ...args) => guarded(client.call(name, ...args)),
		isUp: () => client.status === "ready",
		drop,
		close: () => client.disconnect(),
	};
};

const TIMED_OUT = "Command timed out";

/**
 * A process that was busy for so long looks at its clock before it reads what has come since, so the answer has one more
 * turn: else a pause of its own would look like a dead server, and cost every command that was on its way.
 */
const inTime = (work: Promise<unknown>): Promise<unknown> =>
	new Promise((resolve, reject) => {
		const timer = setTimeout(
			() => setImmediate(() => reject(new Error(TIMED_OUT))),
			COMMAND_MS,
		);
		work.then(resolve, reject).finally(() => clearTimeout(timer));
	});

// A server that is being restarted with the gateway is waited for; one that is not there ends the start.
const START_MS = 15_000;
const AGAIN_MS = 20;

/** Connects. @throws DataFault when it is not there within START_MS, or refuses who comes. */
export const reached = async (client: Redis): Promise<void> => {
	const givesUpAt = performance.now() + START_MS;
	let cause: Error | undefined;
	const keep = (error: Error): void => {
		cause = error;
	};
	client.on("error", keep);
	try {
		// Once asked, the client goes on by itself: to ask again while it does is an error.
		client.connect().catch(keep);
		while (client.status !== "ready") {
			if (/WRONGPASS|NOAUTH|NOPERM/.test(cause?.message ?? ""))
				throw new DataFault(
					"Redis refuses the user or password in REDIS_URL.",
					{ cause },
				);
			if (performance.now() > givesUpAt)
				throw new DataFault(
					"Redis cannot be reached at the address in REDIS_URL. Start it, or correct the address.",
					{ cause },
				);
			await new Promise((done) => setTimeout(done, AGAIN_MS));
		}
	} finally {
		client.off("error", keep);
	}
};

// The URL may hold a password, and the client's errors may hold the URL.
const withoutUrl = ({ name, message, ...rest }: Error & { code?: string }) => ({
	name,
	code: rest.code,
	message: message.replace(/rediss?:\/\/\S+/g, "REDIS_URL"),
});
