/** Why HighLevel gave no token, in kinds that each ask for something else to be done, and in words without secrets. */

/**
 * - `grant`: the code or refresh token is not taken, for good: consent must be given again.
 * - `client`: HighLevel does not know this gateway's client id or secret.
 * - `denied`: the person said no.
 * - `inactive`: the location is suspended; it may come back.
 * - `token`: the company's access token was refused; another one may be taken.
 * - `unavailable`: no answer, or one that says "later".
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

export class GrantRefused extends Error {
	override readonly name = "GrantRefused";
	readonly kind: RefusalKind;
	readonly status: number | undefined;

	/** `words` must be free of secrets: they are logged and stored. */
	constructor(kind: RefusalKind, status: number | undefined, words: string) {
		super(
			`${SAYS[kind]}${status === undefined ? "" : ` (${status})`}: ${words}`,
		);
		this.kind = kind;
		this.status = status;
	}

	/** Reads an answer that is not 2xx. Its words are known ones only: an echo of what was sent must not get far. */
	static async from(response: Response): Promise<GrantRefused> {
		const text = await response.text().catch(() => "");
		const { status } = response;
		const said = (pattern: RegExp) => pattern.test(text.slice(0, 4000));
		// A page comes from the edge in front of the API, which knows nothing of the grant: nobody must consent anew for it.
		if (status === 429 || status === 408 || status >= 500 || said(/^\s*</))
			return new GrantRefused("unavailable", status, "try again later");
		if (said(/location is not active/i))
			return new GrantRefused("inactive", status, "Location is not active");
		if (said(/invalid[_ ]client|client (is invalid|credentials)/i))
			return new GrantRefused("client", status, "invalid client");
		if (
			said(/invalid jwt|invalid token|token (is |has )?(invalid|expired)/i) &&
			!said(/invalid[_ ]grant/i)
		)
			return new GrantRefused("token", status, "invalid access token");
		if (said(/not authorized for this scope/i))
			return new GrantRefused(
				"grant",
				status,
				"the token lacks a scope; company tokens need oauth.write and oauth.readonly",
			);
		return new GrantRefused(
			"grant",
			status,
			said(/invalid[_ ]grant/i) ? "invalid grant" : "refused",
		);
	}
}

const SAYS: Record<RefusalKind, string> = {
	grant: "HighLevel does not take the grant",
	client: "HighLevel does not know this client id and secret",
	denied: "Consent was denied",
	inactive: "HighLevel says that the location is suspended",
	token: "HighLevel does not take the company's access token",
	unavailable: "HighLevel's token endpoint cannot be used now",
	unreadable:
		"HighLevel's token endpoint answered something else than documented",
};

/** What is safe to keep of a transport's error: its name and code, never its message or cause. */
export const secretless = (error: unknown): string => {
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
