// The sandbox's side of OAuth in one handle: what tests count and order, and the routes that the gateway calls.
import { Hono } from "hono";
import type { Api, Env, Parts } from "../http/env.ts";
import { refusalAnswer } from "../http/gate.ts";
import { GrantBook, type Issued, type Tally } from "./book.ts";
import { consentPage } from "./consent.ts";
import { oauthEndpoints } from "./endpoints.ts";
import type { OAuthSettings } from "./settings.ts";

/** INSTALL and UNINSTALL, as webhooks.json has them; whoever sends webhooks listens. */
export interface InstallEvent {
	type: "INSTALL" | "UNINSTALL";
	appId: string;
	companyId?: string;
	locationId?: string;
}

export interface SandboxOAuth {
	clientId: string;
	clientSecret: string;
	/** The page a person is sent to. */
	authorizeUrl: string;
	companyId: string;
	/** Tokens without a consent page, as if it had been given before. */
	issue(
		locationId: string | "company",
		options?: { expiresInMs?: number },
	): Issued;
	tallies(): Record<string, Tally>;
	/** Of a location or the company; all zero when nothing was done with its tokens. */
	tally(id: string): Tally;
	/** Makes every access token of a location, or of the company, expire now. */
	expire(id: string): void;
	/** Takes the app away and revokes every token; sends UNINSTALL. */
	uninstall(id: string): void;
	/** Installs the app for a location without anybody's consent, as "future locations" do; sends INSTALL. */
	install(locationId: string): void;
	/** Called for each INSTALL and UNINSTALL. */
	onInstall(listener: (event: InstallEvent) => void): void;
}

/** What can be done without knowing the sandbox's address. */
export type Acts = Pick<
	SandboxOAuth,
	"tallies" | "expire" | "install" | "uninstall"
>;

export function sandboxOAuth(
	parts: Parts,
	settings: OAuthSettings,
): {
	book: GrantBook;
	appId: string;
	routes: Api;
	acts: Acts;
	handle(url: string): SandboxOAuth;
} {
	const { data } = parts;
	const book = new GrantBook(settings, {
		companyId: data.companyId,
		now: parts.settings.now,
	});
	const listeners: ((event: InstallEvent) => void)[] = [];
	const [appId = ""] = settings.clientId.split("-");
	const tell = (type: InstallEvent["type"], id: string) => {
		const event =
			id === data.companyId
				? { type, appId, companyId: id }
				: { type, appId, companyId: data.companyId, locationId: id };
		for (const listener of listeners) listener(event);
	};
	book.onInstall = (id) => tell("INSTALL", id);

	const routes: Api = new Hono<Env>();
	routes.route("/", consentPage(parts, book));
	routes.route("/", oauthEndpoints(parts, book));
	routes.onError((error, call) => refusalAnswer(call, error));
	const acts: Acts = {
		tallies: () => book.tallies(),
		expire: (id) => book.expire(id),
		uninstall(id) {
			book.uninstall(id);
			tell("UNINSTALL", id);
		},
		install: (id) => book.install(id),
	};
	return {
		book,
		appId,
		routes,
		acts,
		handle: (url) => ({
			clientId: settings.clientId,
			clientSecret: settings.clientSecret,
			authorizeUrl: `${url}/v2/oauth/chooselocation`,
			companyId: data.companyId,
			issue: (id, { expiresInMs } = {}) =>
				book.issue(
					id === "company"
						? { kind: "Company", approved: [...data.locationIds] }
						: { kind: "Location", locationId: id },
					[...settings.scopes],
					expiresInMs,
				),
			...acts,
			tally: (id) => book.tally(id),
			onInstall: (listener) => void listeners.push(listener),
		}),
	};
}
