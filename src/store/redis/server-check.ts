/** What the server must be before a gateway trusts it with writes, tokens and events. */
import type { Logger } from "../../log.ts";
import { DataFault } from "../data-fault.ts";
import type { RedisConnection } from "./connection.ts";

const LEAST = 7;
const TESTED = [7, 2];

/** Logs what was found. @throws DataFault for a server that would lose or refuse what it is given. */
export const checkServer = async (
	connection: RedisConnection,
	log: Logger,
): Promise<void> => {
	const info = read(String(await connection.call("INFO")));
	const isValkey = info.has("valkey_version");
	const name = isValkey ? "Valkey" : "Redis";
	const version =
		info.get("valkey_version") ?? info.get("redis_version") ?? "0";
	const [major = 0, minor = 0] = version.split(".").map(Number);
	if (major < LEAST)
		throw new DataFault(
			`REDIS_URL leads to ${name} ${version}, but this program needs Redis 7.2 or Valkey 8, or newer.`,
		);
	if (info.get("role") !== "master")
		throw new DataFault(
			"REDIS_URL leads to a replica, which takes no writes. Give the address of the primary.",
		);
	const policy = info.get("maxmemory_policy");
	if (policy !== undefined && policy !== "noeviction")
		throw new DataFault(
			`REDIS_URL leads to a server with maxmemory-policy ${policy}: it may drop tokens, outcomes of writes and events whenever memory is short. Set maxmemory-policy noeviction.`,
		);
	if (info.get("cluster_enabled") === "1") await checkCluster(connection);
	const persistence =
		info.get("aof_enabled") === "1" ? "append-only file" : "none";
	log.info({ server: name, version, persistence }, "Redis is the store");
	if (!isValkey && (major < 7 || (major === 7 && minor < (TESTED[1] ?? 0))))
		log.warn(
			{ version },
			"This Redis is older than 7.2, which is the oldest that is supported",
		);
	if (persistence === "none")
		log.warn(
			"Redis keeps no append-only file: a restart of it loses OAuth tokens, outcomes of writes and the journal. Set appendonly yes.",
		);
};

/** Every script stays on one slot, but the connection does not follow a cluster's redirections. */
const checkCluster = async (connection: RedisConnection): Promise<void> => {
	const info = read(String(await connection.call("CLUSTER", "INFO")));
	if (info.get("cluster_size") === "1") return;
	throw new DataFault(
		"REDIS_URL leads to a cluster of several shards, which this gateway does not support yet. Use one primary, with replicas where it must not be missed.",
	);
};

const read = (text: string): Map<string, string> =>
	new Map(
		text.split(/\r?\n/).flatMap((line) => {
			const [name, ...value] = line.split(":");
			return name && value.length ? [[name, value.join(":")] as const] : [];
		}),
	);
