/** A browser as far as HTTP goes: follows nothing by itself, keeps cookies per origin, and says where it comes from. */
import { Agent } from "undici";

export interface Visit {
	readonly status: number;
	readonly text: string;
	/** Where the answer sends the browser, whole. */
	readonly location: URL | undefined;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Browser extends AsyncDisposable {
	visit(url: string | URL, headers?: Record<string, string>): Promise<Visit>;
	submit(
		url: string | URL,
		fields: Record<string, string>,
		headers?: Record<string, string>,
	): Promise<Visit>;
}

export const createBrowser = (): Browser => {
	const agent = new Agent();
	const jars = new Map<string, Map<string, string>>();

	const request = async (
		target: string | URL,
		method: "GET" | "POST",
		headers: Record<string, string>,
		body?: string,
	): Promise<Visit> => {
		const url = new URL(target);
		const jar = jars.get(url.origin) ?? new Map<string, string>();
		jars.set(url.origin, jar);
		const cookie = [...jar].map(([name, value]) => `${name}=${value}`);
		const answered = await agent.request({
			origin: url.origin,
			path: url.pathname + url.search,
			method,
			headers: {
				accept: "text/html",
				...(cookie.length && { cookie: cookie.join("; ") }),
				...headers,
			},
			body: body ?? null,
		});
		for (const line of [answered.headers["set-cookie"] ?? []].flat()) {
			const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
			if (/Max-Age=0/.test(line)) jar.delete(name);
			else jar.set(name, value);
		}
		const to = answered.headers.location;
		return {
			status: answered.statusCode,
			text: await answered.body.text(),
			location: typeof to === "string" ? new URL(to, url) : undefined,
			headers: answered.headers,
		};
	};

	return {
		visit: (url, headers = {}) => request(url, "GET", headers),
		submit: (url, fields, headers = {}) =>
			request(
				url,
				"POST",
				{ "content-type": "application/x-www-form-urlencoded", ...headers },
				new URLSearchParams(fields).toString(),
			),
		[Symbol.asyncDispose]: () => agent.close(),
	};
};
