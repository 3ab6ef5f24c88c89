/** Configuration to a running gateway, with the sandbox beside it where there are no credentials. */
import { mintToken } from "./auth/authenticator.ts";
import { VENDOR_KEYS, type WebhookKeys } from "./changes/verify.ts";
import { type Config, dataFileIn } from "./config/config.ts";
import { sealKeys, signingKey } from "./config/signing-key.ts";
import { readTrustedDocuments } from "./config/trusted-documents.ts";
import { createGateway } from "./gateway.ts";
import type { Gateway, GatewayOptions } from "./gateway-options.ts";
import { createLog, type Logger } from "./log.ts";
import type { MetricsOptions } from "./metrics/metrics.ts";
import type { OAuthApp } from "./oauth/oauth.ts";
import { DataFault } from "./store/data-fault.ts";
import { closeDirectory } from "./store/private-files.ts";
import { sharedKeys } from "./store/redis/shared-keys.ts";
import { openTracing, traceIds } from "./tracing.ts";
import { VERSION } from "./version.ts";
import { welcome } from "./welcome.ts";

/** What the gateway asks, whichever of the two it is. */
interface Backend {
	readonly url: string;
	readonly tokens: Readonly<Record<string, string>>;
	/** Of the sandbox: the keys it signs webhooks with, and where to send them. */
	readonly webhookKeys?: Readonly<Record<"ed25519" | "rsa", string>>;
	sendTo?(url: string): void;
	close(): Promise<void>;
}

/** A fault the operator can fix: shown without a stack. */
export class StartError extends Error {}

/**
 * Resolves when the gateway answers; what it resolves to drains and stops everything.
 * @throws StartError for a port that cannot be had, a sandbox that is not installed, and data that cannot be used.
 */
export const start = (config: Config): Promise<() => Promise<void>> =>
	begin(config).catch((error: unknown) => {
		throw error instanceof DataFault
			? new StartError(error.message, { cause: error })
			: error;
	});

const begin = async (config: Config): Promise<() => Promise<void>> => {
	const log = createLog({
		level: config.logLevel,
		...(openTracing() && { mixin: traceIds }),
	});
	const { dataDir } = config.auth;
	closeDirectory(dataDir);
	const { keys, secret } = await keysOf(config, log);
	const backend = await backendOf(config);
	const locations = Object.keys(backend.tokens);
	const sample = await sampleToken(config, secret, locations[0]);
	let gateway: Gateway;
	try {
		const options = {
			...gatewayOptionsOf(config, { backend, keys, secret, sample }),
			log,
		};
		gateway = await createGateway(options).catch((error: unknown) => {
			if (!isMetricsPort(error, config)) throw error;
			// Nobody chose it: a second gateway on this machine starts as the first did.
			if (!config.metrics?.isDefault)
				throw portFault(error, "METRICS_PORT", config.metrics?.port ?? 0);
			log.warn(
				{ port: config.metrics.port },
				"metrics are off: their port is taken. Set METRICS_PORT to another one, or to 0.",
			);
			return createGateway({ ...options, metrics: undefined });
		});
		backend.sendTo?.(`${gateway.url}/webhooks/contacts`);
	} catch (error) {
		await backend.close();
		throw error instanceof StartError
			? error
			: portFault(error, "PORT", config.port);
	}
	if (config.upstream.kind === "sandbox")
		process.stdout.write(
			welcome({
				gatewayUrl: gateway.url,
				sandboxUrl: backend.url,
				graphiql: config.graphiql,
				token: sample,
			}),
		);
	else
		log.info(
			{ version: VERSION, url: gateway.url, api: backend.url, locations },
			"gateway started",
		);
	if (config.redis)
		log.warn(
			"REDIS_URL is a preview: docs/scaling.md lists what no test has shown yet",
		);
	return async () => {
		log.info("draining");
		await gateway.close();
		await backend.close();
		log.info("gateway stopped");
	};
};

const trustedDocumentsOf = ({ trustedDocuments: { mode, file } }: Config) => ({
	mode,
	documents: mode === "off" || !file ? {} : readTrustedDocuments(file),
});

/** What the configuration leaves to be found out when the process starts. */
export interface StartParts {
	readonly backend: Pick<Backend, "url" | "tokens" | "webhookKeys">;
	/** What seals data at rest. */
	readonly keys: readonly Uint8Array[];
	/** What the gateway's own tokens are signed with. */
	readonly secret: Parameters<typeof mintToken>[0]["secret"];
	/** Of the sandbox: a token to show. */
	readonly sample?: string | undefined;
}

/** Where every setting goes. */
export const gatewayOptionsOf = (
	config: Config,
	{ backend, keys, secret, sample }: StartParts,
): Omit<GatewayOptions, "log"> => {
	const { jwksUrl, issuer, audience, dataDir } = config.auth;
	const { ed25519, rsa, ...webhooks } = config.webhooks;
	return {
		port: config.port,
		host: config.host,
		contactsApi: {
			url: backend.url,
			connections: config.connections,
			timeoutMs: config.timeoutMs,
			token: (locationId) => backend.tokens[locationId] as string,
		},
		locations: Object.keys(backend.tokens),
		dataFile: dataFileIn(dataDir),
		...(config.redis && { redis: config.redis }),
		sealKeys: keys,
		...(config.publicUrl && { publicUrl: config.publicUrl }),
		...oauthOf(config, keys),
		auth: { secret, issuer, audience, ...(jwksUrl && { jwksUrl }) },
		limits: config.limits,
		cors: config.cors,
		trustedDocuments: trustedDocumentsOf(config),
		graphiql: {
			enabled: config.graphiql,
			...(sample && { token: sample }),
		},
		introspection: config.introspection,
		production: config.production,
		priceCeiling: config.priceCeiling,
		deadlineMs: config.deadlineMs,
		cache: config.cache,
		writes: config.writes,
		reconcile: config.reconcile,
		drainMs: config.drainMs,
		webhooks: { ...webhooks, keys: webhookKeys({ ed25519, rsa }, backend) },
		streams: config.streams,
		callers: config.callers,
		...(config.metrics && { metrics: metricsOf(config.metrics) }),
	};
};

const metricsOf = ({
	isDefault: _,
	...metrics
}: NonNullable<Config["metrics"]>): MetricsOptions => metrics;

/** With an identity provider only its tokens count, so there is none of ours to show. */
const sampleToken = async (
	{ upstream, auth: { jwksUrl, issuer, audience } }: Config,
	secret: StartParts["secret"],
	locationId = "",
): Promise<string | undefined> =>
	upstream.kind === "sandbox" && !jwksUrl
		? mintToken({
				secret,
				issuer,
				audience,
				...SANDBOX_TOKEN,
				locations: [locationId],
			})
		: undefined;

/** Processes that share a store share what is made for them: whichever a caller reaches takes the same tokens. */
const keysOf = async (
	{ auth: { dataDir, secret }, tokenKeys, redis }: Config,
	log: Logger,
): Promise<{ keys: readonly Uint8Array[]; secret: Uint8Array | string }> => {
	if (!redis)
		return {
			keys: await sealKeys(dataDir, tokenKeys),
			secret: secret ?? (await signingKey(dataDir)),
		};
	const { signing, sealing } = await sharedKeys(redis, log);
	const configured = tokenKeys?.map((key) => Buffer.from(key, "base64")) ?? [];
	return { keys: [...configured, sealing], secret: secret ?? signing };
};

// Long enough for a day of exploring and a weekend; it opens nothing but made-up data.
const SANDBOX_TOKEN = {
	scopes: [
		"contacts.readonly",
		"contacts.write",
		"calendars/events.write",
		"locations/tags.write",
	],
	ttlSeconds: 30 * 86_400,
};

const backendOf = async ({ upstream }: Config): Promise<Backend> => {
	if (upstream.kind === "api")
		return {
			url: upstream.url,
			tokens: upstream.tokens,
			close: async () => {},
		};
	// Loaded only here: the sandbox and its libraries are development dependencies.
	const { startSandbox } = await import("./sandbox/sandbox.ts").catch(
		(cause: NodeJS.ErrnoException) => {
			if (cause.code !== "ERR_MODULE_NOT_FOUND") throw cause;
			throw new StartError(
				"No CONTACTS_API_TOKEN is set, and the sandbox's libraries are not installed here.\nSet CONTACTS_API_TOKEN and LOCATION_ID, or install the development dependencies with `npm ci`.",
				{ cause },
			);
		},
	);
	try {
		const sandbox = await startSandbox({ port: upstream.port });
		return { ...sandbox, sendTo: (url) => sandbox.webhooks.sendTo(url) };
	} catch (error) {
		throw portFault(error, "SANDBOX_PORT", upstream.port);
	}
};

/** What the operator set, else the sandbox's own keys where it runs, else HighLevel's. */
const webhookKeys = (
	{ ed25519, rsa }: Pick<Config["webhooks"], "ed25519" | "rsa">,
	{ webhookKeys: sandbox }: StartParts["backend"],
): WebhookKeys => ({
	ed25519: ed25519 ?? (sandbox ? [sandbox.ed25519] : VENDOR_KEYS.ed25519),
	rsa: rsa ?? (sandbox ? [sandbox.rsa] : VENDOR_KEYS.rsa),
});

const oauthOf = (
	{ upstream }: Config,
	keys: readonly Uint8Array[],
): { oauth?: OAuthApp } => {
	if (upstream.kind !== "api" || !upstream.oauth) return {};
	const { tokenKeys: _, scopes, versionId, ...app } = upstream.oauth;
	return {
		oauth: {
			...app,
			...(scopes && { scopes }),
			...(versionId && { versionId }),
			tokenKeys: keys,
		},
	};
};

const isMetricsPort = (error: unknown, { metrics }: Config): boolean => {
	const { code, port } = error as NodeJS.ErrnoException & { port?: number };
	return code === "EADDRINUSE" && port === metrics?.port;
};

const portFault = (error: unknown, name: string, port: number): unknown => {
	const { code } = error as NodeJS.ErrnoException;
	if (code === "EADDRINUSE")
		return new StartError(
			`Port ${port} is taken. Stop what uses it, or set ${name} to another one: ${name}=${port + 10} npm start`,
			{ cause: error },
		);
	if (code === "EACCES")
		return new StartError(
			`Port ${port} needs rights this user does not have. Set ${name} to one from 1024 up.`,
			{ cause: error },
		);
	return error;
};
