/** Why HighLevel gave no token, in kinds that each ask for something else to be done, and in words without secrets. */

/**
 * - `grant`: the code, refresh token or company is refused for good: consent must be given again.
 * - `client`: HighLevel does not know this gateway's client id or secret.
 * - `denied`: the person said no.
 * - `inactive`: the location is suspended; it may come back.
 * - `token`: the company's access token was refused; another one may be taken.
 * - `unavailable`: no answer, one that says "later", or one that is not HighLevel's own.
 * - `unreadable`: an answer that is not as documented.
 */
export type RefusalKind =
	| "grant"
	| "client"
	| "denied"
	| "inactive"
	| "token"
	| "unavailable"
	| "unreadable";

/**
 * Which kind of token HighLevel was request for: the same words mean something else at each.
 * - `code`: tokens for a code. `refresh`: tokens for a refresh token. Both name the client, and no access token.
 * - `company`: something that a company's access token opens.
 */
export type TokenRequestKind = "code" | "refresh" | "company";

export class GrantRefused extends Error {
	override readonly name = "GrantRefused";
	readonly kind: RefusalKind;
	readonly status: number | undefined;

	/** `words` must be free of secrets: they are logged and stored. */
	constructor(kind: RefusalKind, status: number | undefined, words: string) {
		super(
			`${MESSAGES[kind]}${status === undefined ? "" : ` (${status})`}: ${words}`,
		);
		this.kind = kind;
		this.status = status;
	}

	/** Reads an answer that is not 2xx. Its words are known ones only: an echo of what was sent must not get far. */
	static async from(
		response: Response,
		request: TokenRequestKind,
	): Promise<GrantRefused> {
		const text = (await response.text().catch(() => "")).slice(0, 20_000);
		const { status } = response;
		const [kind, words] = readRefusal(status, text, request);
		return new GrantRefused(kind, status, words);
	}
}

const readRefusal = (
	status: number,
	text: string,
	request: TokenRequestKind,
): readonly [RefusalKind, string] => {
	const said = (pattern: RegExp) => pattern.test(text);
	if (status === 429 || status === 408 || status >= 500)
		return ["unavailable", "try again later"];
	// HighLevel refuses in JSON; whatever stands in front of it does not, and knows nothing of grants (contract, section 6).
	if (!isJson(text)) return ["unavailable", "the answer is not HighLevel's"];
	if (said(/location is not active/i))
		return ["inactive", "Location is not active"];
	if (request === "company") return readOfCompany(status, said);
	if (said(/invalid[_ ]client\b(?! credentials)|client is invalid/i))
		return ["client", "invalid client"];
	if (said(/client credentials/i))
		// Measured of a refresh token that is not taken any more (contract, section 8).
		return request === "refresh"
			? [
					"grant",
					"invalid client credentials: the refresh token has ended, or the client secret was changed",
				]
			: ["client", "invalid client credentials"];
	if (status === 400 || status === 401)
		return [
			"grant",
			said(/authorization code/i)
				? "authorization code not found"
				: said(/invalid[_ ]grant/i)
					? "invalid grant"
					: "refused",
		];
	return ["unreadable", "not a refusal that is known"];
};

const readOfCompany = (
	status: number,
	said: (pattern: RegExp) => boolean,
): readonly [RefusalKind, string] => {
	if (said(/not authorized for this scope|authClass type/i))
		return ["grant", "the company's token lacks a scope"];
	if (status === 401) return ["token", "invalid access token"];
	if (status === 400 || status === 403 || status === 404)
		return ["grant", "the app is not installed there"];
	return ["unreadable", "not a refusal that is known"];
};

const isJson = (text: string): boolean => {
	try {
		return typeof JSON.parse(text) === "object";
	} catch {
		return false;
	}
};

const MESSAGES: Record<RefusalKind, string> = {
	grant: "HighLevel does not take the grant",
	client: "HighLevel does not know this client id and secret",
	denied: "Consent was denied",
	inactive: "HighLevel says that the location is suspended",
	token: "HighLevel does not take the company's access token",
	unavailable: "HighLevel's OAuth cannot be used now",
	unreadable: "HighLevel's OAuth answered something else than documented",
};

/** What is safe to keep of a transport's error: its name and code, never its message or cause. */
export const withoutSecrets = (error: unknown): string => {
	const {
		name = "Error",
		code,
		cause,
	} = error as {
		name?: string;
		code?: unknown;
		cause?: { code?: unknown };
	};
	const known = code ?? cause?.code;
	return typeof known === "string" ? `${name} ${known}` : name;
};
