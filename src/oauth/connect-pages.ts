/** Every page that a consent may end on: what happened, and what to do. */
import type { Connected } from "./connections.ts";
import type { RefusalKind } from "./grant-refused.ts";
import type { TokenGrant } from "./granted.ts";
import { type Html, html, type Page } from "./page.ts";

export const invalidRedirectPage = (redirectUri: string): Page => ({
	title: "HighLevel would not send you back here",
	tone: "bad",
	body: html`<p>Its apps register redirect URLs that begin with <code>https://</code> and do not contain "highlevel". This gateway's is <code>${redirectUri}</code>.</p><p>Set <code>PUBLIC_URL</code> to the address under which browsers reach the gateway, register <code>PUBLIC_URL/oauth/callback</code> with the app, and start again.</p>`,
});

const AGAIN = html`<p><a class="button" href="/oauth/connect">Start again</a><a class="button" href="/operator">Connections</a></p>`;

const problem = (title: string, text: Html): Page => ({
	title,
	tone: "bad",
	body: html`${text}<p>Nothing was stored.</p>${AGAIN}`,
});

export const FROM_MARKETPLACE: Page = {
	title: "One more click",
	body: html`<p>This installation was begun in the marketplace. The gateway accepts only installations that are started here, so that nobody can connect their own account by a link: the code in this link was not used.</p><p>Connect here, and choose the same location or agency on HighLevel's page.</p><p><a class="button" href="/oauth/connect">Connect</a></p>`,
};

export const CONNECTION_NOUNS: Record<TokenGrant["kind"], string> = {
	company: "agency",
	location: "location",
};

export const alreadyConnected = (what: string): Page => ({
	title: "Already connected",
	tone: "good",
	body: html`<p>This link has connected the <code>${what}</code>. It works once; loading the page again has changed nothing.</p><p><a class="button" href="/operator">Connections</a></p>`,
});

export const EXPIRED_STATE_PAGE = problem(
	"This link is not valid any more",
	html`<p>It is older than ten minutes, it was used before and led to nothing, or it was begun in another browser.</p>`,
);

const UNREADABLE: readonly [number, Page] = [
	502,
	problem(
		"HighLevel gave an unexpected answer",
		html`<p>The gateway's log has the details. Try again; if it stays so, HighLevel's API has changed.</p>`,
	),
];

export const REFUSAL_PAGES: Record<RefusalKind, readonly [number, Page]> = {
	denied: [
		400,
		problem(
			"Not connected",
			html`<p>Access was denied on HighLevel's page. Whoever may install apps there has to agree.</p>`,
		),
	],
	grant: [
		400,
		problem(
			"The code was not accepted",
			html`<p>HighLevel says that the code it sent along is used or expired; it lives for a short time only. Start again and go on without a break.</p>`,
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
			html`<p>HighLevel gives no tokens for a location that is not active. Have its agency activate it, then start again.</p>`,
		),
	],
	unavailable: [
		503,
		problem(
			"HighLevel did not answer",
			html`<p>Its token endpoint cannot be used now. Try again in a minute.</p>`,
		),
	],
	token: UNREADABLE,
	unreadable: UNREADABLE,
};

export const connectedPage = (
	granted: TokenGrant,
	{ locations, unlisted }: Connected,
	needed: readonly string[],
): Page => {
	const { kind, scopes } = granted;
	const missing =
		kind === "location" && scopes
			? needed.filter(
					(scope) => !scope.startsWith("oauth.") && !scopes.includes(scope),
				)
			: [];
	return {
		title:
			granted.kind === "company" ? "Agency connected" : "Location connected",
		tone: unlisted === undefined && missing.length === 0 ? "good" : "mixed",
		body: html`${
			granted.kind === "company"
				? html`<p>The agency <code>${granted.id}</code> and <b>${locations}</b> of its locations are served from now on.</p>${unlisted === undefined ? html`` : html`<p>HighLevel did not list its locations: ${unlisted}. The gateway asks again by itself; Connections shows the agency as failing until it has them.</p>`}`
				: html`<p>The location <code>${granted.id}</code> is served from now on.</p>`
		}${
			missing.length
				? html`<p>These scopes were not granted; what needs them will fail: <code>${missing.join(" ")}</code></p>`
				: html``
		}<p><a class="button" href="/operator">Connections</a></p>`,
	};
};
