/**
 * `npm run --silent token -- --location L --scope "contacts.readonly"` prints one token of the gateway's own key, and
 * nothing else; `mint` before the flags does the same. `list` shows what was minted, `revoke ID` ends a token at once.
 */
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { mintToken } from "./auth/authenticator.ts";
import { CALLER_SCOPES } from "./auth/scopes.ts";
import { dataFileIn, tokenConfigFrom } from "./config/config.ts";
import { signingKey } from "./config/signing-key.ts";
import { createLog } from "./log.ts";
import {
	CALLER_TABLES,
	type CallerToken,
	createCallerTokens,
} from "./store/caller-tokens.ts";
import { openRedisStore } from "./store/redis/redis-store.ts";
import { sharedKeys } from "./store/redis/shared-keys.ts";
import { openSqlite } from "./store/sqlite.ts";

// The sandbox's first location, for whom nothing is configured.
const SANDBOX_LOCATION = "sandbox-location-1";

const HELP = `npm run --silent token -- [--location ID] [--scope SCOPES] [--ttl TIME] [--subject NAME]
npm run token -- list
npm run token -- revoke ID

Prints a token of the gateway's own key for a caller, and nothing else; lists those that have not expired; or revokes one.

  --location ID   the location it opens; repeat it for several. Default: LOCATION_ID, or the sandbox's first
  --scope SCOPES  separated by spaces, of: ${CALLER_SCOPES.join(", ")}. Default: contacts.readonly
  --ttl TIME      such as 30m, 1h or 7d, at most 366d. Default: 1h
  --subject NAME  whom it is for, as it stands in the log. Default: developer
`;

export interface TokenRequest {
	readonly locations: readonly string[];
	readonly scopes: readonly string[];
	readonly ttlSeconds: number;
	readonly subject: string;
}

/** Reads the flags. @throws Error naming the flag, what it takes and what came. */
export const tokenRequestFrom = (
	args: readonly string[],
	locationId: string = SANDBOX_LOCATION,
): TokenRequest => {
	const { values } = parseArgs({
		args: [...args],
		strict: true,
		allowPositionals: false,
		options: {
			location: { type: "string", multiple: true },
			scope: { type: "string", multiple: true },
			ttl: { type: "string" },
			subject: { type: "string" },
		},
	});
	return {
		locations: values.location?.map(locationOf) ?? [locationId],
		scopes: scopesOf(values.scope ?? ["contacts.readonly"]),
		ttlSeconds: secondsOf(values.ttl ?? "1h"),
		subject: values.subject || "developer",
	};
};

const locationOf = (text: string): string => {
	if (/^[A-Za-z0-9._~-]{1,128}$/.test(text)) return text;
	throw new Error(
		`--location expects a location id, got ${JSON.stringify(text)}; repeat the flag for several`,
	);
};

const scopesOf = (given: readonly string[]): string[] => {
	const scopes = given.flatMap((text) => text.split(" ")).filter(Boolean);
	// RFC 6749, section 3.3: what a scope may be made of.
	const bad = scopes.find((scope) => !/^[!#-[\]-~]+$/.test(scope));
	const unknown = scopes.find((scope) => !CALLER_SCOPES.includes(scope));
	if (scopes.length > 0 && bad === undefined && unknown !== undefined)
		throw new Error(
			`--scope expects scopes of the graph (${CALLER_SCOPES.join(", ")}), got ${JSON.stringify(unknown)}`,
		);
	if (scopes.length > 0 && bad === undefined) return scopes;
	throw new Error(
		`--scope expects scopes separated by spaces, such as "contacts.readonly contacts.write", got ${JSON.stringify(given.join(" "))}`,
	);
};

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const LONGEST_SECONDS = 366 * SECONDS.d;

const secondsOf = (text: string): number => {
	const [, amount, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
	const seconds = Number(amount) * SECONDS[unit as keyof typeof SECONDS];
	if (seconds > 0 && seconds <= LONGEST_SECONDS) return seconds;
	throw new Error(
		`--ttl expects a time such as 30m, 1h or 7d, at most 366d, got ${JSON.stringify(text)}`,
	);
};

const main = async (args: readonly string[]): Promise<void> => {
	const [command, ...rest] = args;
	if (args.includes("--help") || args.includes("-h")) {
		process.stdout.write(HELP);
		return;
	}
	const config = tokenConfigFrom();
	const now = Date.now();
	if (command === "list") {
		await using store = await openCallers(config);
		process.stdout.write(tableOf(store.callers.list(now)));
		return;
	}
	if (command === "revoke") {
		const [id, ...more] = rest;
		if (!id || more.length || id.startsWith("-"))
			throw new Error(
				"revoke expects the id of one token, as `npm run token -- list` shows it",
			);
		await using store = await openCallers(config);
		const isKnown = store.callers.list(now).some((one) => one.id === id);
		const done = await store.callers.revoke(id, now);
		process.stdout.write(
			`${id} ${!done ? "was revoked before" : isKnown ? "is revoked" : "is revoked, but is not in the list: take a mistyped id for possible, unless it is an identity provider's"}\n`,
		);
		return;
	}
	await mint(config, command === "mint" ? rest : args);
};

type TokenConfig = ReturnType<typeof tokenConfigFrom>;

const mint = async (
	config: TokenConfig,
	args: readonly string[],
): Promise<void> => {
	if (config.jwksUrl)
		throw new Error(
			"AUTH_JWKS_URL is set, so this gateway takes tokens of that identity provider only: get one there",
		);
	const request = tokenRequestFrom(args, config.locationId);
	const secret = config.secret ?? (await ownKey(config));
	const { issuer, audience } = config;
	const id = randomUUID();
	const token = await mintToken({ ...request, id, secret, issuer, audience });
	const mintedAt = Date.now();
	await using store = await openCallers(config);
	await store.callers.add({
		...request,
		id,
		mintedAt,
		expiresAt: mintedAt + request.ttlSeconds * 1000,
	});
	process.stdout.write(`${token}\n`);
};

const QUIET = createLog({ level: "silent" });

const ownKey = async ({ dataDir, redis }: TokenConfig): Promise<Uint8Array> =>
	redis ? (await sharedKeys(redis, QUIET)).signing : signingKey(dataDir);

/** Where a running gateway looks for every request. */
const openCallers = async (config: TokenConfig) => {
	if (config.redis) {
		const store = await openRedisStore({
			...config.redis,
			log: QUIET,
			isMember: false,
		});
		return {
			callers: store.callers,
			[Symbol.asyncDispose]: () => store.close(),
		};
	}
	const sqlite = openSqlite(dataFileIn(config.dataDir), [CALLER_TABLES]);
	return {
		callers: createCallerTokens(sqlite),
		[Symbol.asyncDispose]: async () => sqlite.close(),
	};
};

const tableOf = (tokens: readonly CallerToken[]): string => {
	const day = (ms: number) => new Date(ms).toISOString().slice(0, 16);
	const rows = [
		["id", "subject", "locations", "scopes", "minted", "expires", "state"],
		...tokens.map((one) => [
			one.id,
			one.subject,
			one.locations.join(","),
			one.scopes.join(" "),
			day(one.mintedAt),
			day(one.expiresAt),
			one.revokedAt === undefined ? "valid" : "revoked",
		]),
	];
	const widths = rows[0]?.map((_, column) =>
		Math.max(...rows.map((row) => row[column]?.length ?? 0)),
	);
	return `${rows
		.map((row) =>
			row
				.map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
				.join("  ")
				.trimEnd(),
		)
		.join("\n")}\n`;
};

if (import.meta.main)
	await main(process.argv.slice(2)).catch((error: NodeJS.ErrnoException) => {
		const help = error.code?.startsWith("ERR_PARSE_ARGS")
			? ". See npm run token -- --help."
			: "";
		process.stderr.write(`token: ${error.message}${help}\n`);
		process.exitCode = 1;
	});
