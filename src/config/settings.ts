/** Every setting of the gateway: its variable, its shape, its default and what it does. The docs' table is printed from here. */

export interface Setting {
	/** What a value must be, in words that complete "expected ...". */
	readonly expected: string;
	/** As it would be written in the environment; a setting without one is optional. */
	readonly fallback?: string;
	readonly does: string;
	/** Its value is never shown, not even in a fault. */
	readonly secret?: true;
	/** Text to its value; undefined where it is not what is expected. */
	read(text: string): unknown;
}

const ID = /^[A-Za-z0-9._~-]{1,128}$/;

type Written = Pick<Setting, "does" | "secret">;

const text = (expected: string, pattern: RegExp, written: Written) => ({
	expected,
	read: (given: string) => (pattern.test(given) ? given : undefined),
	...written,
});

const whole = (minimum: number, maximum: number, written: Written) => ({
	expected: `a whole number from ${minimum} to ${maximum}`,
	read: (given: string) =>
		/^\d+$/.test(given) && Number(given) >= minimum && Number(given) <= maximum
			? Number(given)
			: undefined,
	...written,
});

const oneOf = <const W extends string>(
	choices: readonly W[],
	written: Written,
) => ({
	expected: `one of ${choices.join(", ")}`,
	read: (given: string) => choices.find((choice) => choice === given),
	...written,
});

const address = (written: Written) => ({
	expected: "an http or https URL without user, query or fragment",
	read: (given: string) => {
		const url = URL.parse(given);
		const plain =
			url &&
			/^https?:$/.test(url.protocol) &&
			!(url.username || url.password || url.search || url.hash);
		return plain ? given : undefined;
	},
	...written,
});

const page = (written: Written) => ({
	expected: "an http or https URL without user or fragment",
	read: (given: string) => {
		const url = URL.parse(given);
		const plain =
			url &&
			/^https?:$/.test(url.protocol) &&
			!(url.username || url.password || url.hash);
		return plain ? given : undefined;
	},
	...written,
});

const origins = (written: Written) => ({
	expected:
		"origins separated by commas, such as https://app.example.com,http://localhost:3000",
	read: (given: string) => {
		const all = given.split(",").map((origin) => origin.trim());
		return all.every((origin) => URL.parse(origin)?.origin === origin)
			? all
			: undefined;
	},
	...written,
});

const pairs = (written: Written) => ({
	expected: "location=token pairs separated by commas, each location once",
	read: (given: string) => {
		const all = given.split(",").map((pair) => {
			const [location = "", ...token] = pair.trim().split("=");
			return [location, token.join("=")] as const;
		});
		const found = Object.fromEntries(all);
		const isWhole = all.every(
			([id, token]) => ID.test(id) && /^\S+$/.test(token),
		);
		return isWhole && Object.keys(found).length === all.length
			? found
			: undefined;
	},
	...written,
});

const scopes = (written: Written) => ({
	expected: "scopes separated by spaces",
	read: (given: string) => {
		const all = given.split(/[ ,]+/).filter(Boolean);
		return all.length ? all : undefined;
	},
	...written,
});

const keys = (written: Written) => ({
	expected: "keys of 32 bytes in base64, separated by commas",
	read: (given: string) => listOf(given, /^[A-Za-z0-9+/_-]{43}=?$/),
	...written,
});

const publicKeys = (written: Written) => ({
	expected:
		"public keys separated by commas, each the base64 of its SPKI form, or `none`",
	read: (given: string) =>
		given === "none" ? [] : listOf(given, /^[A-Za-z0-9+/]{40,}={0,2}$/),
	...written,
});

/** Separated by commas; undefined where one does not fit. */
const listOf = (given: string, pattern: RegExp): string[] | undefined => {
	const all = given.split(",").map((one) => one.trim());
	return all.every((one) => pattern.test(one)) ? all : undefined;
};

export const SETTINGS = {
	NODE_ENV: {
		...text("a word", /^\w+$/, {
			does: "`production` refuses to start without credentials and hides field suggestions in errors.",
		}),
		fallback: "development",
	},
	PORT: {
		...whole(0, 65_535, { does: "Port of the gateway; 0 for any free one." }),
		fallback: "4000",
	},
	HOST: {
		...text("a host name or an IP address", /^[A-Za-z0-9.:_-]+$/, {
			does: "Interface the gateway listens on. `0.0.0.0` is all of them, as a container needs.",
		}),
		fallback: "127.0.0.1",
	},
	DATA_DIR: {
		...text("a path", /^[^\0]+$/, {
			does: "Directory of all persistent data, for the gateway alone. Created when missing, and closed to other users.",
		}),
		fallback: "./data",
	},
	REDIS_URL: {
		...text("a redis:// or rediss:// URL", /^rediss?:\/\/\S+$/, {
			does: "A preview: [scaling](scaling.md) lists what is not proven. Redis or Valkey that keeps all persistent data instead of DATA_DIR, for all processes with the same URL and REDIS_PREFIX as one.",
			secret: true,
		}),
	},
	REDIS_PREFIX: {
		...text("letters, digits, `.`, `_`, `:` and `-`", /^[\w.:-]{1,64}$/, {
			does: "In front of every key and channel in Redis, so that several gateways may share a server.",
		}),
		fallback: "contact-graph",
	},
	CONTACTS_API_TOKEN: text("a token without spaces", /^\S+$/, {
		does: "Private Integration Token of the location. Without one the gateway runs on the sandbox.",
		secret: true,
	}),
	LOCATION_ID: text("a location id", ID, {
		does: "The location that CONTACTS_API_TOKEN belongs to.",
	}),
	CONTACTS_API_TOKENS: pairs({
		does: "Private Integration Tokens of several locations.",
		secret: true,
	}),
	OAUTH_CLIENT_ID: text("a client id", /^[\w-]+$/, {
		does: "Client id of your marketplace app. With it locations and agencies are connected at `/oauth/connect`; see [connecting](connecting.md).",
	}),
	OAUTH_CLIENT_SECRET: text("a secret without spaces", /^\S+$/, {
		does: "Client secret of that app.",
		secret: true,
	}),
	OAUTH_AUTHORIZE_URL: {
		...page({
			does: "The consent page, with its path; a query in it is preserved.",
		}),
		fallback: "https://marketplace.gohighlevel.com/v2/oauth/chooselocation",
	},
	OAUTH_VERSION_ID: text("a version id", /^[\w-]+$/, {
		does: "Version of the app to connect, as the marketplace shows it. Default: the part of OAUTH_CLIENT_ID before its first dash.",
	}),
	OAUTH_SCOPES: scopes({
		does: "Scopes to request. Default: all that the graph can use.",
	}),
	TOKEN_KEYS: keys({
		does: "Keys that seal OAuth tokens and webhooks at rest: the first seals, all open. To change keys put the new one in front. Default: a key created in DATA_DIR. OAuth in production needs one here.",
		secret: true,
	}),
	PUBLIC_URL: address({
		does: 'Address under which browsers reach the gateway. Register `/oauth/callback` under it with the app; HighLevel accepts only https without "highlevel". Default: the address it listens on.',
	}),
	CONTACTS_API_URL: {
		...address({ does: "Origin of the Contacts API, when a token is given." }),
		fallback: "https://services.leadconnectorhq.com",
	},
	UPSTREAM_CONNECTIONS: {
		...whole(1, 1000, {
			does: "Maximum number of connections to the API, and so of REST calls in flight: each carries one at a time. The API allows bursts of 100.",
		}),
		fallback: "100",
	},
	UPSTREAM_TIMEOUT_MS: {
		...whole(1, 300_000, {
			does: "Timeout, in milliseconds, for the headers and for each part of the body of a REST answer.",
		}),
		fallback: "10000",
	},
	SANDBOX_PORT: {
		...whole(0, 65_535, {
			does: "Port of the sandbox, when it runs; 0 for any free one.",
		}),
		fallback: "4001",
	},
	AUTH_SECRET: text("at least 32 characters without spaces", /^\S{32,}$/, {
		does: "Key that signs and verifies the gateway's own tokens. Default: a key created in DATA_DIR.",
		secret: true,
	}),
	AUTH_JWKS_URL: address({
		does: "Keys of your identity provider. When set, only its tokens are accepted.",
	}),
	AUTH_ISSUER: {
		...text("text without spaces", /^\S+$/, {
			does: "The `iss` a token must have.",
		}),
		fallback: "contact-graph",
	},
	AUTH_AUDIENCE: {
		...text("text without spaces", /^\S+$/, {
			does: "The `aud` a token must have.",
		}),
		fallback: "contact-graph",
	},
	CORS_ORIGINS: origins({
		does: "Origins whose pages may call the gateway. Default: none; on the sandbox those of localhost, at any port, always may.",
	}),
	TRUSTED_DOCUMENTS: {
		...oneOf(["off", "log", "only"], {
			does: "Whether clients may send the id of a document of TRUSTED_DOCUMENTS_FILE in place of its text. `log` logs every other document that runs, `only` refuses it.",
		}),
		fallback: "off",
	},
	TRUSTED_DOCUMENTS_FILE: text("a path", /^[^\0]+$/, {
		does: "The manifest: a JSON object of documents by id, as GraphQL Code Generator writes it. Read at the start.",
	}),
	GRAPHIQL: oneOf(["on", "off"], {
		does: "Whether browsers get GraphiQL at /graphql. It needs a token to read data. Default: on, and off in production.",
	}),
	INTROSPECTION: {
		...oneOf(["on", "off"], {
			does: "Whether callers may ask for the schema. Without it GraphiQL has no documentation and completes nothing.",
		}),
		fallback: "on",
	},
	MAX_BODY_BYTES: {
		...whole(1024, 16_777_216, {
			does: "Maximum size of a request body, in bytes.",
		}),
		fallback: "262144",
	},
	MAX_DEPTH: {
		...whole(1, 100, { does: "Maximum levels of fields in a query." }),
		fallback: "15",
	},
	MAX_ALIASES: {
		...whole(0, 10_000, { does: "Maximum number of aliases in a query." }),
		fallback: "50",
	},
	MAX_ROOT_FIELDS: {
		...whole(1, 10_000, { does: "Maximum number of root fields in a query." }),
		fallback: "20",
	},
	MAX_DIRECTIVES: {
		...whole(0, 10_000, { does: "Maximum number of directives in a query." }),
		fallback: "50",
	},
	MAX_TOKENS: {
		...whole(10, 1_000_000, {
			does: "Maximum number of lexical tokens in a query.",
		}),
		fallback: "2000",
	},
	MAX_PAGE_SIZE: {
		...whole(1, 500, {
			does: "Maximum page size of a list, and number of ids in one `nodes`.",
		}),
		fallback: "100",
	},
	WEBHOOK_ED25519_KEYS: publicKeys({
		does: "Public keys of the signature `x-ghl-signature`; several while HighLevel changes keys. Default: HighLevel's, or the sandbox's.",
	}),
	WEBHOOK_RSA_KEYS: publicKeys({
		does: "The same for the older `x-wh-signature`; `none` refuses deliveries that have no other signature.",
	}),
	WEBHOOK_PAST_MS: {
		...whole(1000, 7 * 86_400_000, {
			does: "Maximum age of a delivery by its `timestamp`, in milliseconds. Longer than HighLevel retries.",
		}),
		fallback: "7200000",
	},
	WEBHOOK_AHEAD_MS: {
		...whole(0, 86_400_000, {
			does: "How far the `timestamp` of a delivery may lie in the future, in milliseconds.",
		}),
		fallback: "300000",
	},
	WEBHOOK_UNDATED: {
		...oneOf(["take", "refuse"], {
			does: "Whether signed deliveries without `timestamp` are accepted. `take` accepts those with a `webhookId` or the header `deliveryId`, except INSTALL and UNINSTALL.",
		}),
		fallback: "take",
	},
	WEBHOOK_MAX_BYTES: {
		...whole(1024, 16_777_216, {
			does: "Maximum size of a delivery, in bytes.",
		}),
		fallback: "262144",
	},
	JOURNAL_HOURS: {
		...whole(1, 8760, {
			does: "How long webhooks and their changes stay in the journal, for subscribers who reconnect.",
		}),
		fallback: "168",
	},
	JOURNAL_MAX_BYTES: {
		...whole(1_048_576, 1_099_511_627_776, {
			does: "Maximum size of the journal in bytes, whatever the age of its entries.",
		}),
		fallback: "536870912",
	},
	SUBSCRIBER_QUEUE: {
		...whole(1, 100_000, {
			does: "How many changes a live subscriber may fall behind before its subscription is ended with its cursor.",
		}),
		fallback: "1000",
	},
	MAX_SOCKETS: {
		...whole(1, 1_000_000, {
			does: "Maximum number of open WebSockets and event streams.",
		}),
		fallback: "10000",
	},
	MAX_SOCKET_OPERATIONS: {
		...whole(1, 10_000, {
			does: "Maximum number of operations running on one WebSocket.",
		}),
		fallback: "100",
	},
	SOCKET_INIT_MS: {
		...whole(1, 600_000, {
			does: "How long a WebSocket may stay open without `connection_init`, in milliseconds.",
		}),
		fallback: "10000",
	},
	SOCKET_KEEP_ALIVE_MS: {
		...whole(100, 600_000, {
			does: "Interval of pings, in milliseconds; a socket that has not answered the last ping by the next is closed.",
		}),
		fallback: "12000",
	},
	MAX_CALLER_REQUESTS: {
		...whole(1, 1_000_000, {
			does: "Maximum number of HTTP requests that one caller (token subject) may have in flight.",
		}),
		fallback: "1000",
	},
	MAX_CALLER_SOCKETS: {
		...whole(1, 1_000_000, {
			does: "Maximum number of WebSockets and event streams that one caller may have open.",
		}),
		fallback: "5000",
	},
	MAX_CALLER_OPERATIONS: {
		...whole(1, 10_000_000, {
			does: "Maximum number of operations running on all WebSockets of one caller.",
		}),
		fallback: "20000",
	},
	MAX_CALLER_CPU_PERCENT: {
		...whole(1, 100, {
			does: "Maximum share of the gateway's CPU time that one caller may use while others ask, in percent; 100 is no limit.",
		}),
		fallback: "50",
	},
	MAX_PRICE: {
		...whole(1, 1_000_000, {
			does: "Maximum cost of one operation, in REST calls, computed before it runs.",
		}),
		fallback: "250",
	},
	DEADLINE_MS: {
		...whole(100, 600_000, {
			does: "Deadline of an answer, in milliseconds; callers shorten it with `X-Deadline-Ms`.",
		}),
		fallback: "30000",
	},
	CACHE_MAX_BYTES: {
		...whole(0, 64 * 1024 ** 3, {
			does: "Maximum size of the cache, in bytes; 0 turns it off.",
		}),
		fallback: "268435456",
	},
	CACHE_COVERED_SECONDS: {
		...whole(0, 86_400, {
			does: "TTL of contacts, notes and appointments while webhooks arrive for their location.",
		}),
		fallback: "300",
	},
	CACHE_UNCOVERED_SECONDS: {
		...whole(0, 86_400, {
			does: "TTL of contacts, notes and appointments while no webhooks arrive.",
		}),
		fallback: "30",
	},
	CACHE_TASK_SECONDS: {
		...whole(0, 86_400, {
			does: "TTL of tasks and notes of appointments: no webhook reports their edits.",
		}),
		fallback: "30",
	},
	CACHE_REFERENCE_SECONDS: {
		...whole(0, 86_400, {
			does: "TTL of tags, users, calendars, custom fields, businesses and the location itself.",
		}),
		fallback: "300",
	},
	CACHE_STALE_SECONDS: {
		...whole(0, 604_800, {
			does: "Maximum age of values that are served, and marked as stale, while the API is down or the budget is used up.",
		}),
		fallback: "3600",
	},
	SEARCH_LAG_MS: {
		...whole(0, 60_000, {
			does: "Search lag, in milliseconds: how long HighLevel's search may not show a write. Meanwhile written objects are read by id.",
		}),
		fallback: "15000",
	},
	WRITE_SETTLE_MS: {
		...whole(0, 600_000, {
			does: "How long after it was sent a write may still take effect, in milliseconds. A write not found after that did not happen, and its key sends it again. At least SEARCH_LAG_MS.",
		}),
		fallback: "20000",
	},
	IDEMPOTENCY_HOURS: {
		...whole(1, 720, { does: "How long an `idempotencyKey` is stored." }),
		fallback: "24",
	},
	IDEMPOTENCY_PRUNE_SECONDS: {
		...whole(1, 86_400, {
			does: "How often expired keys are removed, as long as there are writes.",
		}),
		fallback: "600",
	},
	RECONCILE_SECONDS: {
		...whole(0, 86_400, {
			does: "Interval of polls for contacts that changed without a webhook: one call each, for locations in use. 0 turns them off. The default is 1 % of the daily limit.",
		}),
		fallback: "43",
	},
	RECONCILE_CALENDAR_SECONDS: {
		...whole(0, 86_400, {
			does: "Interval of polls for appointments that changed without a webhook, one calendar after another: one call each, for locations in use. 0 turns them off. The default is another 1 % of the daily limit.",
		}),
		fallback: "43",
	},
	RECONCILE_PAST_DAYS: {
		...whole(0, 365, {
			does: "How many days back a calendar is polled. The API's largest window is not documented: choose fewer where it refuses.",
		}),
		fallback: "7",
	},
	RECONCILE_AHEAD_DAYS: {
		...whole(1, 365, { does: "How many days ahead a calendar is polled." }),
		fallback: "28",
	},
	WEBHOOK_LATE_SECONDS: {
		...whole(0, 3600, {
			does: "How long a webhook may take to arrive before it counts as lost.",
		}),
		fallback: "30",
	},
	WEBHOOK_DISTRUST_SECONDS: {
		...whole(0, 86_400, {
			does: "How long a location counts as one without webhooks (CACHE_UNCOVERED_SECONDS) after a lost one was detected. 0 turns this off.",
		}),
		fallback: "900",
	},
	METRICS_PORT: {
		...whole(0, 65_535, {
			does: "Port of the metrics for Prometheus, at `/metrics`; 0 turns them off. See [metrics](metrics.md).",
		}),
		fallback: "9464",
	},
	METRICS_HOST: {
		...text("a host name or an IP address", /^\S+$/, {
			does: "Where the metrics listen. They need no token, so let nobody but Prometheus reach another address than the default.",
		}),
		fallback: "127.0.0.1",
	},
	METRICS_LOCATIONS: {
		...whole(0, 100_000, {
			does: "How many locations have time series of their own; all others share one, `other`.",
		}),
		fallback: "50",
	},
	METRICS_OPERATIONS: {
		...whole(0, 100_000, {
			does: "The same for names of operations, which clients choose.",
		}),
		fallback: "100",
	},
	DRAIN_MS: {
		...whole(0, 600_000, {
			does: "How long running requests may finish, in milliseconds, after SIGTERM.",
		}),
		fallback: "10000",
	},
	LOG_LEVEL: {
		...oneOf(["trace", "debug", "info", "warn", "error", "fatal", "silent"], {
			does: "Minimum level of log lines, written as JSON to standard output.",
		}),
		fallback: "info",
	},
} as const satisfies Record<string, Setting>;

type Table = typeof SETTINGS;
export type SettingName = keyof Table;

/** Each setting's value: always there when it has a default. */
export type Settings = {
	readonly [Name in SettingName]:
		| Exclude<ReturnType<Table[Name]["read"]>, undefined>
		| (Table[Name] extends { readonly fallback: string } ? never : undefined);
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads one setting. An empty variable counts as not set: env files and compose files leave them behind. */
export const readSetting = <Name extends SettingName>(
	name: Name,
	environment: Environment,
): { value: Settings[Name] } | { fault: string } => {
	const setting: Setting = SETTINGS[name];
	const given = environment[name] || setting.fallback;
	if (given === undefined) return { value: undefined as Settings[Name] };
	const value = setting.read(given);
	if (value !== undefined) return { value: value as Settings[Name] };
	const came = setting.secret
		? `${given.length} characters that are not (not shown: it is a secret)`
		: JSON.stringify(given);
	return { fault: `${name}: expected ${setting.expected}, but got ${came}` };
};

/** The settings as the Markdown table of docs/operating.md, padded as the formatter wants it. */
export const settingsTable = (): string => {
	const rows = [
		["variable", "default", "takes", "does"],
		...Object.entries<Setting>(SETTINGS).map(
			([name, { expected, fallback, does }]) => [
				`\`${name}\``,
				fallback === undefined ? "" : `\`${fallback}\``,
				expected,
				does,
			],
		),
	];
	const widths = [0, 1, 2, 3].map((column) =>
		Math.max(...rows.map((row) => row[column]?.length ?? 0)),
	);
	const line = (cells: readonly string[]) =>
		`| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
	const [head = [], ...body] = rows.map(line);
	const rule = line(widths.map((width) => "-".repeat(width)));
	return [head, rule, ...body].join("\n");
};
