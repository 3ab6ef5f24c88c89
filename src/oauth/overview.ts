/** The operators' page: every connection, how it is doing, and what to click when it is not doing well. */
import type { RequestHandler } from "../server/http-server.ts";
import type { Connections } from "./connections.ts";
import type { Operators } from "./operator.ts";
import { type Html, html, sendPage } from "./page.ts";
import type { Connection, ConnectionState } from "./status.ts";

export interface OverviewOptions {
	readonly operators: Operators;
	readonly connections: Connections;
	/** Whether there is a way to connect. */
	readonly oauth: boolean;
	/** Epoch milliseconds. */
	now?(): number;
}

/** More rows would make the page slow; those that need somebody come first. */
const MOST_ROWS = 500;

export const overviewRoute =
	({
		operators,
		connections,
		oauth,
		now = Date.now,
	}: OverviewOptions): RequestHandler =>
	async (exchange) => {
		if (!(await operators.admit(exchange))) return;
		const all = connections
			.list()
			.sort((a, b) => ORDER[a.state] - ORDER[b.state]);
		const count = (state: ConnectionState) =>
			all.filter((one) => one.state === state).length;
		const bad = count("reconnect");
		const failing = count("failing");
		const tone = bad ? "bad" : failing ? "mixed" : "good";
		sendPage(exchange, 200, {
			title: "Connections",
			...(all.length ? { tone } : {}),
			body: html`<p>${all.length} connections${bad ? `, ${bad} to be made again` : ""}${failing ? `, ${failing} failing` : ""}.</p>
${all.length ? table(all.slice(0, MOST_ROWS), now(), oauth) : html``}
${all.length > MOST_ROWS ? html`<p class="soft">The first ${MOST_ROWS} are shown; the query <code>connections</code> has them all.</p>` : html``}
<form method="post" action="/operator/sign-out">${
				oauth
					? html`<a class="button" href="/oauth/connect">Connect a location or agency</a>`
					: html``
			}<button>Sign out</button></form>`,
		});
	};

const ORDER: Record<ConnectionState, number> = {
	reconnect: 0,
	failing: 1,
	connected: 2,
	waiting: 3,
};

const DOES: Record<ConnectionState, string> = {
	reconnect: "only a person can mend it",
	failing: "tried again by itself",
	connected: "",
	waiting: "not used yet",
};

const KINDS: Record<Connection["kind"], string> = {
	private: "private token",
	location: "OAuth",
	agency: "OAuth, agency",
	minted: "through its agency",
};

const table = (
	all: readonly Connection[],
	now: number,
	oauth: boolean,
): Html => html`<table>
<thead><tr><th>Location</th><th>State</th><th>Token</th><th>Refreshed</th><th>Webhook</th><th>Scopes</th><th>Last error</th></tr></thead>
<tbody>
${all.map(
	(one) => html`<tr>
<td data-of="Location"><code>${one.locationId ?? one.companyId}</code><br><small>${KINDS[one.kind]}</small></td>
<td data-of="State"><span class="state ${one.state}">${one.state}</span>${
		oauth && one.kind !== "private" && one.state === "reconnect"
			? html`<br><a href="/oauth/connect">connect again</a>`
			: html``
	}<br><small>${one.kind === "private" ? "" : DOES[one.state]}</small></td>
<td data-of="Token" class="number">${one.tokenAt === undefined ? "-" : `${ago(one.tokenAt, now)} old`}<br><small>${one.expiresAt === undefined ? "" : one.expiresAt > now ? `${ago(now, one.expiresAt)} left` : "ended"}</small></td>
<td data-of="Refreshed" class="number">${one.refreshedAt === undefined ? "-" : `${ago(one.refreshedAt, now)} ago`}</td>
<td data-of="Webhook" class="number">${one.webhookAt === undefined ? "-" : `${ago(one.webhookAt, now)} ago`}</td>
<td data-of="Scopes">${one.scopes === undefined ? html`<small>not told</small>` : one.missingScopes.length ? html`missing <code>${one.missingScopes.join(" ")}</code>` : html`<small>${one.kind === "agency" ? "" : "all "}${one.scopes.length}</small>`}</td>
<td data-of="Last error">${one.error === undefined ? "-" : html`${one.error}<br><small>${ago(one.errorAt ?? now, now)} ago</small>`}</td>
</tr>
`,
)}</tbody>
</table>`;

const UNITS: readonly (readonly [number, string])[] = [
	[86_400_000, "d"],
	[3_600_000, "h"],
	[60_000, "min"],
	[1000, "s"],
];

const ago = (from: number, to: number): string => {
	const ms = Math.max(0, to - from);
	const [size, name] = UNITS.find(([unit]) => ms >= unit) ?? [1000, "s"];
	return `${Math.floor(ms / size)} ${name}`;
};
