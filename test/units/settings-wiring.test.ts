/** Every setting arrives where it means something: nothing in between gives it a name that nobody reads. */
import { expect, expectTypeOf, test } from "vitest";
import type { CacheOptions } from "../../src/cache/cache.ts";
import type { Ttls } from "../../src/cache/ttl.ts";
import type { WebhookSettings } from "../../src/changes/webhooks.ts";
import { type Config, configFrom } from "../../src/config/config.ts";
import { SETTINGS, type SettingName } from "../../src/config/settings.ts";
import type { GatewayOptions } from "../../src/gateway-options.ts";
import type { WritesOptions } from "../../src/idempotency/runner.ts";
import type { MetricsOptions } from "../../src/metrics/metrics.ts";
import type { ReconcileSettings } from "../../src/reconcile/reconciliation.ts";
import type { StreamSettings } from "../../src/server/streams.ts";
import { gatewayOptionsOf } from "../../src/start.ts";
import { startWorld } from "../support/world.ts";

const API = { CONTACTS_API_TOKEN: "pit-1", LOCATION_ID: "L1" };
const APP = {
	...API,
	OAUTH_CLIENT_ID: "app-1",
	OAUTH_CLIENT_SECRET: "s",
	PUBLIC_URL: "https://graph.example",
};
const MANIFEST = {
	TRUSTED_DOCUMENTS_FILE: "test/fixtures/trusted-documents-1.json",
};
const KEY = Buffer.alloc(32, 7).toString("base64");

/** A value other than the default for each setting, and what has to be set beside it. */
const OTHERS: Readonly<
	Partial<Record<SettingName, string | readonly [string, object]>>
> = {
	NODE_ENV: ["production", API],
	HOST: "0.0.0.0",
	DATA_DIR: "./elsewhere",
	REDIS_URL: "redis://elsewhere",
	REDIS_PREFIX: ["another", { REDIS_URL: "redis://elsewhere" }],
	CONTACTS_API_TOKEN: ["pit-2", API],
	LOCATION_ID: ["L2", API],
	CONTACTS_API_TOKENS: "L1=pit-1,L2=pit-2",
	OAUTH_CLIENT_ID: ["app-2", APP],
	OAUTH_CLIENT_SECRET: ["t", APP],
	OAUTH_AUTHORIZE_URL: ["https://consent.example/choose", APP],
	OAUTH_VERSION_ID: ["v2", APP],
	OAUTH_SCOPES: ["contacts.readonly", APP],
	TOKEN_KEYS: KEY,
	PUBLIC_URL: ["https://other.example", APP],
	CONTACTS_API_URL: ["https://api.example", API],
	AUTH_SECRET: "s".repeat(40),
	AUTH_JWKS_URL: ["https://id.example/jwks", { AUTH_ISSUER: "id" }],
	AUTH_ISSUER: "somebody",
	AUTH_AUDIENCE: "something",
	CORS_ORIGINS: "https://app.example",
	TRUSTED_DOCUMENTS: ["only", MANIFEST],
	TRUSTED_DOCUMENTS_FILE: [
		"test/fixtures/trusted-documents-2.json",
		{ TRUSTED_DOCUMENTS: "only", ...MANIFEST },
	],
	GRAPHIQL: "off",
	INTROSPECTION: "off",
	WEBHOOK_ED25519_KEYS: "none",
	WEBHOOK_RSA_KEYS: "none",
	WEBHOOK_UNDATED: "refuse",
	SEARCH_LAG_MS: "9000",
	WRITE_SETTLE_MS: "31000",
	METRICS_HOST: "0.0.0.0",
	LOG_LEVEL: "warn",
};

/** What a process is built from: the gateway's options, and what `start` itself looks at. */
const builtFrom = (environment: object): unknown => {
	const config = configFrom(environment as Record<string, string>);
	const { upstream } = config;
	const isApi = upstream.kind === "api";
	const tokens: Readonly<Record<string, string>> = isApi
		? upstream.tokens
		: { "sandbox-location-1": "" };
	const options = gatewayOptionsOf(config, {
		backend: { url: isApi ? upstream.url : "http://sandbox", tokens },
		keys: (config.tokenKeys ?? []).map((key) => Buffer.from(key, "base64")),
		secret: Buffer.from(config.auth.secret ?? ""),
	});
	return structuredClone({
		...options,
		contactsApi: {
			...options.contactsApi,
			token: options.locations.map(options.contactsApi.token),
		},
		logLevel: config.logLevel,
		sandboxPort: isApi ? undefined : upstream.port,
	});
};

test.each(Object.keys(SETTINGS) as SettingName[])(
	"%s arrives where the process is built",
	(name) => {
		const { fallback } = SETTINGS[name] as { fallback?: string };
		const [value, beside] = [
			OTHERS[name] ?? String(Number(fallback) + 1),
		].flat() as [string, object?];
		expect(builtFrom({ ...beside, [name]: value })).not.toEqual(
			builtFrom({ ...beside }),
		);
	},
);

/** Names that are handed over and that nobody reads. */
type Unread<Given, Taken> = Exclude<keyof Given, keyof Taken>;

test("no part of the configuration has a name that its reader does not know", () => {
	type Webhooks = Omit<Config["webhooks"], "ed25519" | "rsa">;
	expectTypeOf<
		| Unread<Config["cache"], CacheOptions>
		| Unread<Config["cache"]["ttls"], Ttls>
		| Unread<Config["limits"], GatewayOptions["limits"]>
		| Unread<Config["streams"], StreamSettings>
		| Unread<Config["writes"], WritesOptions>
		| Unread<Config["reconcile"], ReconcileSettings>
		| Unread<Webhooks, NonNullable<GatewayOptions["webhooks"]>>
		| Unread<Webhooks["window"], NonNullable<WebhookSettings["window"]>>
		| Unread<Webhooks["retention"], NonNullable<WebhookSettings["retention"]>>
		| Unread<Omit<NonNullable<Config["metrics"]>, "isDefault">, MetricsOptions>
		| Unread<ReturnType<typeof gatewayOptionsOf>, GatewayOptions>
	>().toEqualTypeOf<never>();
});

const CONTACT = '{ contact(id: "c1") { email } }';
const TASKS = '{ contact(id: "c1") { tasks { nodes { title } } } }';
const TAGS = "{ location { tags { name } } }";

test.each([
	["CACHE_COVERED_SECONDS", CONTACT, true],
	["CACHE_UNCOVERED_SECONDS", CONTACT, false],
	["CACHE_TASK_SECONDS", TASKS, true],
	["CACHE_REFERENCE_SECONDS", TAGS, true],
] as const)(
	"%s is for how long a value is served",
	async (name, query, arriving) => {
		let passedMs = 0;
		const { cache } = configFrom({
			CACHE_COVERED_SECONDS: "700",
			CACHE_UNCOVERED_SECONDS: "700",
			CACHE_TASK_SECONDS: "700",
			CACHE_REFERENCE_SECONDS: "700",
			[name]: "70",
		});
		await using world = await startWorld({
			contacts: 1,
			tasksEach: 1,
			gateway: {
				cache: {
					...cache,
					now: () => Date.now() + passedMs,
					webhooksArriving: () => arriving,
				},
			},
		});
		await world.query(query);
		const { length } = world.calls;
		passedMs = 69_000;
		await world.query(query);
		expect(world.calls).toHaveLength(length);
		passedMs = 71_000;
		await world.query(query);
		expect(world.calls).toHaveLength(length + 1);
	},
);

test("CACHE_STALE_SECONDS is for how long an old value stands in for an API that is down", async () => {
	let passedMs = 0;
	const { cache } = configFrom({ CACHE_STALE_SECONDS: "7000" });
	await using world = await startWorld({
		contacts: 1,
		contactsApi: { retry: { attempts: 1 } },
		gateway: { cache: { ...cache, now: () => Date.now() + passedMs } },
	});
	const before = await world.query(CONTACT);
	for (const [age, served] of [
		[6_900_000, before],
		[7_100_000, undefined],
	] as const) {
		passedMs = age;
		for (let times = 0; times < 4; times++) world.upstream.next(503);
		const answer = world.query(CONTACT);
		if (served) expect(await answer).toEqual(served);
		else await expect(answer).rejects.toThrow();
	}
});

test("CACHE_MAX_BYTES of 0 keeps nothing", async () => {
	const { cache } = configFrom({ CACHE_MAX_BYTES: "0" });
	await using world = await startWorld({ contacts: 1, gateway: { cache } });
	await world.query(CONTACT);
	await world.query(CONTACT);
	expect(world.calls).toHaveLength(2);
});
