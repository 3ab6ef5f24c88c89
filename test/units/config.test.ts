/** The environment: what it may say, and what is said when it says something else. */
import { mkdtempDisposable, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
	ConfigError,
	configFrom,
	tokenConfigFrom,
} from "../../src/config/config.ts";
import { SETTINGS, settingsTable } from "../../src/config/settings.ts";
import { signingKey } from "../../src/config/signing-key.ts";
import { tokenRequestFrom } from "../../src/token.ts";

const CREDENTIALS = { CONTACTS_API_TOKEN: "pit-1", LOCATION_ID: "L1" };

const validationErrors = (environment: Record<string, string>) => {
	try {
		configFrom(environment);
	} catch (error) {
		if (error instanceof ConfigError) return error.faults;
		throw error;
	}
	return [];
};

test("a write may not count as lost before search can show it", () => {
	const lag = { SEARCH_LAG_MS: "30000" };
	expect(validationErrors(lag)).toEqual([
		"WRITE_SETTLE_MS: expected at least SEARCH_LAG_MS (30000), but got 20000",
	]);
	expect(configFrom({ ...lag, WRITE_SETTLE_MS: "30000" })).toMatchObject({
		writes: { settleMs: 30_000 },
		cache: { ttls: { searchLagMs: 30_000 } },
	});
});

test("an empty environment means the sandbox, with the documented defaults", () => {
	expect(configFrom({})).toEqual({
		production: false,
		host: "127.0.0.1",
		port: 4000,
		upstream: { kind: "sandbox", port: 4001 },
		connections: 100,
		timeoutMs: 10_000,
		auth: {
			dataDir: "./data",
			secret: undefined,
			jwksUrl: undefined,
			issuer: "contact-graph",
			audience: "contact-graph",
		},
		webhooks: {
			ed25519: undefined,
			rsa: undefined,
			window: { pastMs: 7_200_000, aheadMs: 300_000, undated: true },
			retention: { ageMs: 604_800_000, bytes: 536_870_912 },
			bodyBytes: 262_144,
			queue: 1000,
		},
		streams: {
			most: 10_000,
			operations: 100,
			initMs: 10_000,
			keepAliveMs: 12_000,
		},
		callers: {
			requests: 1000,
			sockets: 5000,
			operations: 20_000,
			cpuPercent: 50,
		},
		cors: { origins: [], localPages: true },
		trustedDocuments: { mode: "off", file: undefined },
		introspection: true,
		graphiql: true,
		limits: {
			bodyBytes: 262_144,
			depth: 15,
			aliases: 50,
			rootFields: 20,
			directives: 50,
			tokens: 2000,
			pageSize: 100,
		},
		priceCeiling: 250,
		deadlineMs: 30_000,
		cache: {
			bytes: 268_435_456,
			ttls: {
				coveredMs: 300_000,
				uncoveredMs: 30_000,
				taskMs: 30_000,
				referenceMs: 300_000,
				staleMs: 3_600_000,
				searchLagMs: 15_000,
			},
		},
		writes: {
			settleMs: 20_000,
			keptMs: 86_400_000,
			pruneEveryMs: 600_000,
		},
		reconcile: {
			contactsMs: 43_000,
			calendarsMs: 43_000,
			pastMs: 604_800_000,
			aheadMs: 2_419_200_000,
			lateMs: 30_000,
			distrustMs: 900_000,
		},
		metrics: {
			port: 9464,
			host: "127.0.0.1",
			locations: 50,
			operations: 100,
			isDefault: true,
		},
		drainMs: 10_000,
		logLevel: "info",
		underNpm: false,
	});
});

test("a token and a location mean the real API, or any other upstream", () => {
	expect(configFrom(CREDENTIALS).upstream).toEqual({
		kind: "api",
		url: "https://services.leadconnectorhq.com",
		tokens: { L1: "pit-1" },
		oauth: undefined,
	});
	expect(
		configFrom({ ...CREDENTIALS, CONTACTS_API_URL: "http://127.0.0.1:4001" })
			.upstream,
	).toMatchObject({ url: "http://127.0.0.1:4001" });
});

test("every fault is told at once, each with what was expected and what came", () => {
	expect(
		validationErrors({
			PORT: "http",
			MAX_PAGE_SIZE: "501",
			CORS_ORIGINS: "https://a.example/path",
			LOG_LEVEL: "loud",
			CONTACTS_API_URL: "ftp://example.com",
		}),
	).toEqual([
		'PORT: expected a whole number from 0 to 65535, but got "http"',
		'CONTACTS_API_URL: expected an http or https URL without user, query or fragment, but got "ftp://example.com"',
		'CORS_ORIGINS: expected origins separated by commas, such as https://app.example.com,http://localhost:3000, but got "https://a.example/path"',
		'MAX_PAGE_SIZE: expected a whole number from 1 to 500, but got "501"',
		'LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent, but got "loud"',
		"CONTACTS_API_TOKEN: expected a token to go with CONTACTS_API_URL, but it is not set; unset it to run on the sandbox",
		"LOCATION_ID: expected the id of the location to serve, but it is not set",
	]);
});

test.each(["-1", "1.5", "1e3", "0x10", " 80", "65536", "4000 "])(
	"PORT=%j is refused",
	(PORT) => {
		expect(validationErrors({ PORT })).toHaveLength(1);
	},
);

test("a secret is never shown, also when it is wrong", () => {
	const [short, spaced] = validationErrors({
		AUTH_SECRET: "hunter2",
		CONTACTS_API_TOKEN: "pit with spaces",
		LOCATION_ID: "L1",
	});
	expect(`${short}${spaced}`).not.toMatch(/hunter2|pit with/);
	expect(spaced).toBe(
		"AUTH_SECRET: expected at least 32 characters without spaces, but got 7 characters that are not (not shown: it is a secret)",
	);
});

test("an empty variable counts as not set", () => {
	expect(configFrom({ PORT: "", CONTACTS_API_TOKEN: "" })).toEqual(
		configFrom({}),
	);
});

test.each<[string, Record<string, string>, string[]]>([
	[
		"a token without its location",
		{ CONTACTS_API_TOKEN: "pit-1" },
		["LOCATION_ID"],
	],
	["a location without a token", { LOCATION_ID: "L1" }, ["CONTACTS_API_TOKEN"]],
	[
		"an upstream without a token",
		{ CONTACTS_API_URL: "http://127.0.0.1:1" },
		["CONTACTS_API_TOKEN", "LOCATION_ID"],
	],
	[
		"production without credentials",
		{ NODE_ENV: "production" },
		["CONTACTS_API_TOKEN", "LOCATION_ID"],
	],
	[
		"an identity provider without its issuer",
		{ AUTH_JWKS_URL: "https://id.example/keys" },
		["AUTH_ISSUER"],
	],
])("%s is refused", (_, environment, variables) => {
	expect(
		validationErrors(environment).map((fault) => fault.split(":")[0]),
	).toEqual(variables);
});

test("the configuration is frozen to the last value", () => {
	const config = configFrom({
		...CREDENTIALS,
		CORS_ORIGINS: "https://a.example",
	});
	for (const part of [config, config.limits, config.cors, config.cors.origins])
		expect(Object.isFrozen(part)).toBe(true);
});

test("a secret may come from a file, without the line break at its end", async () => {
	await using dir = await mkdtempDisposable(join(tmpdir(), "contact-graph-"));
	const file = (name: string) => join(dir.path, name);
	await writeFile(file("token"), "pit-of-a-file\n");
	await writeFile(file("secret"), `${"s".repeat(40)}\r\n`);
	expect(
		configFrom({
			LOCATION_ID: "L1",
			CONTACTS_API_TOKEN_FILE: file("token"),
			AUTH_SECRET_FILE: file("secret"),
		}),
	).toMatchObject({
		upstream: { tokens: { L1: "pit-of-a-file" } },
		auth: { secret: "s".repeat(40) },
	});
	await writeFile(file("empty"), "\n");
	expect(
		validationErrors({
			...CREDENTIALS,
			CONTACTS_API_TOKEN_FILE: file("token"),
			AUTH_SECRET_FILE: file("missing"),
			TOKEN_KEYS_FILE: file("empty"),
		}).toSorted(),
	).toEqual([
		`AUTH_SECRET_FILE: expected a file that can be read, but got ${file("missing")} (ENOENT)`,
		"CONTACTS_API_TOKEN_FILE: expected CONTACTS_API_TOKEN or CONTACTS_API_TOKEN_FILE, but both are set; unset one",
		`TOKEN_KEYS_FILE: expected a file that holds TOKEN_KEYS, but ${file("empty")} is empty`,
	]);
});

test("GraphiQL is on, and off in production unless it is asked for", () => {
	const production = { ...CREDENTIALS, NODE_ENV: "production" };
	expect(configFrom({}).graphiql).toBe(true);
	expect(configFrom(production).graphiql).toBe(false);
	expect(configFrom({ ...production, GRAPHIQL: "on" }).graphiql).toBe(true);
});

test("the docs describe every setting as the code has it", async () => {
	const docs = await readFile(
		new URL("../../docs/operating.md", import.meta.url),
		"utf8",
	);
	expect(docs).toContain(settingsTable());
	for (const name of Object.keys(SETTINGS))
		expect(docs).toContain(`\`${name}\``);
});

test("minting a token needs no credentials of the API, not even in production", () => {
	expect(tokenConfigFrom({ NODE_ENV: "production" })).toMatchObject({
		dataDir: "./data",
		locationId: undefined,
	});
});

test("the signing key is made once, kept, and readable by its owner only", async () => {
	await using dir = await mkdtempDisposable(join(tmpdir(), "contact-graph-"));
	const data = join(dir.path, "deep", "data");
	const made = await Promise.all(
		Array.from({ length: 10 }, () => signingKey(data)),
	);
	expect(
		new Set(made.map((key) => Buffer.from(key).toString("hex"))).size,
	).toBe(1);
	expect(await signingKey(data)).toEqual(made[0]);
	expect((await stat(join(data, "signing.key"))).mode & 0o777).toBe(0o600);
});

test("a damaged signing key is refused with what to do", async () => {
	await using dir = await mkdtempDisposable(join(tmpdir(), "contact-graph-"));
	await writeFile(join(dir.path, "signing.key"), "short\n");
	await expect(signingKey(dir.path)).rejects.toThrow(
		/should hold a key of 32 bytes in base64url, but holds 3 bytes\. Delete it/,
	);
});

test("a token's flags have defaults for the sandbox", () => {
	expect(tokenRequestFrom([])).toEqual({
		locations: ["sandbox-location-1"],
		scopes: ["contacts.readonly"],
		ttlSeconds: 3600,
		subject: "developer",
	});
	expect(
		tokenRequestFrom([
			...["--location", "L1", "--location", "L2", "--ttl", "7d"],
			...["--scope", "contacts.readonly contacts.write", "--subject", "app"],
		]),
	).toEqual({
		locations: ["L1", "L2"],
		scopes: ["contacts.readonly", "contacts.write"],
		ttlSeconds: 604_800,
		subject: "app",
	});
});

test.each([
	[["--ttl", "1 hour"], "--ttl expects a time such as 30m, 1h or 7d"],
	[["--ttl", "0s"], "--ttl expects"],
	[["--ttl", "400d"], "--ttl expects"],
	[["--scope", ""], "--scope expects scopes separated by spaces"],
	[["--scope", 'a"b'], "--scope expects"],
	[["--location", "a/b"], '--location expects a location id, got "a/b"'],
	[["--locations", "L"], "--locations"],
	[["L"], "Unexpected argument"],
])("the token's flags %j are refused", (args, message) => {
	expect(() => tokenRequestFrom(args)).toThrow(message);
});
