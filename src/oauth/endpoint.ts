/** HighLevel's side of OAuth over HTTP: codes and refresh tokens for tokens, location tokens from a company's, and where the app is installed. */
import * as oauth from "oauth4webapi";
import { Agent, fetch } from "undici";
import { coerced } from "../upstream/lenient.ts";
import { oneCallEach } from "../upstream/one-call-each.ts";
import { paged, type Static, Type, usable } from "../upstream/shapes.ts";
import {
	GrantRefused,
	type TokenRequestKind,
	withoutSecrets,
} from "./grant-refused.ts";
import { type ExpectedGrant, grantedOf, type TokenGrant } from "./granted.ts";

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

export interface InstalledLocations {
	readonly ids: readonly string[];
	/** False where the list ended before its own count, or did not end. */
	readonly complete: boolean;
}

/** Everything here throws GrantRefused, and nothing that it throws holds a secret. */
export interface OAuthEndpoint {
	/** `answer` is the query string that the browser came back with, `state` what it left with. */
	exchange(answer: URLSearchParams, state: string): Promise<TokenGrant>;
	refresh(
		holder: ExpectedGrant,
		refreshToken: string,
		signal?: AbortSignal,
	): Promise<TokenGrant>;
	/** A location's token by its company's access token. */
	mint(
		companyToken: string,
		companyId: string,
		locationId: string,
	): Promise<TokenGrant>;
	/** Every location of the company where the app is installed. */
	installed(
		companyToken: string,
		companyId: string,
	): Promise<InstalledLocations>;
	/** Milliseconds until HighLevel wants the next call, after it answered 429. */
	heldForMs(): number;
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

const VERSION = "2021-07-28";
const PAGE = 100;
const MOST_PAGES = 200;
const CONNECTIONS = 16;
// [docs] The burst limits' window (contract, section 7), where a 429 does not say. Whether they count /oauth is unknown.
const USUAL_HOLD_MS = 10_000;
const LONGEST_HOLD_MS = 60_000;

export const createEndpoint = (options: EndpointOptions): OAuthEndpoint => {
	const { clientId, clientSecret, redirectUri, timeoutMs = 5000 } = options;
	const now = options.now ?? Date.now;
	const base = options.url.replace(/\/$/, "");
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

	let heldUntil = 0;

	const send = async (
		url: string,
		init: Record<string, unknown>,
		signal?: AbortSignal,
	): Promise<Response> => {
		const limit = AbortSignal.timeout(timeoutMs);
		try {
			const response = (await fetch(url, {
				...init,
				dispatcher: agent,
				redirect: "manual",
				signal: signal ? AbortSignal.any([limit, signal]) : limit,
			})) as unknown as Response;
			if (response.status === 429)
				heldUntil = Math.max(heldUntil, now() + holdOf(response));
			return response;
		} catch (error) {
			throw new GrantRefused("unavailable", undefined, withoutSecrets(error));
		}
	};
	const grantOptions = (signal?: AbortSignal) => ({
		[oauth.allowInsecureRequests]: base.startsWith("http:"),
		[oauth.customFetch]: (url: string, init: object) =>
			send(url, init as Record<string, unknown>, signal),
	});

	/** Read here and not by the library, which takes a 200 only and wants fields that nobody needs. */
	const granted = async (
		response: Response,
		request: TokenRequestKind,
		expected?: ExpectedGrant,
	): Promise<TokenGrant> => {
		if (!response.ok) throw await GrantRefused.from(response, request);
		const answer: unknown = await response.json().catch(() => undefined);
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
		if (!response.ok) throw await GrantRefused.from(response, "company");
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
			return granted(response, "code");
		},
		async refresh(holder, refreshToken, signal) {
			const response = await oauth.refreshTokenGrantRequest(
				server,
				client,
				auth,
				refreshToken,
				{
					...grantOptions(signal),
					additionalParameters: {
						user_type: holder.kind === "company" ? "Company" : "Location",
					},
				},
			);
			return granted(response, "refresh", holder);
		},
		async mint(companyToken, companyId, locationId) {
			const response = await company(companyToken, "/oauth/locationToken", {
				companyId,
				locationId,
			});
			return granted(response, "company", {
				kind: "location",
				id: locationId,
			});
		},
		async installed(companyToken, companyId) {
			const [appId = ""] = clientId.split("-");
			const seen = new Set<string>();
			const ids: string[] = [];
			// A page may be shorter than requested without being the last (the largest is unknown), so only an empty
			// one, or the count, ends the list; and one that brings nothing new, where `skip` is not understood.
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
				const found = coerced(
					InstalledAnswer,
					await response.json().catch(() => undefined),
					() => {},
				);
				if (!found)
					throw new GrantRefused(
						"unreadable",
						response.status,
						"not a list of locations",
					);
				const { locations, count } = found.answer as Static<
					typeof InstalledAnswer
				>;
				const fresh = usable(locations).filter(({ _id }) => !seen.has(_id));
				for (const { _id, isInstalled } of fresh) {
					seen.add(_id);
					if (isInstalled !== false) ids.push(_id);
				}
				skip += locations.length;
				// A row without an id is a location that nobody can name: the list is not complete without it.
				if (count !== undefined && skip >= count)
					return { ids, complete: seen.size >= count };
				if (locations.length === 0)
					return { ids, complete: count === undefined && seen.size === skip };
				if (fresh.length === 0) break;
			}
			return { ids, complete: false };
		},
		heldForMs: () => Math.max(0, heldUntil - now()),
		close: () => agent.close(),
	};
};

const holdOf = ({ headers }: Response): number => {
	const intervalMs = Number(headers.get("x-ratelimit-interval-milliseconds"));
	return intervalMs > 0 ? Math.min(intervalMs, LONGEST_HOLD_MS) : USUAL_HOLD_MS;
};
