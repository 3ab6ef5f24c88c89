/** Every store there is, for tests of what all of them promise; each is a row of `describe.each`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog } from "../../src/log.ts";
import { openRedisStore } from "../../src/store/redis/redis-store.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { hasRedis, startRedis } from "./redis-server.ts";

export interface OpenedStore extends AsyncDisposable {
	readonly store: Store;
	/** As another process has it at the same time. */
	beside(): Promise<Store>;
	/** As the next process finds it when this one has ended. */
	reopen(): Promise<Store>;
}

const sqlite = async (): Promise<OpenedStore> => {
	const folder = await mkdtemp(join(tmpdir(), "store-"));
	return opened(
		async () => openSqliteStore(join(folder, "data.sqlite")),
		() => rm(folder, { recursive: true }),
	);
};

/** Each process has a connection and a memory of its own over the one server. */
const redis = async (): Promise<OpenedStore> => {
	const server = await startRedis();
	return opened(
		() =>
			openRedisStore({
				url: server.url,
				prefix: "test",
				log: createLog({ level: "silent" }),
			}),
		async () => server[Symbol.asyncDispose](),
	);
};

const opened = async (
	open: () => Promise<Store>,
	end: () => Promise<void>,
): Promise<OpenedStore> => {
	const all = new Set<Store>();
	const next = async (): Promise<Store> => {
		const store = await open();
		all.add(store);
		await store.shared?.start();
		return store;
	};
	const first = await next();
	return {
		store: first,
		beside: next,
		async reopen() {
			all.delete(first);
			await first.close();
			return next();
		},
		async [Symbol.asyncDispose]() {
			for (const store of all) await store.close();
			await end();
		},
	};
};

export const STORES: readonly (readonly [
	name: Store["name"],
	open: () => Promise<OpenedStore>,
])[] = [["sqlite", sqlite], ...(hasRedis ? [["redis", redis] as const] : [])];
