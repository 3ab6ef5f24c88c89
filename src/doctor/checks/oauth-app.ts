/** Whether the marketplace knows the app as the settings name it: consent page, redirect URL, and the endpoint for tokens. */
import type { OAuthConfig } from "../../config/credentials.ts";
import { AGENCY_SCOPES, SCOPES_NEEDED } from "../../oauth/scopes.ts";
import { type Api, NoAnswer } from "../api.ts";
import type { Check, Verdict } from "../check.ts";
import { objectOf } from "../sample.ts";

export const oauthApp: Check = {
	name: "OAuth app",
	calls: 3,
	async run({ api, config }) {
		const oauth =
			config.upstream.kind === "api" ? config.upstream.oauth : undefined;
		if (!oauth) return [];
		return [
			...(await consent(api, oauth, config.publicUrl)),
			await endpoint(api, oauth),
		];
	},
};

const consent = async (
	api: Api,
	oauth: OAuthConfig,
	publicUrl: string | undefined,
): Promise<Verdict[]> => {
	if (publicUrl === undefined)
		return [
			{
				level: "problem",
				saw: "PUBLIC_URL is not set, so there is no redirect URL that the app could know.",
				set: "Set PUBLIC_URL to the https address under which browsers reach the gateway, and register PUBLIC_URL/oauth/callback with the app.",
			},
		];
	const redirectUri = `${publicUrl}/oauth/callback`;
	// The part before the first dash is the version of an app (contract, section 8).
	const versionId = oauth.versionId ?? oauth.clientId.split("-")[0] ?? "";
	const bare = consentUrl(oauth, redirectUri);
	const whole = new URL(bare);
	whole.searchParams.set("version_id", versionId);
	const asked = await page(api, whole);
	const fault = asked.fault && faultOf(asked.fault, redirectUri);
	if (fault) return [fault];
	const verdicts: Verdict[] = [
		{
			level: "good",
			saw: `The consent page takes the client id and the redirect URL ${redirectUri}, as far as its answer tells (${asked.status}).`,
			means:
				"What the marketplace says only to a browser, connecting one location tells.",
		},
	];
	const published = await page(api, bare);
	if (/noversionid/i.test(published.fault ?? ""))
		verdicts.push({
			level: "warning",
			saw: "The app is a draft: it has no published version (error.noversionid without a version).",
			means: `It is installed only where consent names its version, here ${versionId}.`,
			set: "Publish a version of the app in the developer portal before customers install it from the marketplace.",
		});
	return verdicts;
};

const consentUrl = (
	{ authorizeUrl, clientId, scopes }: OAuthConfig,
	redirectUri: string,
): URL => {
	const url = new URL(authorizeUrl);
	for (const [name, value] of Object.entries({
		response_type: "code",
		client_id: clientId,
		redirect_uri: redirectUri,
		scope: (scopes ?? [...SCOPES_NEEDED, ...AGENCY_SCOPES]).join(" "),
	}))
		url.searchParams.set(name, value);
	return url;
};

/** Its fault is told in the page or in where it sends the browser. */
const page = async (
	api: Api,
	url: URL,
): Promise<{ status: number; fault: string | undefined }> => {
	const { status, location, text } = await api.page(url);
	const told =
		/error[.=]\w+/i.exec(location)?.[0] ??
		/error\.noversionid/i.exec(text)?.[0];
	return {
		status,
		fault: told ?? (status >= 400 ? `${status} ${wordsOf(text)}` : undefined),
	};
};

const wordsOf = (html: string): string =>
	html
		.replace(/<(style|script)[\s\S]*?<\/\1>/g, " ")
		.replace(/<[^>]*>/g, " ")
		.replace(/\s+/g, " ")
		.trim()
		.slice(0, 200);

const faultOf = (words: string, redirectUri: string): Verdict => {
	const saw = `The consent page refuses the app: ${words}`;
	if (/noversionid/i.test(words))
		return {
			level: "problem",
			saw,
			means: "The app has no version of that id.",
			set: "Set OAUTH_VERSION_ID to the version that the developer portal shows; left out, it is what stands before the first dash of OAUTH_CLIENT_ID.",
		};
	if (/redirect/i.test(words))
		return {
			level: "problem",
			saw,
			means: `The app does not know the redirect URL ${redirectUri}.`,
			set: "Register it with the app in the developer portal, or correct PUBLIC_URL: both must agree to the letter.",
		};
	if (/scope/i.test(words))
		return {
			level: "problem",
			saw,
			set: "Add the scope to the app, or set OAUTH_SCOPES to those it may ask for.",
		};
	return {
		level: "problem",
		saw,
		set: "Compare OAUTH_CLIENT_ID and OAUTH_AUTHORIZE_URL with the developer portal.",
	};
};

/** A code that nobody was given is refused, most often before the client is looked at; nothing is used up by it. */
const endpoint = async (
	api: Api,
	{ clientId, clientSecret }: OAuthConfig,
): Promise<Verdict> => {
	const answer = await api
		.form("/oauth/token", {
			client_id: clientId,
			client_secret: clientSecret,
			grant_type: "authorization_code",
			code: "contact-graph-doctor",
			user_type: "Location",
		})
		.catch((error: unknown) => {
			if (error instanceof NoAnswer) return error;
			throw error;
		});
	if (answer instanceof NoAnswer)
		return {
			level: "unknown",
			saw: `The endpoint for tokens could not be asked: ${answer.message}.`,
		};
	const told = objectOf(answer.json);
	const words = `${told.error_description ?? told.message ?? answer.reason}`;
	if (/client/i.test(words) && !/code/i.test(words))
		return {
			level: "problem",
			saw: `The endpoint for tokens does not know the client (${words}).`,
			set: "Set OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET to one pair of the developer portal's keys.",
		};
	if (answer.status >= 400 && answer.status < 500 && answer.json !== undefined)
		return {
			level: "good",
			saw: "The endpoint for tokens answers, and refuses a code that nobody was given.",
			means:
				"Whether OAUTH_CLIENT_SECRET is right it tells only for a true code: connect one location.",
		};
	return {
		level: "warning",
		saw: `The endpoint for tokens answered with ${answer.status}.`,
		set: "Check CONTACTS_API_URL; if that is right, run the doctor again later.",
	};
};
