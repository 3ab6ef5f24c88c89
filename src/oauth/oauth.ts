/** All of OAuth in one piece: what is stored, the tokens that come of it, the doors to get more, and the callers' revocations. */
import type { Authenticator } from "../auth/authenticator.ts";
import type { Logger } from "../log.ts";
import type { RequestHandler } from "../server/http-server.ts";
import {
	CALLER_TABLES,
	type CallerTokens,
	createCallerTokens,
} from "../store/caller-tokens.ts";
import { createConnectStates, STATE_TABLES } from "../store/connect-states.ts";
import { createSeal } from "../store/seal.ts";
import type { Sqlite, Tables } from "../store/sqlite.ts";
import { createTokenStore, TOKEN_TABLES } from "../store/tokens.ts";
import {
	type Connections,
	type ConnectionsOptions,
	createConnections,
} from "./connections.ts";
import { createEndpoint } from "./endpoint.ts";
import { createOperators } from "./operator.ts";
import { overviewRoute } from "./overview.ts";
import { connectRoutes, noConnectRoutes } from "./routes.ts";
import { AGENCY_SCOPES, SCOPES_NEEDED } from "./scopes.ts";
import { createTokens, type TokensOptions } from "./tokens.ts";

/** The app as it is registered in the marketplace, and what it asks for. */
export interface OAuthApp {
	readonly clientId: string;
	readonly clientSecret: string;
	/** HighLevel's consent page, with its path. */
	readonly authorizeUrl: string;
	/** Default: what the graph needs, and what an agency's token needs to mint. */
	readonly scopes?: readonly string[];
	/** Keys of 32 bytes: the first seals, all open. */
	readonly tokenKeys: readonly Uint8Array[];
	readonly timing?: TokensOptions["timing"];
	/** How long somebody may take on the consent page. */
	readonly stateTtlMs?: number;
}

export interface OAuthOptions
	extends Pick<ConnectionsOptions, "configured" | "privateToken"> {
	/** Must have OAUTH_TABLES. */
	readonly sqlite: Sqlite;
	readonly app: OAuthApp | undefined;
	/** Origin of the Contacts API. */
	readonly apiUrl: string;
	/** The gateway's address as browsers see it, without a slash at the end; asked when it is needed. */
	readonly publicUrl: () => string;
	readonly log: Logger;
	/** Epoch milliseconds. */
	now?(): number;
}

export interface OAuth {
	readonly connections: Connections;
	readonly callers: CallerTokens;
	routes(
		authenticator: Authenticator,
	): Readonly<Record<string, RequestHandler>>;
	close(): Promise<void>;
}

export const OAUTH_TABLES: readonly Tables[] = [
	TOKEN_TABLES,
	STATE_TABLES,
	CALLER_TABLES,
];

const RECOVER_EVERY_MS = 2500;

/** @throws Error when a stored token was sealed with a key that is not configured any more. */
export const createOAuth = (options: OAuthOptions): OAuth => {
	const { sqlite, app, log, publicUrl } = options;
	const now = options.now ?? Date.now;
	const callers = createCallerTokens(sqlite);
	// Without an app nothing is ever sealed or opened; the tables may still hold what an earlier start left.
	const store = createTokenStore(
		sqlite,
		createSeal(app?.tokenKeys ?? [new Uint8Array(32)]),
	);
	const redirectUri = () => `${publicUrl()}/oauth/callback`;
	const running = app && start(app);

	function start(app: OAuthApp) {
		const endpoint = createEndpoint({
			url: options.apiUrl,
			clientId: app.clientId,
			clientSecret: app.clientSecret,
			redirectUri,
			now,
		});
		const tokens = createTokens({
			store,
			endpoint,
			log,
			now,
			...(app.timing && { timing: app.timing }),
		});
		const failed = (what: string) => (err: unknown) => log.error({ err }, what);
		const resealed = store
			.reseal()
			.then((count) => {
				if (count) log.info({ count }, "tokens sealed with the new key");
			})
			.catch(failed("stored tokens cannot be opened"));
		const recover = () =>
			tokens.recover().catch(failed("a renewal could not be recovered"));
		const timer = setInterval(recover, RECOVER_EVERY_MS).unref();
		const recovered = resealed.then(recover);
		const close = async () => {
			clearInterval(timer);
			await recovered;
			await tokens.idle();
			await endpoint.close();
		};
		return { endpoint, tokens, close };
	}

	const connections = createConnections({
		configured: options.configured,
		privateToken: options.privateToken,
		store,
		oauth: running,
		scopesNeeded: app?.scopes ?? SCOPES_NEEDED,
		log,
		now,
	});

	return {
		connections,
		callers,
		routes(authenticator) {
			const operators = createOperators({ authenticator, publicUrl });
			return {
				...operators.doors,
				"/operator": overviewRoute({
					operators,
					connections,
					oauth: app !== undefined,
					now,
				}),
				...(app && running
					? connectRoutes({
							authorizeUrl: app.authorizeUrl,
							clientId: app.clientId,
							redirectUri,
							scopes: app.scopes ?? [...SCOPES_NEEDED, ...AGENCY_SCOPES],
							states: createConnectStates(sqlite),
							endpoint: running.endpoint,
							connections,
							operators,
							publicUrl,
							log,
							now,
							...(app.stateTtlMs && { stateTtlMs: app.stateTtlMs }),
						})
					: noConnectRoutes(operators)),
			};
		},
		close: async () => running?.close(),
	};
};
