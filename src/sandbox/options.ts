// What a sandbox can be told at its start, and the defaults; kept apart so that the command line and the tests read one list.

import {
	type OAuthOptions,
	type OAuthSettings,
	oauthSettingsFrom,
} from "./oauth/settings.ts";
import {
	type WebhookOptions,
	type WebhookSettings,
	webhookSettingsFrom,
} from "./webhooks/settings.ts";

/** Budget of one location: `burst` calls in any `intervalMs`, `daily` calls per day, which begins with its first call. */
export interface RateLimit {
	burst: number;
	intervalMs: number;
	daily: number;
	/** Its answers, refusals included, tell nothing of it. Default false. */
	silent?: boolean;
}

export type IdStyle = "upstream" | "readable" | "colliding";

/** One API call with what was sent and answered. */
export interface Exchange {
	method: string;
	/** Path with query string. */
	path: string;
	request: unknown;
	status: number;
	/** Parsed JSON, or text where it is none. */
	answer: unknown;
}

/** Which versions of HTTP a caller may choose from over TLS. */
export type HttpVersions = "1.1" | "2" | "both";

export interface SandboxOptions {
	/** Default 0: any free port. Always bound to 127.0.0.1. */
	port?: number;
	/** Serves HTTPS with a certificate made at its start. Default false. */
	tls?: boolean;
	/** Over TLS. Default "both", of which Node's server prefers 2. */
	httpVersions?: HttpVersions;
	/** A connection without a call for so long is closed, unannounced. Default: Node's 5 s over HTTP/1.1, announced. */
	idleMs?: number;
	/** Contacts in the first location, default 1000. The second gets a tenth of it, at least 1. */
	contacts?: number;
	/** Exact tasks of each contact; absent: 0 to 12, by seed. Same for the next two. */
	tasksEach?: number;
	notesEach?: number;
	appointmentsEach?: number;
	/** Same seed, same data, byte for byte. Default 1. */
	seed?: number;
	/**
	 * "upstream" (default): ids that look like the real ones. "readable": c1, t1, n1, ... and l2c1 in the second
	 * location. "colliding": c1 in every location.
	 */
	ids?: IdStyle;
	/** The app that is registered, and how long its tokens live. */
	oauth?: OAuthOptions;
	/** Where events go, and what goes wrong with them. */
	webhooks?: WebhookOptions;
	/** People at work in the CRM: edits a second in the first location. Default 0. */
	editsPerSecond?: number;
	/** Default 100 per 10,000 ms and 200,000 per day, per location. */
	rateLimit?: RateLimit | "off";
	/** How far search, tasks/search and the listings run behind the writes. Default 10,000. */
	searchLagMs?: number;
	/** After the lag an edited row is missing from search for this long before its new state shows. Default 0. */
	searchGapMs?: number;
	/** Every answer waits this long after it was made. Default 0. */
	latencyMs?: number;
	/** Up to this much is added to the latency, by seed. Default 0. */
	latencyJitterMs?: number;
	/** How far the `Date` header of API answers runs ahead of the clock. Default 0. */
	dateAheadMs?: number;
	/** Clock of lag, rate limit and write timestamps, in epoch milliseconds. Default Date.now. */
	now?: () => number;
	/** Answers have the form of the specification instead of the one that the live API was recorded to give. Default false. */
	specified?: boolean;
	/** "lower": search rows have the names in lower case only, as was seen live. Default "both". */
	searchNames?: "both" | "lower";
	/** Search answers 400 `Invalid field id` to filters by contact id. Default false. */
	refuseIdSearch?: boolean;
	/** tasks/search refuses more contact ids than this with 422. Default: no limit. */
	maxSearchContactIds?: number;
	/** tasks/search silently gives at most this many rows a page. Default: what was asked, up to 500. */
	tasksSearchMax?: number;
	/** Bulk operations on more contacts than this are 422. Default 100 (unknown upstream). */
	bulkMax?: number;
	/** "lower" (default): tag names are lower-cased on write; "keep": they stay as sent (unknown upstream). */
	tagCase?: "lower" | "keep";
	/** Told of every answered API call, for checks over a whole run. */
	onExchange?: (exchange: Exchange) => void;
	/** Scopes of the Private Integration Tokens. Default: all. */
	scopes?: readonly string[];
	/** Locations in all, default 2. Those after the second hold `contactsElsewhere` contacts and are made on first use. */
	locations?: number;
	/** Contacts of the third and later locations. Default 3. */
	contactsElsewhere?: number;
}

export interface Settings {
	port: number;
	tls: boolean;
	httpVersions: HttpVersions;
	idleMs: number | undefined;
	contacts: number;
	tasksEach: number | undefined;
	notesEach: number | undefined;
	appointmentsEach: number | undefined;
	seed: number;
	ids: IdStyle;
	oauth: OAuthSettings;
	webhooks: WebhookSettings;
	editsPerSecond: number;
	rateLimit: RateLimit | "off";
	searchLagMs: number;
	searchGapMs: number;
	latencyMs: number;
	latencyJitterMs: number;
	dateAheadMs: number;
	now: () => number;
	specified: boolean;
	searchNames: "both" | "lower";
	refuseIdSearch: boolean;
	maxSearchContactIds: number;
	tasksSearchMax: number;
	bulkMax: number;
	tagCase: "lower" | "keep";
	onExchange: ((exchange: Exchange) => void) | undefined;
	scopes: readonly string[] | "all";
	locations: number;
	contactsElsewhere: number;
}

export const settingsFrom = (options: SandboxOptions): Settings => ({
	port: options.port ?? 0,
	tls: options.tls ?? false,
	httpVersions: options.httpVersions ?? "both",
	idleMs: options.idleMs,
	contacts: options.contacts ?? 1000,
	tasksEach: options.tasksEach,
	notesEach: options.notesEach,
	appointmentsEach: options.appointmentsEach,
	seed: options.seed ?? 1,
	ids: options.ids ?? "upstream",
	oauth: oauthSettingsFrom(options.oauth),
	webhooks: webhookSettingsFrom(options.webhooks),
	editsPerSecond: options.editsPerSecond ?? 0,
	rateLimit: options.rateLimit ?? {
		burst: 100,
		intervalMs: 10_000,
		daily: 200_000,
	},
	searchLagMs: options.searchLagMs ?? 10_000,
	searchGapMs: options.searchGapMs ?? 0,
	latencyMs: options.latencyMs ?? 0,
	latencyJitterMs: options.latencyJitterMs ?? 0,
	dateAheadMs: options.dateAheadMs ?? 0,
	now: options.now ?? Date.now,
	specified: options.specified ?? false,
	searchNames: options.searchNames ?? "both",
	refuseIdSearch: options.refuseIdSearch ?? false,
	maxSearchContactIds: options.maxSearchContactIds ?? Number.POSITIVE_INFINITY,
	tasksSearchMax: options.tasksSearchMax ?? 500,
	bulkMax: options.bulkMax ?? 100,
	tagCase: options.tagCase ?? "lower",
	onExchange: options.onExchange,
	scopes: options.scopes ?? "all",
	locations: options.locations ?? 2,
	contactsElsewhere: options.contactsElsewhere ?? 3,
});
