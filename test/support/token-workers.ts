/** A sandbox, a token file, and as many processes on it as a test wants. */
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
import { openSqlite } from "../../src/store/sqlite.ts";
import {
	createTokenStore,
	TOKEN_TABLES,
	type TokenStore,
} from "../../src/store/tokens.ts";
import type { WorkerTask } from "./token-worker.ts";

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
	/** This process's own view of the file. */
	readonly store: TokenStore;
	/** Connects locations by consent of their own; their access tokens have ended. */
	seed(ids: readonly string[], companyId?: string): Promise<void>;
	start(options?: { dieAt?: string }): Promise<Worker>;
}

const WORKER = join(import.meta.dirname, "token-worker.ts");

export const startWorkers = async (
	options: SandboxOptions = {},
	timing: Partial<Timing> = {},
): Promise<Workers> => {
	const dir = await mkdtemp(join(tmpdir(), "contact-graph-"));
	const sandbox = await startSandbox({
		contacts: 1,
		rateLimit: "off",
		...options,
	});
	const key = randomBytes(32);
	const file = join(dir, "tokens.sqlite");
	const sqlite = openSqlite(file, [TOKEN_TABLES]);
	const store = createTokenStore(sqlite, createSeal([key]));
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
				file,
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
			sqlite.close();
			await sandbox.close();
			await rm(dir, { recursive: true });
		},
	};
};
