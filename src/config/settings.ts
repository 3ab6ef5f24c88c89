/** Every setting of the gateway: its variable, its shape, its default and what it does. The docs' table is printed from here. */
import Type, { type Static, type TSchema } from "typebox";
import { Check } from "typebox/value";

export interface Setting<S extends TSchema = TSchema> {
	/** What a value must be, in words that complete "expected ...". */
	readonly expected: string;
	readonly shape: S;
	/** As it would be written in the environment; a setting without one is optional. */
	readonly fallback?: string;
	readonly does: string;
	/** Its value is never shown, not even in a fault. */
	readonly secret?: true;
	/** Text to what the shape checks; undefined when the text cannot be read at all. */
	read(text: string): unknown;
}

const ID = "^[A-Za-z0-9._~-]{1,128}$";

type Written = Pick<Setting, "does" | "secret">;

const text = (expected: string, pattern: string, written: Written) => ({
	expected,
	shape: Type.String({ pattern }),
	read: (given: string) => given,
	...written,
});

const whole = (minimum: number, maximum: number, written: Written) => ({
	expected: `a whole number from ${minimum} to ${maximum}`,
	shape: Type.Integer({ minimum, maximum }),
	read: (given: string) => (/^\d+$/.test(given) ? Number(given) : undefined),
	...written,
});

const oneOf = <const W extends string>(
	words: readonly W[],
	written: Written,
) => ({
	expected: `one of ${words.join(", ")}`,
	shape: Type.Enum(words),
	read: (given: string) => given,
	...written,
});

const address = (written: Written) => ({
	expected: "an http or https URL without user, query or fragment",
	shape: Type.String({ minLength: 1 }),
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
	shape: Type.String({ minLength: 1 }),
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
		"origins with commas between, such as https://app.example.com,http://localhost:3000",
	shape: Type.Array(Type.String()),
	read: (given: string) => {
		const all = given.split(",").map((origin) => origin.trim());
		return all.every((origin) => URL.parse(origin)?.origin === origin)
			? all
			: undefined;
	},
	...written,
});

const pairs = (written: Written) => ({
	expected: "location=token pairs with commas between, each location once",
	shape: Type.Record(
		Type.String({ pattern: ID }),
		Type.String({ pattern: "^\\S+$" }),
	),
	read: (given: string) => {
		const all = given.split(",").map((pair) => {
			const [location = "", ...token] = pair.trim().split("=");
			return [location, token.join("=")] as const;
		});
		const found = Object.fromEntries(all);
		return Object.keys(found).length === all.length ? found : undefined;
	},
	...written,
});

const words = (written: Written) => ({
	expected: "scopes with spaces between",
	shape: Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
	read: (given: string) => given.split(/[ ,]+/).filter(Boolean),
	...written,
});

const keys = (written: Written) => ({
	expected: "keys of 32 bytes in base64, with commas between",
	shape: Type.Array(Type.String({ pattern: "^[A-Za-z0-9+/_-]{43}=?$" }), {
		minItems: 1,
	}),
	read: (given: string) => given.split(",").map((key) => key.trim()),
	...written,
});

const publicKeys = (written: Written) => ({
	expected:
		"public keys with commas between, each the base64 of its SPKI form, or `none`",
	shape: Type.Array(Type.String({ pattern: "^[A-Za-z0-9+/]{40,}={0,2}$" })),
	read: (given: string) =>
		given === "none" ? [] : given.split(",").map((key) => key.trim()),
	...written,
});

export const SETTINGS = {
	NODE_ENV: {
		...text("a word", "^\\w+$", {
			does: "`production` refuses to start without credentials and hides field suggestions in errors.",
		}),
		fallback: "development",
	},
	PORT: {
		...whole(0, 65_535, { does: "Port of the gateway; 0 for any free one." }),
		fallback: "4000",
	},
	HOST: {
		...text("a host name or an IP address", "^[A-Za-z0-9.:_-]+$", {
			does: "Interface the gateway listens on. `0.0.0.0` is all of them, as a container needs.",
		}),
		fallback: "127.0.0.1",
	},
	DATA_DIR: {
		...text("a path", "^[^\\0]+$", {
			does: "Directory for what outlives a restart, for the gateway alone. Made when it is missing, and closed to other users.",
		}),
		fallback: "./data",
	},
	CONTACTS_API_TOKEN: text("a token without spaces", "^\\S+$", {
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
	OAUTH_CLIENT_ID: text("a client id", "^[\\w-]+$", {
		does: "Client id of your marketplace app. With it locations and agencies are connected at `/oauth/connect`; see [connecting](connecting.md).",
	}),
	OAUTH_CLIENT_SECRET: text("a secret without spaces", "^\\S+$", {
		does: "Client secret of that app.",
		secret: true,
	}),
	OAUTH_AUTHORIZE_URL: {
		...page({
			does: "The consent page, with its path; a query it carries is kept.",
		}),
		fallback: "https://marketplace.gohighlevel.com/v2/oauth/chooselocation",
	},
	OAUTH_VERSION_ID: text("a version id", "^[\\w-]+$", {
		does: "Version of the app to connect, as the marketplace shows it. The part of OAUTH_CLIENT_ID before its first dash when left out.",
	}),
	OAUTH_SCOPES: words({
		does: "Scopes to ask for; all that the graph can use when left out.",
	}),
	TOKEN_KEYS: keys({
		does: "Keys that seal OAuth tokens and webhooks at rest: the first seals, all open. To change keys put the new one in front. Without one a key is made and kept in DATA_DIR; OAuth in production needs one.",
		secret: true,
	}),
	PUBLIC_URL: address({
		does: 'Address under which browsers reach the gateway; `/oauth/callback` under it is registered with the app, which takes https without "highlevel" only. Its own when left out.',
	}),
	CONTACTS_API_URL: {
		...address({ does: "Origin of the Contacts API, when a token is given." }),
		fallback: "https://services.leadconnectorhq.com",
	},
	UPSTREAM_CONNECTIONS: {
		...whole(1, 1000, {
			does: "Most connections to the API. Each carries one call at a time, so this is the most REST calls on the wire at once. The API allows bursts of 100.",
		}),
		fallback: "100",
	},
	UPSTREAM_TIMEOUT_MS: {
		...whole(1, 300_000, {
			does: "Longest wait, in milliseconds, for the head and for each part of the body of a REST answer.",
		}),
		fallback: "10000",
	},
	SANDBOX_PORT: {
		...whole(0, 65_535, {
			does: "Port of the sandbox, where it runs; 0 for any free one.",
		}),
		fallback: "4001",
	},
	AUTH_SECRET: text("at least 32 characters without spaces", "^\\S{32,}$", {
		does: "Key that signs and checks the gateway's own tokens. Without one a key is made and kept in DATA_DIR.",
		secret: true,
	}),
	AUTH_JWKS_URL: address({
		does: "Keys of your identity provider. When set, only its tokens are accepted.",
	}),
	AUTH_ISSUER: {
		...text("text without spaces", "^\\S+$", {
			does: "The `iss` a token must have.",
		}),
		fallback: "contact-graph",
	},
	AUTH_AUDIENCE: {
		...text("text without spaces", "^\\S+$", {
			does: "The `aud` a token must have.",
		}),
		fallback: "contact-graph",
	},
	CORS_ORIGINS: origins({
		does: "Origins whose pages may call the gateway. None when left out.",
	}),
	GRAPHIQL: {
		...oneOf(["on", "off"], {
			does: "Whether browsers get GraphiQL at /graphql. It needs a token to see anything.",
		}),
		fallback: "on",
	},
	MAX_BODY_BYTES: {
		...whole(1024, 16_777_216, { does: "Largest request body." }),
		fallback: "262144",
	},
	MAX_DEPTH: {
		...whole(1, 100, { does: "Most levels of fields in a query." }),
		fallback: "15",
	},
	MAX_ALIASES: {
		...whole(0, 10_000, { does: "Most aliases in a query." }),
		fallback: "50",
	},
	MAX_ROOT_FIELDS: {
		...whole(1, 10_000, { does: "Most fields at the top of a query." }),
		fallback: "20",
	},
	MAX_DIRECTIVES: {
		...whole(0, 10_000, { does: "Most directives in a query." }),
		fallback: "50",
	},
	MAX_TOKENS: {
		...whole(10, 1_000_000, { does: "Most lexical tokens in a query." }),
		fallback: "4000",
	},
	MAX_PAGE_SIZE: {
		...whole(1, 500, {
			does: "Largest page of a list, and most ids in one `nodes`.",
		}),
		fallback: "100",
	},
	WEBHOOK_ED25519_KEYS: publicKeys({
		does: "Keys that sign webhooks in `x-ghl-signature`; several while HighLevel changes keys. HighLevel's own when left out, the sandbox's on the sandbox.",
	}),
	WEBHOOK_RSA_KEYS: publicKeys({
		does: "The same for the older `x-wh-signature`; `none` refuses deliveries that have no other signature.",
	}),
	WEBHOOK_PAST_MS: {
		...whole(1000, 7 * 86_400_000, {
			does: "How old a delivery may be by its `timestamp`. Longer than HighLevel retries.",
		}),
		fallback: "7200000",
	},
	WEBHOOK_AHEAD_MS: {
		...whole(0, 86_400_000, {
			does: "How far the `timestamp` of a delivery may lie in the future.",
		}),
		fallback: "300000",
	},
	WEBHOOK_UNDATED: {
		...oneOf(["take", "refuse"], {
			does: "What becomes of signed deliveries without `timestamp`. Taken, they must have a `webhookId` or the header `deliveryId`, and installs are refused all the same.",
		}),
		fallback: "take",
	},
	WEBHOOK_MAX_BYTES: {
		...whole(1024, 16_777_216, { does: "Largest delivery." }),
		fallback: "262144",
	},
	JOURNAL_HOURS: {
		...whole(1, 8760, {
			does: "How long changes, and the webhooks they came by, are kept for subscribers who come back.",
		}),
		fallback: "168",
	},
	JOURNAL_MAX_BYTES: {
		...whole(1_048_576, 1_099_511_627_776, {
			does: "How many bytes of changes are kept, whatever their age.",
		}),
		fallback: "536870912",
	},
	SUBSCRIBER_QUEUE: {
		...whole(1, 100_000, {
			does: "How many changes a live subscriber may fall behind before it is ended with its cursor.",
		}),
		fallback: "1000",
	},
	MAX_SOCKETS: {
		...whole(1, 1_000_000, {
			does: "Most WebSockets and event streams open at once.",
		}),
		fallback: "10000",
	},
	MAX_SOCKET_OPERATIONS: {
		...whole(1, 10_000, { does: "Most operations running on one WebSocket." }),
		fallback: "100",
	},
	SOCKET_INIT_MS: {
		...whole(1, 600_000, {
			does: "How long a WebSocket may stay without saying who it is.",
		}),
		fallback: "10000",
	},
	SOCKET_KEEP_ALIVE_MS: {
		...whole(100, 600_000, {
			does: "How often an open connection shows a sign of life; a socket that does not answer the last one by the next is cut off.",
		}),
		fallback: "12000",
	},
	MAX_PRICE: {
		...whole(1, 1_000_000, {
			does: "The most REST calls one operation may cost, as reckoned before it runs.",
		}),
		fallback: "250",
	},
	DEADLINE_MS: {
		...whole(100, 600_000, {
			does: "The longest an answer may take, in milliseconds; callers shorten it with `X-Deadline-Ms`.",
		}),
		fallback: "30000",
	},
	CACHE_MAX_BYTES: {
		...whole(0, 64 * 1024 ** 3, {
			does: "Ceiling for values and answers kept in memory; 0 keeps none.",
		}),
		fallback: "268435456",
	},
	CACHE_COVERED_SECONDS: {
		...whole(0, 86_400, {
			does: "How long contacts, notes and appointments are kept while webhooks are arriving for their location.",
		}),
		fallback: "300",
	},
	CACHE_UNCOVERED_SECONDS: {
		...whole(0, 86_400, {
			does: "How long they are kept while no webhooks arrive.",
		}),
		fallback: "30",
	},
	CACHE_TASK_SECONDS: {
		...whole(0, 86_400, {
			does: "How long tasks and notes of appointments are kept: no webhook tells of an edited one.",
		}),
		fallback: "30",
	},
	CACHE_REFERENCE_SECONDS: {
		...whole(0, 86_400, {
			does: "How long tags, users, calendars, custom fields, businesses and the location itself are kept.",
		}),
		fallback: "300",
	},
	CACHE_STALE_SECONDS: {
		...whole(0, 604_800, {
			does: "Oldest value that is given, and marked as stale, while the API is down or the budget is used up.",
		}),
		fallback: "3600",
	},
	SEARCH_LAG_MS: {
		...whole(0, 60_000, {
			does: "How far HighLevel's search may run behind a write: for so long what was written is read by its id.",
		}),
		fallback: "15000",
	},
	WRITE_SETTLE_MS: {
		...whole(0, 600_000, {
			does: "How long after it was sent a write may still take effect. What is not found after that did not happen, and its key sends it again. At least SEARCH_LAG_MS.",
		}),
		fallback: "20000",
	},
	IDEMPOTENCY_HOURS: {
		...whole(1, 720, { does: "How long an `idempotencyKey` is remembered." }),
		fallback: "24",
	},
	IDEMPOTENCY_PRUNE_SECONDS: {
		...whole(1, 86_400, {
			does: "How often keys past that are removed, as long as there are writes.",
		}),
		fallback: "600",
	},
	RECONCILE_SECONDS: {
		...whole(0, 86_400, {
			does: "How often the API is asked which contacts changed without a webhook: one call each time, for locations in use. 0 never asks. The default is 1 % of the daily limit.",
		}),
		fallback: "43",
	},
	RECONCILE_CALENDAR_SECONDS: {
		...whole(0, 86_400, {
			does: "How often one calendar after another is looked through for appointments that changed without a webhook: one call each time, for locations in use. 0 never looks. The default is another 1 % of the daily limit.",
		}),
		fallback: "43",
	},
	RECONCILE_PAST_DAYS: {
		...whole(0, 365, {
			does: "How many days back a calendar is looked through. The API's largest window is not known: take fewer where it refuses.",
		}),
		fallback: "7",
	},
	RECONCILE_AHEAD_DAYS: {
		...whole(1, 365, { does: "The same, ahead." }),
		fallback: "28",
	},
	WEBHOOK_LATE_SECONDS: {
		...whole(0, 3600, {
			does: "How long a webhook may be under way before the change it tells of counts as one whose webhook was lost.",
		}),
		fallback: "30",
	},
	WEBHOOK_DISTRUST_SECONDS: {
		...whole(0, 86_400, {
			does: "How long a location counts as one without webhooks (CACHE_UNCOVERED_SECONDS) after a lost one was found. 0 never distrusts.",
		}),
		fallback: "900",
	},
	DRAIN_MS: {
		...whole(0, 600_000, {
			does: "How long running requests may finish, in milliseconds, after SIGTERM.",
		}),
		fallback: "10000",
	},
	LOG_LEVEL: {
		...oneOf(["trace", "debug", "info", "warn", "error", "fatal", "silent"], {
			does: "Least severe log lines that are written, as JSON on standard output.",
		}),
		fallback: "info",
	},
} as const satisfies Record<string, Setting>;

type Table = typeof SETTINGS;
export type SettingName = keyof Table;

/** Each setting's value: always there when it has a default. */
export type Settings = {
	readonly [Name in SettingName]:
		| Static<Table[Name]["shape"]>
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
	if (value !== undefined && Check(setting.shape, value))
		return { value: value as Settings[Name] };
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
