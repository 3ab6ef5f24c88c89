/** All of OAuth, put together: the store, the tokens, the routes to connect, and revoked tokens of callers. */
import type { Authenticator } from "../auth/authenticator.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { RequestHandler } from "../server/http-server.ts";
import type { CallerTokens } from "../store/caller-tokens.ts";
import { createSeal } from "../store/seal.ts";
import type { Store } from "../store/store.ts";
import {
	type Connections,
	type ConnectionsOptions,
	createConnections,
} from "./connections.ts";
import { createEndpoint } from "./endpoint.ts";
import { createInstalled } from "./installed.ts";
import { createOperators } from "./operator.ts";
import { overviewRoute } from "./overview.ts";
import { connectRoutes, noConnectRoutes } from "./routes.ts";
import { AGENCY_SCOPES, SCOPES_NEEDED } from "./scopes.ts";
import { createTokens, type Tokens, type TokensOptions } from "./tokens.ts";

/** The app as it is registered in the marketplace, and what it asks for. */
export interface OAuthApp {
	readonly clientId: string;
	readonly clientSecret: string;
	/** HighLevel's consent page, with its path, and a query if it needs one. */
	readonly authorizeUrl: string;
	/** Which version of the app is asked for. Default: the part of the client id before its first dash. */
	readonly versionId?: string;
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
	readonly store: Pick<
		Store,
		"callers" | "connectStates" | "installedLists" | "tokens"
	>;
	readonly app: OAuthApp | undefined;
	/** Origin of the Contacts API. */
	readonly apiUrl: string;
	/** The gateway's address as browsers see it, without a slash at the end; asked when it is needed. */
	readonly publicUrl: () => string;
	readonly log: Logger;
	/** Default: the system's. */
	readonly clock?: Clock;
}

export interface OAuth {
	readonly connections: Connections;
	readonly callers: CallerTokens;
	routes(
		authenticator: Authenticator,
	): Readonly<Record<string, RequestHandler>>;
	close(): Promise<void>;
}

const TEND_EVERY_MS = 2500;

/** @throws Error when a stored token was sealed with a key that is not configured any more. */
export const createOAuth = (options: OAuthOptions): OAuth => {
	const { app, log, publicUrl } = options;
	const clock = options.clock ?? systemClock;
	const now = () => Math.floor(clock.epoch());
	const { callers } = options.store;
	// Without an app nothing is ever sealed or opened; the tables may still hold what an earlier start left.
	const store = options.store.tokens(
		createSeal(app?.tokenKeys ?? [new Uint8Array(32)]),
	);
	const redirectUri = () => `${publicUrl()}/oauth/callback`;
	const failed = (what: string) => (err: unknown) => log.error({ err }, what);
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
		const resealed = store
			.reseal()
			.then((count) => {
				if (count) log.info({ count }, "tokens sealed with the new key");
			})
			.catch(failed("stored tokens cannot be opened"));
		const lists = options.store.installedLists;
		const installed = createInstalled({
			store,
			lists,
			endpoint,
			tokens,
			log,
			now,
		});
		return { endpoint, tokens, lists, installed, resealed };
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

	/** What heals by itself does so here: nobody need ask for it. */
	const tend = async (tokens: Tokens): Promise<void> => {
		await Promise.all([
			tokens.recover().catch(failed("a renewal could not be recovered")),
			connections.tend().catch(failed("connections could not be tended")),
		]);
	};
	const tending =
		running &&
		startTending(clock, async () => {
			await running.resealed;
			await tend(running.tokens);
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
							versionId: app.versionId,
							redirectUri,
							scopes: app.scopes ?? [...SCOPES_NEEDED, ...AGENCY_SCOPES],
							states: options.store.connectStates,
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
		async close() {
			const closed = running?.tokens.close();
			await tending?.stop();
			await closed;
			await running?.endpoint.close();
		},
	};
};

/** Once now, then again a while after each time it was done. */
const startTending = (clock: Clock, tend: () => Promise<void>) => {
	let stopped = false;
	let callOff = () => {};
	const next = async (): Promise<void> => {
		await tend();
		if (stopped) return;
		callOff = clock.after(TEND_EVERY_MS, () => {
			turn = next();
		});
	};
	let turn = next();
	return {
		async stop() {
			stopped = true;
			callOff();
			await turn;
		},
	};
};
