/** A gateway's token machinery in a process of its own, which the parent may kill at any step. */
import { createLog } from "../../src/log.ts";
import { createEndpoint } from "../../src/oauth/endpoint.ts";
import type { Timing } from "../../src/oauth/renewal-timing.ts";
import { createTokens } from "../../src/oauth/tokens.ts";
import { openRedisStore } from "../../src/store/redis/redis-store.ts";
import { createSeal } from "../../src/store/seal.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";

export interface WorkerTask {
	/** The SQLite file, or the address of the Redis that the processes share. */
	readonly place: { readonly file: string } | { readonly redisUrl: string };
	readonly key: string;
	readonly api: string;
	readonly clientId: string;
	readonly clientSecret: string;
	readonly timing: Partial<Timing>;
	/** Dies by SIGKILL as soon as this step is reached. */
	readonly dieAt?: string | undefined;
}

/** As a gateway opens it. */
export const openPlace = async (place: WorkerTask["place"]): Promise<Store> => {
	if ("file" in place) return openSqliteStore(place.file);
	const store = await openRedisStore({
		url: place.redisUrl,
		prefix: "test",
		log: createLog({ level: "silent" }),
	});
	await store.shared?.start();
	return store;
};

/** The parent sends location ids; the worker asks for all of their tokens at once and sends them back. */
const work = async (task: WorkerTask): Promise<void> => {
	const store = (await openPlace(task.place)).tokens(
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

if (import.meta.main)
	await work(JSON.parse(process.argv[2] ?? "") as WorkerTask);
