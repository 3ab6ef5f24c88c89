/** The store of many processes: one Redis, or Valkey, that all of them share. */
import type { Logger } from "../../log.ts";
import type { RedisSettings, Store } from "../store.ts";
import { createBus } from "./bus.ts";
import {
	redisCallerTokens,
	redisConnectStates,
	redisInstalledLists,
} from "./callers.ts";
import { connectionOf, newClient, reached } from "./connection.ts";
import { redisIdempotency } from "./idempotency.ts";
import { openRemoteInvalidations } from "./invalidations.ts";
import { openRedisJournal } from "./journal.ts";
import { redisPermits } from "./permits.ts";
import { createRegistry } from "./registry.ts";
import { checkServer } from "./server-check.ts";
import { redisTokenStore } from "./tokens.ts";

export interface RedisStoreOptions extends RedisSettings {
	readonly log: Logger;
	/** False for a command that runs beside gateways: it caches nothing, so nobody waits for it. */
	readonly isMember?: boolean;
}

const AWAY =
	"Redis cannot be reached: nothing is served from the cache, and writes with an idempotencyKey are refused";

/** @throws DataFault for a server that cannot be reached or trusted with data. */
export const openRedisStore = async ({
	url,
	prefix,
	log,
	isMember = true,
}: RedisStoreOptions): Promise<Store> => {
	const client = newClient(url, log);
	const listener = newClient(url, log);
	const connection = connectionOf(client);
	const root = `${prefix}:{shared}`;
	const bus = createBus({ connection, listener, root, log, isMember });
	const registry = createRegistry(connection, bus, `${root}:rows`);
	try {
		await reached(client);
		await checkServer(connection, log);
		// Rows are looked up from the first request on.
		await registry.load();
	} catch (error) {
		await bus.close();
		client.disconnect();
		throw error;
	}
	const invalidations = openRemoteInvalidations(connection, bus, root);
	let isStarted = false;
	const start = async (): Promise<void> => {
		await bus.start();
		isStarted = true;
	};
	if (!isMember) await start();
	return {
		name: "redis",
		callers: redisCallerTokens(registry),
		connectStates: redisConnectStates(registry),
		installedLists: redisInstalledLists(registry),
		idempotency: redisIdempotency(connection, bus, prefix),
		tokens: (seal) => redisTokenStore(registry, seal),
		journal: (seal, seenMs) =>
			openRedisJournal({ connection, bus, root, seal, seenMs }),
		shared: {
			invalidations: { ...invalidations, isCurrent: bus.isCurrent },
			processes: bus.members,
			isFirst: bus.isFirst,
			permits: (locationId) =>
				redisPermits(connection, bus.id, `${prefix}:{${locationId}}:window`),
			start,
		},
		fault: () => (isStarted && !bus.isCurrent() ? AWAY : undefined),
		async close() {
			await bus.close();
			connection.close();
		},
	};
};
