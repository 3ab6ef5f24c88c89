/** The credentials that can be configured, and the half sets that are refused. */
import { expect, test } from "vitest";
import { ConfigError, configFrom } from "../../src/config/config.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");
const APP = { OAUTH_CLIENT_ID: "app-client", OAUTH_CLIENT_SECRET: "shh" };

const faultsOf = (environment: Record<string, string>): string[] => {
	try {
		configFrom(environment);
	} catch (error) {
		if (error instanceof ConfigError) return [...error.faults];
		throw error;
	}
	return [];
};

test("private tokens of several locations, and the one of LOCATION_ID, stand side by side", () => {
	expect(
		configFrom({
			CONTACTS_API_TOKENS: "L1=pit-1, L2=pit-2==",
			CONTACTS_API_TOKEN: "pit-3",
			LOCATION_ID: "L3",
		}).upstream,
	).toMatchObject({
		kind: "api",
		tokens: { L1: "pit-1", L2: "pit-2==", L3: "pit-3" },
	});
});

test("an app alone is enough: locations are connected later", () => {
	const { upstream, publicUrl } = configFrom({
		...APP,
		NODE_ENV: "production",
		PUBLIC_URL: "https://graph.example/",
		TOKEN_KEYS: `${KEY},${KEY}`,
		OAUTH_SCOPES: "contacts.readonly users.readonly",
	});
	expect(publicUrl).toBe("https://graph.example");
	expect(upstream).toEqual({
		kind: "api",
		url: "https://services.leadconnectorhq.com",
		tokens: {},
		oauth: {
			clientId: "app-client",
			clientSecret: "shh",
			authorizeUrl:
				"https://marketplace.gohighlevel.com/v2/oauth/chooselocation",
			scopes: ["contacts.readonly", "users.readonly"],
			tokenKeys: [KEY, KEY],
		},
	});
});

test.each<[string, Record<string, string>, string[]]>([
	[
		"an id without its secret",
		{ OAUTH_CLIENT_ID: "a" },
		["OAUTH_CLIENT_SECRET"],
	],
	[
		"a secret without its id",
		{ OAUTH_CLIENT_SECRET: "s" },
		["OAUTH_CLIENT_ID"],
	],
	[
		"production with a key beside what it seals, and no address",
		{ ...APP, NODE_ENV: "production" },
		["PUBLIC_URL", "TOKEN_KEYS"],
	],
	[
		"an address that HighLevel does not register: no https",
		{ ...APP, PUBLIC_URL: "http://graph.example" },
		["PUBLIC_URL"],
	],
	[
		"an address that HighLevel does not register: its name in it",
		{ ...APP, PUBLIC_URL: "https://highlevel-graph.example" },
		["PUBLIC_URL"],
	],
	[
		"a consent page with a fragment",
		{ ...APP, OAUTH_AUTHORIZE_URL: "https://marketplace.example/#x" },
		["OAUTH_AUTHORIZE_URL"],
	],
	[
		"a key that is too short",
		{ ...APP, TOKEN_KEYS: "c2hvcnQ=" },
		["TOKEN_KEYS"],
	],
	[
		"a location named twice",
		{ CONTACTS_API_TOKENS: "L1=a,L1=b" },
		["CONTACTS_API_TOKENS"],
	],
	[
		"a token without a location",
		{ CONTACTS_API_TOKENS: "pit-1" },
		["CONTACTS_API_TOKENS"],
	],
])("%s is refused", (_, environment, variables) => {
	const faults = faultsOf(environment);
	expect(faults.map((fault) => fault.split(":")[0])).toEqual(variables);
	expect(faults.join()).not.toMatch(/c2hvcnQ|pit-1/);
});

test("beside the sandbox any address may be registered, and a consent page may carry a query", () => {
	const { publicUrl, upstream } = configFrom({
		...APP,
		PUBLIC_URL: "http://127.0.0.1:4000",
		OAUTH_AUTHORIZE_URL: "http://127.0.0.1:4001/v2/oauth/chooselocation?a=b",
		OAUTH_VERSION_ID: "version-1",
	});
	expect(publicUrl).toBe("http://127.0.0.1:4000");
	expect(upstream).toMatchObject({
		oauth: {
			authorizeUrl: "http://127.0.0.1:4001/v2/oauth/chooselocation?a=b",
			versionId: "version-1",
		},
	});
});
