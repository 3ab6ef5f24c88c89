/** A sandbox, a store of tokens, and as many processes on it as a test wants. */
import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Timing } from "../../src/oauth/renewal-timing.ts";
import {
	type Sandbox,
	type SandboxOptions,
	startSandbox,
} from "../../src/sandbox/sandbox.ts";
import { createSeal } from "../../src/store/seal.ts";
import type { Store } from "../../src/store/store.ts";
import type { TokenStore } from "../../src/store/tokens.ts";
import { startRedis } from "./redis-server.ts";
import { openPlace, type WorkerTask } from "./token-worker.ts";

export interface Worker {
	/** Their tokens, or `failed: ...`, in the order of the ids. */
	ask(ids: readonly string[]): Promise<string[]>;
	/** By SIGKILL. */
	kill(): void;
	/** Resolves with the signal or code that ended it. */
	readonly ended: Promise<string | number>;
}

export interface Workers extends AsyncDisposable {
	readonly sandbox: Sandbox;
	/** This process's own view of the store: in Redis a moment behind what another one answers. */
	readonly store: TokenStore;
	/** Connects locations by consent of their own; their access tokens have ended. */
	seed(ids: readonly string[], companyId?: string): Promise<void>;
	start(options?: { dieAt?: string }): Promise<Worker>;
}

const WORKER = join(import.meta.dirname, "token-worker.ts");

export const startWorkers = async (
	over: Store["name"],
	options: SandboxOptions = {},
	timing: Partial<Timing> = {},
): Promise<Workers> => {
	const dir = await mkdtemp(join(tmpdir(), "contact-graph-"));
	const redis = over === "redis" ? await startRedis() : undefined;
	const sandbox = await startSandbox({
		contacts: 1,
		rateLimit: "off",
		...options,
	});
	const key = randomBytes(32);
	const place = redis
		? { redisUrl: redis.url }
		: { file: join(dir, "tokens.sqlite") };
	const own = await openPlace(place);
	const store = own.tokens(createSeal([key]));
	const children: ChildProcess[] = [];

	return {
		sandbox,
		store,
		async seed(ids, companyId) {
			const now = Date.now();
			await Promise.all(
				ids.map((id) => {
					const issued = sandbox.oauth.issue(id);
					return store.connect(
						{ kind: "location", id },
						{ ...issued, expiresAt: now - 1 },
						{ companyId, now },
					);
				}),
			);
		},
		async start({ dieAt } = {}) {
			const task: WorkerTask = {
				place,
				key: key.toString("base64"),
				api: sandbox.url,
				clientId: sandbox.oauth.clientId,
				clientSecret: sandbox.oauth.clientSecret,
				timing,
				dieAt,
			};
			const child = fork(WORKER, [JSON.stringify(task)], { execArgv: [] });
			children.push(child);
			const ended = once(child, "exit").then(
				([code, signal]) => (signal ?? code) as string | number,
			);
			await once(child, "message");
			return {
				ended,
				kill: () => void child.kill("SIGKILL"),
				async ask(ids) {
					const answer = once(child, "message");
					child.send([...ids]);
					const [got] = (await Promise.race([
						answer,
						ended.then((how) => {
							throw new Error(`the worker ended with ${how}`);
						}),
					])) as [string[]];
					return got;
				},
			};
		},
		async [Symbol.asyncDispose]() {
			for (const child of children) child.kill("SIGKILL");
			await own.close();
			await redis?.[Symbol.asyncDispose]();
			await sandbox.close();
			await rm(dir, { recursive: true });
		},
	};
};
