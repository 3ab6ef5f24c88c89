/** Cookies of operators' browsers: out of reach of scripts, of other sites' forms, and of plain HTTP where there is TLS. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Its value, if it is one this gateway could have set. */
export const cookieOf = (
	req: IncomingMessage,
	publicUrl: string,
	name: string,
): string | undefined => {
	const wanted = nameOf(publicUrl, name);
	for (const pair of (req.headers.cookie ?? "").split(";")) {
		const [key = "", ...value] = pair.trim().split("=");
		const text = value.join("=");
		if (key === wanted && SAFE.test(text)) return text;
	}
	return undefined;
};

/** Adds a cookie to the answer. `value` must be made of URL-safe characters; `seconds` 0 takes it away. */
export const setCookie = (
	res: ServerResponse,
	publicUrl: string,
	name: string,
	value: string,
	{ seconds }: { seconds: number },
): void => {
	if (value !== "" && !SAFE.test(value))
		throw new Error(`The cookie ${name} may not hold such a value`);
	const secure = isSecure(publicUrl) ? "; Secure" : "";
	res.appendHeader(
		"Set-Cookie",
		`${nameOf(publicUrl, name)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`,
	);
};

const SAFE = /^[\w.~+/=-]{1,8192}$/;

const isSecure = (publicUrl: string): boolean => publicUrl.startsWith("https:");

// The prefix keeps a neighbouring subdomain from planting the cookie; browsers take it over TLS only.
const nameOf = (publicUrl: string, name: string): string =>
	`${isSecure(publicUrl) ? "__Host-" : ""}contact_graph_${name}`;
