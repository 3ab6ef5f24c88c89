/** Environment to frozen, typed configuration; all errors are reported at once. The only file that reads `process.env`. */
import { join } from "node:path";
import {
	credentialFaults,
	type UpstreamConfig,
	upstreamOf,
} from "./credentials.ts";
import { withSecretFiles } from "./secret-files.ts";
import {
	type Environment,
	readSetting,
	SETTINGS,
	type SettingName,
	type Settings,
} from "./settings.ts";

/** Where everything that outlives a process is kept. */
export const dataFileIn = (dataDir: string): string =>
	join(dataDir, "contact-graph.sqlite");

/** What tokens are made and checked with; `secret` is undefined when the key in `dataDir` is used. */
export interface AuthConfig {
	readonly dataDir: string;
	readonly secret: string | undefined;
	readonly jwksUrl: string | undefined;
	readonly issuer: string;
	readonly audience: string;
}

export interface RedisConfig {
	readonly url: string;
	readonly prefix: string;
}

export interface Config {
	readonly production: boolean;
	readonly host: string;
	readonly port: number;
	readonly upstream: UpstreamConfig;
	/** The location of CONTACTS_API_TOKEN; undefined without that token. */
	readonly tokenLocationId: string | undefined;
	/** The gateway's address as browsers see it; its own when undefined. */
	readonly publicUrl: string | undefined;
	readonly connections: number;
	readonly timeoutMs: number;
	readonly auth: AuthConfig;
	/** Where all persistent data is, if not in the data directory. */
	readonly redis: RedisConfig | undefined;
	/** Base64, 32 bytes each, the newest first; the key in the data directory when there are none. */
	readonly tokenKeys: readonly string[] | undefined;
	readonly cors: {
		readonly origins: readonly string[];
		readonly localPages: boolean;
	};
	/** The path of the manifest is there unless the mode is `off`. */
	readonly trustedDocuments: {
		readonly mode: "off" | "log" | "only";
		readonly file: string | undefined;
	};
	readonly graphiql: boolean;
	readonly introspection: boolean;
	readonly limits: {
		readonly bodyBytes: number;
		readonly depth: number;
		readonly aliases: number;
		readonly rootFields: number;
		readonly directives: number;
		readonly tokens: number;
		readonly pageSize: number;
	};
	/** Keys are undefined where the default is meant. */
	readonly webhooks: {
		readonly ed25519: readonly string[] | undefined;
		readonly rsa: readonly string[] | undefined;
		readonly window: {
			readonly pastMs: number;
			readonly aheadMs: number;
			readonly undated: boolean;
		};
		readonly retention: { readonly ageMs: number; readonly bytes: number };
		readonly bodyBytes: number;
		readonly queue: number;
	};
	readonly streams: {
		readonly most: number;
		readonly operations: number;
		readonly initMs: number;
		readonly keepAliveMs: number;
	};
	readonly callers: {
		readonly requests: number;
		readonly sockets: number;
		readonly operations: number;
		readonly cpuPercent: number;
	};
	readonly priceCeiling: number;
	readonly deadlineMs: number;
	readonly cache: {
		readonly bytes: number;
		readonly ttls: {
			readonly coveredMs: number;
			readonly uncoveredMs: number;
			readonly taskMs: number;
			readonly referenceMs: number;
			readonly staleMs: number;
			readonly searchLagMs: number;
		};
	};
	readonly writes: {
		readonly settleMs: number;
		readonly keptMs: number;
		readonly pruneEveryMs: number;
	};
	readonly reconcile: {
		readonly contactsMs: number;
		readonly calendarsMs: number;
		readonly pastMs: number;
		readonly aheadMs: number;
		readonly lateMs: number;
		readonly distrustMs: number;
	};
	/** Undefined where they are off. */
	readonly metrics:
		| {
				readonly port: number;
				readonly host: string;
				readonly locations: number;
				readonly operations: number;
				/** Nobody chose the port, so a start does not fail for it. */
				readonly isDefault: boolean;
		  }
		| undefined;
	readonly drainMs: number;
	readonly logLevel: string;
	/** Started by `npm start` or another npm script, not by itself. */
	readonly underNpm: boolean;
}

/** The settings cannot be used. The message lists every fault, one a line, and shows no secret. */
export class ConfigError extends Error {
	override readonly name = "ConfigError";
	readonly faults: readonly string[];

	constructor(faults: readonly string[]) {
		super(
			[
				`The configuration has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:`,
				...faults.map((fault) => `  ${fault}`),
				"Every setting is described in docs/operating.md.",
			].join("\n"),
		);
		this.faults = faults;
	}
}

/** Everything the process needs. @throws ConfigError */
export const configFrom = (given: Environment = process.env): Config => {
	const { environment, faults: unread } = withSecretFiles(given);
	const faults = [...unread];
	const all = Object.fromEntries(
		Object.keys(SETTINGS).map((key) => {
			const read = readSetting(key as SettingName, environment);
			if ("fault" in read) faults.push(read.fault);
			return [key, "fault" in read ? undefined : read.value];
		}),
	) as Settings;
	const production = environment.NODE_ENV === "production";
	faults.push(
		...credentialFaults(environment, production),
		...issuerFaults(environment),
		...settleFaults(all),
		...manifestFaults(all),
	);
	if (faults.length > 0) throw new ConfigError(faults);
	const upstream = upstreamOf(all);
	return frozen({
		production,
		host: all.HOST,
		port: all.PORT,
		upstream,
		tokenLocationId:
			all.CONTACTS_API_TOKEN === undefined ? undefined : all.LOCATION_ID,
		publicUrl: all.PUBLIC_URL?.replace(/\/$/, ""),
		connections: all.UPSTREAM_CONNECTIONS,
		timeoutMs: all.UPSTREAM_TIMEOUT_MS,
		auth: authOf(all),
		redis: redisOf(all),
		tokenKeys: all.TOKEN_KEYS,
		cors: {
			origins: all.CORS_ORIGINS ?? [],
			localPages: upstream.kind === "sandbox",
		},
		trustedDocuments: {
			mode: all.TRUSTED_DOCUMENTS,
			file: all.TRUSTED_DOCUMENTS_FILE,
		},
		introspection: all.INTROSPECTION === "on",
		graphiql: (all.GRAPHIQL ?? (production ? "off" : "on")) === "on",
		limits: {
			bodyBytes: all.MAX_BODY_BYTES,
			depth: all.MAX_DEPTH,
			aliases: all.MAX_ALIASES,
			rootFields: all.MAX_ROOT_FIELDS,
			directives: all.MAX_DIRECTIVES,
			tokens: all.MAX_TOKENS,
			pageSize: all.MAX_PAGE_SIZE,
		},
		webhooks: {
			ed25519: all.WEBHOOK_ED25519_KEYS,
			rsa: all.WEBHOOK_RSA_KEYS,
			window: {
				pastMs: all.WEBHOOK_PAST_MS,
				aheadMs: all.WEBHOOK_AHEAD_MS,
				undated: all.WEBHOOK_UNDATED === "take",
			},
			retention: {
				ageMs: all.JOURNAL_HOURS * 3_600_000,
				bytes: all.JOURNAL_MAX_BYTES,
			},
			bodyBytes: all.WEBHOOK_MAX_BYTES,
			queue: all.SUBSCRIBER_QUEUE,
		},
		streams: {
			most: all.MAX_SOCKETS,
			operations: all.MAX_SOCKET_OPERATIONS,
			initMs: all.SOCKET_INIT_MS,
			keepAliveMs: all.SOCKET_KEEP_ALIVE_MS,
		},
		callers: {
			requests: all.MAX_CALLER_REQUESTS,
			sockets: all.MAX_CALLER_SOCKETS,
			operations: all.MAX_CALLER_OPERATIONS,
			cpuPercent: all.MAX_CALLER_CPU_PERCENT,
		},
		priceCeiling: all.MAX_PRICE,
		deadlineMs: all.DEADLINE_MS,
		cache: {
			bytes: all.CACHE_MAX_BYTES,
			ttls: {
				coveredMs: all.CACHE_COVERED_SECONDS * 1000,
				uncoveredMs: all.CACHE_UNCOVERED_SECONDS * 1000,
				taskMs: all.CACHE_TASK_SECONDS * 1000,
				referenceMs: all.CACHE_REFERENCE_SECONDS * 1000,
				staleMs: all.CACHE_STALE_SECONDS * 1000,
				searchLagMs: all.SEARCH_LAG_MS,
			},
		},
		writes: {
			settleMs: all.WRITE_SETTLE_MS,
			keptMs: all.IDEMPOTENCY_HOURS * 3_600_000,
			pruneEveryMs: all.IDEMPOTENCY_PRUNE_SECONDS * 1000,
		},
		reconcile: {
			contactsMs: all.RECONCILE_SECONDS * 1000,
			calendarsMs: all.RECONCILE_CALENDAR_SECONDS * 1000,
			pastMs: all.RECONCILE_PAST_DAYS * 86_400_000,
			aheadMs: all.RECONCILE_AHEAD_DAYS * 86_400_000,
			lateMs: all.WEBHOOK_LATE_SECONDS * 1000,
			distrustMs: all.WEBHOOK_DISTRUST_SECONDS * 1000,
		},
		metrics: all.METRICS_PORT
			? {
					port: all.METRICS_PORT,
					host: all.METRICS_HOST,
					locations: all.METRICS_LOCATIONS,
					operations: all.METRICS_OPERATIONS,
					isDefault: !environment.METRICS_PORT,
				}
			: undefined,
		drainMs: all.DRAIN_MS,
		logLevel: all.LOG_LEVEL,
		underNpm: environment.npm_lifecycle_event !== undefined,
	});
};

const TOKEN_SETTINGS = [
	"DATA_DIR",
	"REDIS_URL",
	"REDIS_PREFIX",
	"LOCATION_ID",
	"AUTH_SECRET",
	"AUTH_JWKS_URL",
	"AUTH_ISSUER",
	"AUTH_AUDIENCE",
] as const;

/**
 * What minting a token needs, and no more: whoever mints one need not hold the credentials of the API.
 * @throws ConfigError
 */
export const tokenConfigFrom = (
	environment: Environment = process.env,
): AuthConfig & {
	readonly locationId: string | undefined;
	readonly redis: RedisConfig | undefined;
} => {
	const read = some(TOKEN_SETTINGS, environment);
	return frozen({
		...authOf(read),
		locationId: read.LOCATION_ID,
		redis: redisOf(read),
	});
};

/** What touches the data needs, and no more. @throws ConfigError */
export const dataConfigFrom = (
	environment: Environment = process.env,
): {
	readonly dataDir: string;
	readonly tokenKeys: readonly string[] | undefined;
	readonly redis: RedisConfig | undefined;
} => {
	const all = some(
		["DATA_DIR", "TOKEN_KEYS", "REDIS_URL", "REDIS_PREFIX"],
		environment,
	);
	return frozen({
		dataDir: all.DATA_DIR,
		tokenKeys: all.TOKEN_KEYS,
		redis: redisOf(all),
	});
};

/** Some of the settings, read by themselves. @throws ConfigError */
const some = <const K extends SettingName>(
	names: readonly K[],
	given: Environment,
): Pick<Settings, K> => {
	const { environment, faults: unread } = withSecretFiles(given);
	const faults = unread.filter((fault) =>
		names.some((name) => fault.startsWith(`${name}_FILE`)),
	);
	const read = names.map((name) => {
		const found = readSetting(name, environment);
		if ("fault" in found) faults.push(found.fault);
		return [name, "fault" in found ? undefined : found.value];
	});
	if (faults.length > 0) throw new ConfigError(faults);
	return Object.fromEntries(read) as Pick<Settings, K>;
};

const redisOf = ({
	REDIS_URL: url,
	REDIS_PREFIX: prefix,
}: Pick<Settings, "REDIS_URL" | "REDIS_PREFIX">): RedisConfig | undefined =>
	url === undefined ? undefined : { url, prefix };

const authOf = (
	all: Pick<
		Settings,
		Exclude<
			(typeof TOKEN_SETTINGS)[number],
			"LOCATION_ID" | "REDIS_URL" | "REDIS_PREFIX"
		>
	>,
): AuthConfig => ({
	dataDir: all.DATA_DIR,
	secret: all.AUTH_SECRET,
	jwksUrl: all.AUTH_JWKS_URL,
	issuer: all.AUTH_ISSUER,
	audience: all.AUTH_AUDIENCE,
});

// A provider signs for many audiences; the gateway's own default would match none of its tokens, or worse, any.
const issuerFaults = (environment: Environment): string[] =>
	environment.AUTH_JWKS_URL && !environment.AUTH_ISSUER
		? [
				"AUTH_ISSUER: expected the `iss` of your identity provider, since AUTH_JWKS_URL is set, but it is not set",
			]
		: [];

// A write that search does not show yet would count as one that did not happen, and be sent again.
const settleFaults = (
	all: Pick<Settings, "SEARCH_LAG_MS" | "WRITE_SETTLE_MS">,
): string[] =>
	all.WRITE_SETTLE_MS < all.SEARCH_LAG_MS
		? [
				`WRITE_SETTLE_MS: expected at least SEARCH_LAG_MS (${all.SEARCH_LAG_MS}), but got ${all.WRITE_SETTLE_MS}`,
			]
		: [];

const manifestFaults = (
	all: Pick<Settings, "TRUSTED_DOCUMENTS" | "TRUSTED_DOCUMENTS_FILE">,
): string[] =>
	all.TRUSTED_DOCUMENTS !== "off" && !all.TRUSTED_DOCUMENTS_FILE
		? [
				`TRUSTED_DOCUMENTS_FILE: expected the path of a manifest, since TRUSTED_DOCUMENTS is ${all.TRUSTED_DOCUMENTS}, but it is not set`,
			]
		: [];

const frozen = <T extends object>(value: T): T => {
	for (const inner of Object.values(value))
		if (typeof inner === "object" && inner !== null) frozen(inner);
	return Object.freeze(value);
};
