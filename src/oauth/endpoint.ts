/** HighLevel's side of OAuth over HTTP: codes and refresh tokens for tokens, location tokens from a company's, and where the app is installed. */
import * as oauth from "oauth4webapi";
import Type from "typebox";
import { Compile } from "typebox/compile";
import { Agent, fetch } from "undici";
import { coerced } from "../upstream/lenient.ts";
import { oneCallEach } from "../upstream/one-call-each.ts";
import { paged } from "../upstream/shapes.ts";
import { GrantRefused, secretless } from "./grant-refused.ts";
import { type Expected, type Granted, grantedOf } from "./granted.ts";

export interface EndpointOptions {
	/** Origin of the Contacts API, whose `/oauth` paths are used. */
	readonly url: string;
	readonly clientId: string;
	readonly clientSecret: string;
	/** Registered with the app; repeated when a code is exchanged. */
	readonly redirectUri: () => string;
	/** Longest wait for one answer. Default 5,000. */
	readonly timeoutMs?: number;
	/** Epoch milliseconds. */
	now?(): number;
}

/** Everything here throws GrantRefused, and nothing that it throws holds a secret. */
export interface OAuthEndpoint {
	/** `answer` is the query string that the browser came back with, `state` what it left with. */
	exchange(answer: URLSearchParams, state: string): Promise<Granted>;
	refresh(
		kind: "location" | "company",
		refreshToken: string,
		signal?: AbortSignal,
	): Promise<Granted>;
	/** A location's token by its company's access token. */
	mint(
		companyToken: string,
		companyId: string,
		locationId: string,
	): Promise<Granted>;
	/** Every location of the company where the app is installed. */
	installed(companyToken: string, companyId: string): Promise<string[]>;
	close(): Promise<void>;
}

const InstalledAnswer = Type.Object({
	locations: paged(
		Type.Object({
			_id: Type.String({ minLength: 1 }),
			isInstalled: Type.Optional(Type.Boolean()),
		}),
	),
	count: Type.Optional(Type.Number()),
});
const installedAnswer = Compile(InstalledAnswer);

const VERSION = "2021-07-28";
const PAGE = 100;
const MOST_PAGES = 200;
const CONNECTIONS = 16;

export const createEndpoint = (options: EndpointOptions): OAuthEndpoint => {
	const { clientId, clientSecret, redirectUri, timeoutMs = 5000 } = options;
	const now = options.now ?? Date.now;
	const base = options.url.replace(/\/$/, "");
	// A refresh token is good for one use: a session of HTTP/2 that ends must not take many along.
	// A refresh token is good for one use, so a connection that ends must not take many along.
	const agent = new Agent({
		...oneCallEach(timeoutMs),
		connections: CONNECTIONS,
	});
	// Written by hand: HighLevel publishes no metadata, and needs none for these grants.
	const server: oauth.AuthorizationServer = {
		issuer: new URL(base).origin,
		token_endpoint: `${base}/oauth/token`,
	};
	const client: oauth.Client = { client_id: clientId };
	const auth = oauth.ClientSecretPost(clientSecret);

	const send = async (
		url: string,
		init: Record<string, unknown>,
		signal?: AbortSignal,
	): Promise<Response> => {
		const limit = AbortSignal.timeout(timeoutMs);
		try {
			return (await fetch(url, {
				...init,
				dispatcher: agent,
				redirect: "manual",
				signal: signal ? AbortSignal.any([limit, signal]) : limit,
			})) as unknown as Response;
		} catch (error) {
			throw new GrantRefused("unavailable", undefined, secretless(error));
		}
	};
	const grantOptions = (signal?: AbortSignal) => ({
		[oauth.allowInsecureRequests]: base.startsWith("http:"),
		[oauth.customFetch]: (url: string, init: object) =>
			send(url, init as Record<string, unknown>, signal),
	});

	/** The library checks what OAuth says of the answer; the rest of it is HighLevel's own. */
	const granted = async (
		response: Response,
		process: (response: Response) => Promise<unknown>,
		expected: Expected,
	): Promise<Granted> => {
		if (!response.ok) throw await GrantRefused.from(response);
		let answer: unknown;
		try {
			answer = await process(response);
		} catch {
			// The library's error holds the whole answer, tokens and all.
			throw new GrantRefused(
				"unreadable",
				response.status,
				"not a token answer",
			);
		}
		return grantedOf(answer, expected, response.status, now());
	};

	const company = async (
		companyToken: string,
		path: string,
		form?: Record<string, string>,
	): Promise<Response> => {
		const response = await send(`${base}${path}`, {
			method: form ? "POST" : "GET",
			headers: {
				authorization: `Bearer ${companyToken}`,
				version: VERSION,
				accept: "application/json",
				...(form && { "content-type": "application/x-www-form-urlencoded" }),
			},
			...(form && { body: new URLSearchParams(form).toString() }),
		});
		if (!response.ok) throw await GrantRefused.from(response);
		return response;
	};

	return {
		async exchange(answer, state) {
			let checked: URLSearchParams;
			try {
				checked = oauth.validateAuthResponse(server, client, answer, state);
			} catch (error) {
				const denied =
					error instanceof oauth.AuthorizationResponseError &&
					error.error === "access_denied";
				throw new GrantRefused(
					denied ? "denied" : "grant",
					undefined,
					denied ? "consent was denied" : "the answer has no code in it",
				);
			}
			const response = await oauth.authorizationCodeGrantRequest(
				server,
				client,
				auth,
				checked,
				redirectUri(),
				// Whether HighLevel knows PKCE is unknown (contract, section 8); the client is confidential.
				oauth.nopkce,
				{ ...grantOptions(), additionalParameters: { user_type: "Location" } },
			);
			return granted(
				response,
				(one) => oauth.processAuthorizationCodeResponse(server, client, one),
				{ kind: undefined },
			);
		},
		async refresh(kind, refreshToken, signal) {
			const response = await oauth.refreshTokenGrantRequest(
				server,
				client,
				auth,
				refreshToken,
				{
					...grantOptions(signal),
					additionalParameters: {
						user_type: kind === "company" ? "Company" : "Location",
					},
				},
			);
			return granted(
				response,
				(one) => oauth.processRefreshTokenResponse(server, client, one),
				{ kind },
			);
		},
		async mint(companyToken, companyId, locationId) {
			const response = await company(companyToken, "/oauth/locationToken", {
				companyId,
				locationId,
			});
			return granted(response, (one) => one.json(), {
				kind: "location",
				id: locationId,
			});
		},
		async installed(companyToken, companyId) {
			const [appId = ""] = clientId.split("-");
			const found: string[] = [];
			// A page may be shorter than was asked for without being the last (the largest is unknown), so only an empty
			// one, or the count, ends the list.
			for (let page = 0, skip = 0; page < MOST_PAGES; page++) {
				const query = new URLSearchParams({
					companyId,
					appId,
					isInstalled: "true",
					skip: String(skip),
					limit: String(PAGE),
				});
				const response = await company(
					companyToken,
					`/oauth/installedLocations?${query}`,
				);
				const answer = coerced(
					InstalledAnswer,
					await response.json().catch(() => undefined),
					() => {},
				)?.answer;
				if (!installedAnswer.Check(answer))
					throw new GrantRefused(
						"unreadable",
						response.status,
						"not a list of locations",
					);
				for (const row of answer.locations)
					if (row && row.isInstalled !== false) found.push(row._id);
				skip += answer.locations.length;
				if (answer.locations.length === 0) break;
				if (answer.count !== undefined && skip >= answer.count) break;
			}
			return found;
		},
		close: () => agent.close(),
	};
};
