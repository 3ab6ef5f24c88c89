/** The way to a connection and back: /oauth/connect sends the operator to HighLevel, /oauth/callback takes the answer. */
import { randomBytes } from "node:crypto";
import { fail } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { RequestHandler } from "../server/http-server.ts";
import type { RequestContext } from "../server/request-context.ts";
import type { ConnectStates } from "../store/connect-states.ts";
import type { Connections } from "./connections.ts";
import { cookieOf, setCookie } from "./cookies.ts";
import type { OAuthEndpoint } from "./endpoint.ts";
import { GrantRefused, type RefusalKind } from "./grant-refused.ts";
import type { Granted } from "./granted.ts";
import type { Operators } from "./operator.ts";
import { type Html, html, type Page, sendPage } from "./page.ts";

export interface ConnectOptions {
	/** HighLevel's consent page. */
	readonly authorizeUrl: string;
	readonly clientId: string;
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
		const page = new URL(options.authorizeUrl);
		page.searchParams.set("response_type", "code");
		page.searchParams.set("client_id", options.clientId);
		page.searchParams.set("redirect_uri", options.redirectUri());
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
		const browser = cookieOf(req, publicUrl(), COOKIE);
		const began =
			NONCE.test(state) && more.length === 0
				? await states.take(state, browser ?? "", now())
				: undefined;
		if (!began) {
			log.warn(
				{ requestId },
				"connection refused: state unknown, used, too old, or another browser's",
			);
			return sendPage(exchange, 400, OUTDATED);
		}
		exchange.notes.subject = began.subject;
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
		const locations = await connections.connected(granted);
		sendPage(exchange, 200, connectedPage(granted, locations, options.scopes));
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

const nonce = (): string => randomBytes(32).toString("base64url");

const onlyGet = ({ req }: RequestContext): void => {
	// A HEAD, such as a link preview's, must not spend the code.
	if (req.method === "GET") return;
	throw fail("METHOD_NOT_ALLOWED", "This address takes GET only.", {
		extensions: { allow: ["GET"] },
	});
};

const AGAIN = html`<p><a class="button" href="/oauth/connect">Start again</a><a class="button" href="/operator">Connections</a></p>`;

const problem = (title: string, text: Html): Page => ({
	title,
	tone: "bad",
	body: html`${text}<p>Nothing was stored.</p>${AGAIN}`,
});

const OUTDATED = problem(
	"This link is not valid any more",
	html`<p>It was used before, it is too old, or it was begun in another browser.</p>`,
);

const UNREADABLE: readonly [number, Page] = [
	502,
	problem(
		"HighLevel gave an unexpected answer",
		html`<p>The gateway's log has the details. Try again; if it stays so, HighLevel's API has changed.</p>`,
	),
];

const REFUSED: Record<RefusalKind, readonly [number, Page]> = {
	denied: [
		400,
		problem(
			"Not connected",
			html`<p>Access was denied on HighLevel's page.</p>`,
		),
	],
	grant: [
		400,
		problem(
			"The code was not accepted",
			html`<p>HighLevel says that it is used or expired. It lives for a short time only.</p>`,
		),
	],
	client: [
		502,
		problem(
			"HighLevel does not know this gateway",
			html`<p>The client id or the client secret is wrong. Compare <code>OAUTH_CLIENT_ID</code> and <code>OAUTH_CLIENT_SECRET</code> with the app's settings in the marketplace.</p>`,
		),
	],
	inactive: [
		400,
		problem(
			"The location is suspended",
			html`<p>HighLevel gives no tokens for a location that is not active.</p>`,
		),
	],
	unavailable: [
		503,
		problem(
			"HighLevel did not answer",
			html`<p>Its token endpoint cannot be reached now. Try again in a minute.</p>`,
		),
	],
	token: UNREADABLE,
	unreadable: UNREADABLE,
};

const connectedPage = (
	granted: Granted,
	locations: readonly string[],
	needed: readonly string[],
): Page => {
	const missing =
		granted.kind === "location"
			? needed.filter(
					(scope) =>
						!scope.startsWith("oauth.") && !granted.scopes.includes(scope),
				)
			: [];
	return {
		title:
			granted.kind === "company" ? "Agency connected" : "Location connected",
		tone: "good",
		body: html`${
			granted.kind === "company"
				? html`<p>The agency <code>${granted.id}</code> and <b>${locations.length}</b> of its locations are served from now on.</p>`
				: html`<p>The location <code>${granted.id}</code> is served from now on.</p>`
		}${
			missing.length
				? html`<p>These scopes were not granted; what needs them will fail: <code>${missing.join(" ")}</code></p>`
				: html``
		}<p><a class="button" href="/operator">Connections</a></p>`,
	};
};
