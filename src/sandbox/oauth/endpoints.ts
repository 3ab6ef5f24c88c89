// The OAuth calls a server makes: exchange and refresh, location tokens from a company's, and where the app is installed.
import { Hono, type MiddlewareHandler } from "hono";
import type { Api, Call, Env, Parts } from "../http/env.ts";
import { Refusal, unprocessable } from "../http/errors.ts";
import type { GrantBook, Issued } from "./book.ts";
import type { OAuthSettings } from "./settings.ts";

export function oauthEndpoints(parts: Parts, book: GrantBook): Api {
	const app: Api = new Hono<Env>();
	const { data } = parts;
	const { settings } = book;
	const { now } = parts.settings;

	const limited = limiter(settings.rateLimit, now);
	for (const path of ["token", "locationToken", "installedLocations"])
		app.use(`/oauth/${path}`, limited);

	const measured = settings.answers === "measured";

	/** Refresh token included, which the v2 spec leaves out for minted tokens (contract, section 8). */
	const answerOf = ({ grant, scopes, accessToken, refreshToken }: Issued) => ({
		access_token: accessToken,
		token_type: "Bearer",
		expires_in: Math.floor(settings.accessTtlMs / 1000),
		refresh_token: refreshToken,
		scope: (grant.kind === "Company" && measured
			? withoutOAuth(scopes)
			: scopes
		).join(" "),
		userType: grant.kind,
		companyId: data.companyId,
		userId: "sandbox-user",
		...(grant.kind === "Location"
			? { locationId: grant.locationId, isBulkInstallation: false }
			: {
					isBulkInstallation: true,
					...(!measured && {
						approvedLocations: grant.approved,
						approveAllLocations:
							grant.approved.length === data.locationIds.length,
						installToFutureLocations: true,
					}),
				}),
	});

	app.post("/oauth/token", async (call) => {
		const form = await formOf(call);
		const clientId = required(form, "client_id");
		const secret = required(form, "client_secret");
		const grantType = required(form, "grant_type");
		if (measured && grantType === "authorization_code")
			book.checkCode(required(form, "code"));
		if (clientId !== settings.clientId || secret !== settings.clientSecret)
			throw new Refusal(401, "Invalid client: client is invalid", {
				error: "invalid_client",
				error_description: "Invalid client: client is invalid",
			});
		const userType = form.get("user_type");
		if (userType !== null && !["Company", "Location"].includes(userType))
			throw unprocessable(
				"user_type must be one of the following values: Company, Location",
			);
		if (grantType === "authorization_code")
			return call.json(
				answerOf(
					book.exchange(
						required(form, "code"),
						clientId,
						form.get("redirect_uri") ?? undefined,
					),
				),
			);
		if (grantType === "refresh_token")
			return call.json(answerOf(book.renew(required(form, "refresh_token"))));
		throw unprocessable(
			"grant_type must be one of the following values: authorization_code, refresh_token, client_credentials",
		);
	});

	const company = (call: Call, scope: string): string[] => {
		if (!call.req.header("version"))
			throw new Refusal(401, "version header was not found.");
		const [, token = ""] =
			/^Bearer (.+)$/i.exec(call.req.header("authorization") ?? "") ?? [];
		const { grant, scopes } = book.bearer(token);
		if (grant.kind !== "Company")
			throw new Refusal(401, "The token is not authorized for this scope.");
		if (!measured && !scopes.includes(scope))
			throw new Refusal(401, "The token is not authorized for this scope.");
		return [...scopes];
	};

	app.post("/oauth/locationToken", async (call) => {
		const scopes = company(call, "oauth.write");
		const form = await formOf(call);
		const locationId = required(form, "locationId");
		if (required(form, "companyId") !== data.companyId)
			throw new Refusal(403, "The token does not have access to this company.");
		const own = withoutOAuth(scopes);
		if (!measured) return call.json(answerOf(book.mint(locationId, own)));
		const answer = answerOf(
			book.mint(locationId, [...own, "oauth.readonly", "oauth.write"]),
		);
		return call.json({ ...answer, expires_in: answer.expires_in + 1 }, 201);
	});

	app.get("/oauth/installedLocations", (call) => {
		company(call, "oauth.readonly");
		const { companyId, appId, skip = "0", limit = "20" } = call.req.query();
		if (!companyId || !appId)
			throw unprocessable(
				"companyId should not be empty, appId should not be empty",
			);
		const [registered = ""] = settings.clientId.split("-");
		if (appId !== registered || companyId !== data.companyId)
			return call.json({
				locations: [],
				count: 0,
				installToFutureLocations: true,
			});
		const wanted = call.req.query("isInstalled");
		const rows = data.locationIds
			.map((id, index) => {
				const at = book.installedAt(id);
				return {
					_id: id,
					name: `Sandbox location ${index + 1}`,
					address: "233 S Wacker Dr",
					isInstalled: at !== undefined,
					...(at !== undefined && { installedAt: new Date(at).toISOString() }),
				};
			})
			.filter(
				({ isInstalled }) =>
					wanted === undefined || String(isInstalled) === wanted,
			);
		return call.json({
			locations: rows.slice(Number(skip), Number(skip) + Number(limit)),
			count: rows.length,
			installToFutureLocations: true,
		});
	});
	return app;
}

/** A sliding window; a refused call costs nothing. */
function limiter(
	limit: OAuthSettings["rateLimit"],
	now: () => number,
): MiddlewareHandler<Env> {
	let taken: number[] = [];
	return async (call, next) => {
		if (limit === "off") return next();
		taken = taken.filter((at) => at > now() - limit.intervalMs);
		if (taken.length >= limit.burst)
			return call.json({ statusCode: 429, message: "Too Many Requests" }, 429);
		taken.push(now());
		return next();
	};
}

const withoutOAuth = (scopes: readonly string[]): string[] =>
	scopes.filter((scope) => !scope.startsWith("oauth."));

async function formOf(call: Call): Promise<URLSearchParams> {
	const type = call.req.header("content-type") ?? "";
	// [spec] both POSTs are form-encoded; whatever else comes has no fields in it.
	if (!type.startsWith("application/x-www-form-urlencoded"))
		return new URLSearchParams();
	return new URLSearchParams(await call.req.text());
}

function required(form: URLSearchParams, name: string): string {
	const value = form.get(name);
	if (!value)
		throw unprocessable(
			`${name} should not be empty`,
			`${name} must be a string`,
		);
	return value;
}
