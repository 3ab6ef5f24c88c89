/** A gateway's token machinery in a process of its own, which the parent may kill at any step. */
import { createLog } from "../../src/log.ts";
import { createEndpoint } from "../../src/oauth/endpoint.ts";
import type { Timing } from "../../src/oauth/renewal-timing.ts";
import { createTokens } from "../../src/oauth/tokens.ts";
import { createSeal } from "../../src/store/seal.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import { createTokenStore, TOKEN_TABLES } from "../../src/store/tokens.ts";

export interface WorkerTask {
	readonly file: string;
	readonly key: string;
	readonly api: string;
	readonly clientId: string;
	readonly clientSecret: string;
	readonly timing: Partial<Timing>;
	/** Dies by SIGKILL as soon as this step is reached. */
	readonly dieAt?: string | undefined;
}

/** The parent sends location ids; the worker asks for all of their tokens at once and sends them back. */
const work = (task: WorkerTask): void => {
	const sqlite = openSqlite(task.file, [TOKEN_TABLES]);
	const store = createTokenStore(
		sqlite,
		createSeal([Buffer.from(task.key, "base64")]),
	);
	const tokens = createTokens({
		store,
		endpoint: createEndpoint({
			url: task.api,
			clientId: task.clientId,
			clientSecret: task.clientSecret,
			redirectUri: () => "http://127.0.0.1/oauth/callback",
		}),
		log: createLog({ level: "silent" }),
		timing: task.timing,
		onStep(step) {
			if (step === task.dieAt) process.kill(process.pid, "SIGKILL");
		},
	});
	process.on("message", async (ids: string[]) => {
		const got = await Promise.all(
			ids.map(async (id) => {
				try {
					return await tokens.accessToken({ kind: "location", id });
				} catch (error) {
					return `failed: ${(error as Error).message}`;
				}
			}),
		);
		process.send?.(got);
	});
	process.on("disconnect", () => process.exit());
	process.send?.("ready");
};

work(JSON.parse(process.argv[2] ?? "") as WorkerTask);
