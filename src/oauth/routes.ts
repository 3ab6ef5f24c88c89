/** The way to a connection and back: /oauth/connect sends the operator to HighLevel, /oauth/callback takes the answer. */
import { randomBytes } from "node:crypto";
import { fail } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { RequestHandler } from "../server/http-server.ts";
import type { RequestContext } from "../server/request-context.ts";
import type { ConnectStates } from "../store/connect-states.ts";
import {
	alreadyConnected,
	connectedPage,
	FROM_MARKETPLACE,
	NOUN,
	OUTDATED,
	REFUSED,
	unregistrable,
} from "./connect-pages.ts";
import type { Connections } from "./connections.ts";
import { cookieOf, setCookie } from "./cookies.ts";
import type { OAuthEndpoint } from "./endpoint.ts";
import { GrantRefused } from "./grant-refused.ts";
import type { Granted } from "./granted.ts";
import type { Operators } from "./operator.ts";
import { html, sendPage } from "./page.ts";

export interface ConnectOptions {
	/** HighLevel's consent page. */
	readonly authorizeUrl: string;
	readonly clientId: string;
	/** Default: the part of the client id before its first dash. */
	readonly versionId?: string | undefined;
	readonly redirectUri: () => string;
	readonly scopes: readonly string[];
	readonly states: ConnectStates;
	readonly endpoint: OAuthEndpoint;
	readonly connections: Connections;
	readonly operators: Operators;
	readonly publicUrl: () => string;
	readonly log: Logger;
	/** How long somebody may take on the consent page. Default 600,000. */
	readonly stateTtlMs?: number;
	/** Epoch milliseconds. */
	now?(): number;
}

const COOKIE = "connect";
const NONCE = /^[\w-]{43}$/;

export const connectRoutes = (
	options: ConnectOptions,
): Readonly<Record<string, RequestHandler>> => {
	const { states, endpoint, connections, operators, publicUrl, log } = options;
	const now = options.now ?? Date.now;
	const stateTtlMs = options.stateTtlMs ?? 600_000;

	const connect: RequestHandler = async (exchange) => {
		onlyGet(exchange);
		const operator = await operators.admit(exchange);
		if (!operator) return;
		exchange.notes.subject = operator.subject;
		const { req, res } = exchange;
		const page = new URL(options.authorizeUrl);
		const redirectUri = options.redirectUri();
		if (!isLoopback(page) && !isRegistrable(redirectUri))
			return sendPage(exchange, 500, unregistrable(redirectUri));
		// One per browser, so that two tabs can be under way at once.
		const known = cookieOf(req, publicUrl(), COOKIE);
		const browser = known && NONCE.test(known) ? known : nonce();
		const state = nonce();
		await states.put(
			state,
			{ browser, subject: operator.subject, expiresAt: now() + stateTtlMs },
			now(),
		);
		setCookie(res, publicUrl(), COOKIE, browser, {
			seconds: Math.ceil(stateTtlMs / 1000),
		});
		page.searchParams.set("response_type", "code");
		page.searchParams.set("client_id", options.clientId);
		// Without it the page has been seen to refuse apps that are still drafts (contract, section 8).
		if (options.versionId || !page.searchParams.has("version_id"))
			page.searchParams.set(
				"version_id",
				options.versionId ?? (options.clientId.split("-")[0] as string),
			);
		page.searchParams.set("redirect_uri", redirectUri);
		page.searchParams.set("scope", options.scopes.join(" "));
		page.searchParams.set("state", state);
		page.searchParams.set("loginWindowOpenMode", "self");
		res.writeHead(302, {
			// Spaces as the vendor's own links have them, not as forms do.
			Location: page.href.replaceAll("+", "%20"),
			"Cache-Control": "no-store",
			"Referrer-Policy": "no-referrer",
		});
		res.end();
	};

	const callback: RequestHandler = async (exchange) => {
		onlyGet(exchange);
		const { req, url, requestId } = exchange;
		const answer = url.searchParams;
		const [state = "", ...more] = answer.getAll("state");
		if (!answer.has("state") && answer.has("code")) {
			log.info({ requestId }, "an installation was begun in the marketplace");
			// Without a state it is refused like a made-up one; only the words are others.
			return sendPage(exchange, 400, FROM_MARKETPLACE);
		}
		const browser = cookieOf(req, publicUrl(), COOKIE) ?? "";
		const began =
			NONCE.test(state) && more.length === 0
				? await states.take(state, browser, now())
				: undefined;
		if (!began) {
			log.warn(
				{ requestId },
				"connection refused: state unknown, used, too old, or another browser's",
			);
			return sendPage(exchange, 400, OUTDATED);
		}
		exchange.notes.subject = began.subject;
		if (began.connected !== undefined)
			// Refused, as the link works once, but in words that do not alarm whoever only loads the page again.
			return sendPage(exchange, 400, alreadyConnected(began.connected));
		let granted: Granted;
		try {
			granted = await endpoint.exchange(answer, state);
		} catch (error) {
			if (!(error instanceof GrantRefused)) throw error;
			log.warn(
				{
					requestId,
					subject: began.subject,
					kind: error.kind,
					reason: error.message,
				},
				"connection refused",
			);
			const [status, page] = REFUSED[error.kind];
			return sendPage(exchange, status, page);
		}
		const connected = await connections.connected(granted);
		await states.done(state, {
			browser,
			subject: began.subject,
			expiresAt: now() + stateTtlMs,
			connected: `${NOUN[granted.kind]} ${granted.id}`,
		});
		sendPage(exchange, 200, connectedPage(granted, connected, options.scopes));
	};

	return { "/oauth/connect": connect, "/oauth/callback": callback };
};

/** Where OAuth is not set up, the address says so instead of being unknown. */
export const noConnectRoutes = (
	operators: Operators,
): Readonly<Record<string, RequestHandler>> => ({
	"/oauth/connect": async (exchange) => {
		if (await operators.admit(exchange))
			sendPage(exchange, 404, {
				title: "OAuth is not set up",
				body: html`<p>Set <code>OAUTH_CLIENT_ID</code> and <code>OAUTH_CLIENT_SECRET</code> and start the gateway again. <code>docs/connecting.md</code> has the steps.</p>`,
			});
	},
});

/** Of a sandbox, which takes any address of this machine. */
const isLoopback = ({ hostname }: URL): boolean =>
	["127.0.0.1", "localhost", "[::1]"].includes(hostname);

/** The marketplace registers https URLs without "highlevel" in them (contract, section 8). */
const isRegistrable = (url: string): boolean =>
	url.startsWith("https:") && !/highlevel/i.test(url);

const nonce = (): string => randomBytes(32).toString("base64url");

const onlyGet = ({ req }: RequestContext): void => {
	// A HEAD, such as a link preview's, must not spend the code.
	if (req.method === "GET") return;
	throw fail("METHOD_NOT_ALLOWED", "This address takes GET only.", {
		extensions: { allow: ["GET"] },
	});
};
