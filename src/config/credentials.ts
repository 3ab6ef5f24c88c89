/** With what the gateway asks the Contacts API: private tokens, an OAuth app, both, or the sandbox when there is neither. */
import type { Environment, Settings } from "./settings.ts";

/** The app of the marketplace. */
export interface OAuthConfig {
	readonly clientId: string;
	readonly clientSecret: string;
	readonly authorizeUrl: string;
	/** The part of the client id before its first dash when left out. */
	readonly versionId: string | undefined;
	/** The gateway's own default when left out. */
	readonly scopes: readonly string[] | undefined;
	/** Base64url, 32 bytes each; the key in the data directory when there are none. */
	readonly tokenKeys: readonly string[] | undefined;
}

/** Whom the gateway asks: the sandbox beside it, or an API. */
export type UpstreamConfig =
	| { readonly kind: "sandbox"; readonly port: number }
	| {
			readonly kind: "api";
			readonly url: string;
			/** Private Integration Tokens by location. */
			readonly tokens: Readonly<Record<string, string>>;
			readonly oauth: OAuthConfig | undefined;
	  };

export const upstreamOf = (all: Settings): UpstreamConfig => {
	const tokens = {
		...all.CONTACTS_API_TOKENS,
		...(all.CONTACTS_API_TOKEN !== undefined &&
			all.LOCATION_ID !== undefined && {
				[all.LOCATION_ID]: all.CONTACTS_API_TOKEN,
			}),
	};
	const oauth =
		all.OAUTH_CLIENT_ID !== undefined && all.OAUTH_CLIENT_SECRET !== undefined
			? {
					clientId: all.OAUTH_CLIENT_ID,
					clientSecret: all.OAUTH_CLIENT_SECRET,
					authorizeUrl: all.OAUTH_AUTHORIZE_URL,
					versionId: all.OAUTH_VERSION_ID,
					scopes: all.OAUTH_SCOPES,
					tokenKeys: all.TOKEN_KEYS,
				}
			: undefined;
	return oauth === undefined && Object.keys(tokens).length === 0
		? { kind: "sandbox", port: all.SANDBOX_PORT }
		: { kind: "api", url: all.CONTACTS_API_URL, tokens, oauth };
};

/** Half a set of credentials is a mistake, never a wish for the sandbox. */
export const credentialFaults = (
	environment: Environment,
	production: boolean,
): string[] => [
	...oauthFaults(environment, production),
	...tokenFaults(environment, production),
];

const tokenFaults = (
	environment: Environment,
	production: boolean,
): string[] => {
	const { CONTACTS_API_TOKEN, LOCATION_ID, CONTACTS_API_URL } = environment;
	if (CONTACTS_API_TOKEN)
		return LOCATION_ID
			? []
			: [
					"LOCATION_ID: expected the location that CONTACTS_API_TOKEN belongs to, but it is not set",
				];
	// Others bring credentials; LOCATION_ID alone then still says whose token to mint by default.
	if (environment.CONTACTS_API_TOKENS || environment.OAUTH_CLIENT_ID) return [];
	const faults: string[] = [];
	const half = [
		...(LOCATION_ID ? ["LOCATION_ID"] : []),
		...(CONTACTS_API_URL ? ["CONTACTS_API_URL"] : []),
	];
	if (production)
		faults.push(
			"CONTACTS_API_TOKEN: expected a Private Integration Token (or CONTACTS_API_TOKENS, or OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET), but it is not set; the sandbox does not run in production",
		);
	else if (half.length > 0)
		faults.push(
			`CONTACTS_API_TOKEN: expected a token to go with ${half.join(" and ")}, but it is not set; unset ${half.length > 1 ? "both" : "it"} to run on the sandbox`,
		);
	if ((production || half.length > 0) && !LOCATION_ID)
		faults.push(
			"LOCATION_ID: expected the id of the location to serve, but it is not set",
		);
	return faults;
};

const oauthFaults = (
	{
		OAUTH_CLIENT_ID,
		OAUTH_CLIENT_SECRET,
		OAUTH_AUTHORIZE_URL,
		PUBLIC_URL,
		TOKEN_KEYS,
	}: Environment,
	production: boolean,
): string[] => {
	if (!OAUTH_CLIENT_ID && !OAUTH_CLIENT_SECRET) return [];
	const faults: string[] = [];
	if (!OAUTH_CLIENT_ID)
		faults.push(
			"OAUTH_CLIENT_ID: expected the app's client id to go with OAUTH_CLIENT_SECRET, but it is not set",
		);
	if (!OAUTH_CLIENT_SECRET)
		faults.push(
			"OAUTH_CLIENT_SECRET: expected the app's client secret to go with OAUTH_CLIENT_ID, but it is not set",
		);
	// The marketplace registers no other redirect URL (contract, section 8); the sandbox takes any of this machine.
	if (PUBLIC_URL && !isLoopback(OAUTH_AUTHORIZE_URL)) {
		const expected = [
			...(/^https:/i.test(PUBLIC_URL) ? [] : ["https"]),
			...(/highlevel/i.test(PUBLIC_URL) ? ['no "highlevel" in it'] : []),
		];
		if (expected.length > 0)
			faults.push(
				`PUBLIC_URL: expected ${expected.join(" and ")}, since HighLevel registers no other redirect URL, but got ${PUBLIC_URL}`,
			);
	}
	if (!production) return faults;
	if (!PUBLIC_URL)
		faults.push(
			"PUBLIC_URL: expected the address under which browsers reach this gateway, as registered with the app, but it is not set",
		);
	// A key that lies beside what it locks up protects from nobody who has both.
	if (!TOKEN_KEYS)
		faults.push(
			"TOKEN_KEYS: expected a key to seal OAuth tokens with in production, but it is not set; make one with: openssl rand -base64 32",
		);
	return faults;
};

const isLoopback = (url: string | undefined): boolean =>
	["127.0.0.1", "localhost", "[::1]"].includes(
		URL.parse(url ?? "")?.hostname ?? "",
	);
