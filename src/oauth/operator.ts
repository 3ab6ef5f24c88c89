/** Lets an operator's browser in: a token is pasted once and kept in a cookie that no script and no other site can use. */
import {
	type Authenticator,
	type Caller,
	OPERATOR,
} from "../auth/authenticator.ts";
import { Failure, fail } from "../errors.ts";
import type { RequestHandler } from "../server/http-server.ts";
import { type RequestContext, readBody } from "../server/request-context.ts";
import { cookieOf, setCookie } from "./cookies.ts";
import { html, sendPage } from "./page.ts";

export interface Operators {
	/**
	 * The operator behind a request, by its Authorization header or its cookie. A browser that has neither gets the
	 * sign-in page, and undefined comes back.
	 * @throws Failure UNAUTHENTICATED, FORBIDDEN for everybody else.
	 */
	admit(http: RequestContext): Promise<Caller | undefined>;
	readonly doors: Readonly<Record<string, RequestHandler>>;
}

export interface OperatorsOptions {
	readonly authenticator: Authenticator;
	/** The gateway's address as browsers see it. */
	readonly publicUrl: () => string;
}

const COOKIE = "operator";
const LONGEST_SECONDS = 12 * 3600;
const FORM_BYTES = 16_384;

export const createOperators = ({
	authenticator,
	publicUrl,
}: OperatorsOptions): Operators => {
	const operatorOf = async (authorization: string | undefined) => {
		const caller = await authenticator.identify(authorization);
		if (caller.scopes.has(OPERATOR)) return caller;
		throw fail(
			"FORBIDDEN",
			`The token lacks the scope ${OPERATOR}. Get one with: npm run --silent token -- --scope ${OPERATOR}`,
			{ extensions: { scopes: [OPERATOR] } },
		);
	};

	const signIn = (http: RequestContext, status: number, said?: string): void =>
		sendPage(http, status, {
			title: "Operators only",
			...(said === undefined ? {} : { tone: "bad" as const }),
			body: html`${said === undefined ? html`` : html`<p>${said}</p>`}
<form method="post" action="/operator/session">
<label for="token">A token with the scope <code>${OPERATOR}</code></label>
<input id="token" name="token" type="password" autocomplete="off" required>
<button>Sign in</button>
</form>
<p class="soft">Get one on the gateway's machine:<br><code>npm run --silent token -- --scope ${OPERATOR}</code></p>`,
		});

	return {
		async admit(http) {
			const { req } = http;
			const cookie = cookieOf(req, publicUrl(), COOKIE);
			if (req.headers.authorization !== undefined || !wantsHtml(http))
				return operatorOf(
					req.headers.authorization ?? (cookie && `Bearer ${cookie}`),
				);
			if (cookie === undefined) {
				signIn(http, 401);
				return undefined;
			}
			try {
				return await operatorOf(`Bearer ${cookie}`);
			} catch (error) {
				if (!(error instanceof Failure)) throw error;
				signIn(http, 401, error.message);
				return undefined;
			}
		},
		doors: {
			"/operator/session": async (http) => {
				const { req, res } = http;
				onlyPost(req.method);
				fromHere(http, publicUrl());
				const form = new URLSearchParams(await readBody(req, FORM_BYTES));
				let caller: Caller;
				const token = (form.get("token") ?? "").trim();
				try {
					caller = await operatorOf(`Bearer ${token}`);
				} catch (error) {
					if (!(error instanceof Failure)) throw error;
					signIn(http, 401, error.message);
					return;
				}
				const left = Math.floor((caller.expiresAt - Date.now()) / 1000);
				setCookie(res, publicUrl(), COOKIE, token, {
					seconds: Math.max(1, Math.min(LONGEST_SECONDS, left)),
				});
				http.notes.subject = caller.subject;
				// Always the same way on: an address that came with the request would be an open redirect.
				res.writeHead(303, {
					Location: "/operator",
					"Cache-Control": "no-store",
				});
				res.end();
			},
			"/operator/sign-out": (http) => {
				const { req, res } = http;
				onlyPost(req.method);
				fromHere(http, publicUrl());
				setCookie(res, publicUrl(), COOKIE, "", { seconds: 0 });
				res.writeHead(303, {
					Location: "/operator",
					"Cache-Control": "no-store",
				});
				res.end();
			},
		},
	};
};

export const wantsHtml = ({ req }: RequestContext): boolean =>
	(req.headers.accept ?? "").includes("text/html");

const onlyPost = (method: string | undefined): void => {
	if (method === "POST") return;
	throw fail("METHOD_NOT_ALLOWED", "This address takes POST only.", {
		extensions: { allow: ["POST"] },
	});
};

/** A form on another site must not sign anybody in or out. Every browser of today says where a request comes from. */
const fromHere = ({ req }: RequestContext, publicUrl: string): void => {
	const site = req.headers["sec-fetch-site"];
	const { origin } = req.headers;
	const here =
		site === undefined
			? origin === undefined || origin === new URL(publicUrl).origin
			: site === "same-origin" || site === "none";
	if (!here)
		throw fail(
			"FORBIDDEN",
			"This form must be sent from the gateway's own page.",
		);
};
