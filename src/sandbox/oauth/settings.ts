// What the sandbox's OAuth can be told, and the one app that is registered with it.

export interface OAuthOptions {
	/** The one app. Its id is the app's id, a hyphen and a suffix (webhooks.json, `appId`). */
	clientId?: string;
	clientSecret?: string;
	/** What the app may ask for; also the scopes of tokens issued by hand. Default: every scope of the contract. */
	scopes?: readonly string[];
	/** Life of an access token. Default 86,399,000: one day, as upstream. */
	accessTtlMs?: number;
	/** How long a used refresh token still answers. Default 30,000. */
	graceMs?: number;
	/** Life of a code. Default 60,000. */
	codeTtlMs?: number;
	/** How it answers: as was measured of the live marketplace (default), or as the documents specify (contract, section 8). */
	answers?: "measured" | "specified";
	/** Calls to /oauth/token, /oauth/locationToken and /oauth/installedLocations together. Default: no limit (unknown upstream). */
	rateLimit?: { burst: number; intervalMs: number } | "off";
}

export type OAuthSettings = Required<OAuthOptions>;

export const oauthSettingsFrom = (
	options: OAuthOptions = {},
): OAuthSettings => ({
	clientId: options.clientId ?? "sandboxapp-client",
	clientSecret: options.clientSecret ?? "sandbox-client-secret",
	scopes: options.scopes ?? ALL_SCOPES,
	accessTtlMs: options.accessTtlMs ?? 86_399_000,
	graceMs: options.graceMs ?? 30_000,
	codeTtlMs: options.codeTtlMs ?? 60_000,
	answers: options.answers ?? "measured",
	rateLimit: options.rateLimit ?? "off",
});

const ALL_SCOPES = [
	"contacts.readonly",
	"contacts.write",
	"locations.readonly",
	"locations/tags.readonly",
	"locations/tags.write",
	"locations/tasks.readonly",
	"locations/customFields.readonly",
	"locations/customFields.write",
	"businesses.readonly",
	"users.readonly",
	"calendars.readonly",
	"calendars/events.readonly",
	"calendars/events.write",
	"workflows.readonly",
	"campaigns.readonly",
	"oauth.readonly",
	"oauth.write",
];
