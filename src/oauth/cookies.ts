/** Cookies of operators' browsers: out of reach of scripts, of other sites' forms, and of plain HTTP where there is TLS. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { parseCookie, stringifySetCookie } from "cookie";

/** Its value, if it is one this gateway could have set. */
export const cookieOf = (
	req: IncomingMessage,
	publicUrl: string,
	name: string,
): string | undefined =>
	parseCookie(req.headers.cookie ?? "", { decode: safe })[
		nameOf(publicUrl, name)
	];

/** Adds a cookie to the answer. `value` must be made of URL-safe characters; `seconds` 0 takes it away. */
export const setCookie = (
	res: ServerResponse,
	publicUrl: string,
	name: string,
	value: string,
	{ seconds }: { seconds: number },
): void => {
	if (value !== "" && !SAFE.test(value))
		throw new Error(
			`A cookie holds 1 to 8192 URL-safe characters, but ${name} was given ${value.length}, or others. Encode its value, for example as base64url.`,
		);
	const secure = isSecure(publicUrl);
	res.appendHeader(
		"Set-Cookie",
		stringifySetCookie({
			name: nameOf(publicUrl, name),
			value,
			path: "/",
			maxAge: seconds,
			httpOnly: true,
			sameSite: "lax",
			...(secure && { secure }),
		}),
	);
};

const SAFE = /^[\w.~+/=-]{1,8192}$/;

/** A value that this gateway would not set is passed over, and the next of its name is looked at. */
const safe = (value: string): string | undefined =>
	SAFE.test(value) ? value : undefined;

const isSecure = (publicUrl: string): boolean => publicUrl.startsWith("https:");

// The prefix keeps a neighbouring subdomain from planting the cookie; browsers take it over TLS only.
const nameOf = (publicUrl: string, name: string): string =>
	`${isSecure(publicUrl) ? "__Host-" : ""}contact_graph_${name}`;
