/** The HTTP server: which route a path has, how long a caller may take, and how the server closes. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { fail } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Observer } from "../observer.ts";
import { refuse } from "./error-response.ts";
import {
	createRequestContext,
	discardRest,
	originForm,
	type RequestContext,
} from "./request-context.ts";

export type RequestHandler = (http: RequestContext) => void | Promise<void>;

export interface ServerOptions {
	readonly port: number;
	readonly host: string;
	/** By exact path. */
	readonly routes: Readonly<Record<string, RequestHandler>>;
	/** Paths of routes that the 404 of another path does not list. */
	readonly unlisted?: ReadonlySet<string>;
	/** Where a browser that asks for `/` is sent. */
	readonly home?: string;
	readonly bodyBytes: number;
	readonly timeouts?: Partial<Timeouts>;
	readonly log: Logger;
	readonly observer?: Observer | undefined;
}

export interface Timeouts {
	/** For the request's head: slow headers hold a socket for this long at most. */
	readonly headersMs: number;
	/** For the whole request, body included. */
	readonly requestMs: number;
	/** How long an idle connection is kept for its next request. */
	readonly keepAliveMs: number;
	/** How often the above are looked at. */
	readonly checkMs: number;
}

export interface HttpServer {
	readonly url: string;
	readonly node: Server;
	/** Takes no more connections, lets what runs finish for at most `drainMs`, then cuts it off. */
	close(drainMs: number): Promise<void>;
}

const TIMEOUTS: Timeouts = {
	headersMs: 10_000,
	requestMs: 30_000,
	// Longer than the 60 s of common load balancers: the side that sends must be the one to close.
	keepAliveMs: 65_000,
	checkMs: 2_000,
};

const MAX_HEADER_BYTES = 32 * 1024;

/** Resolves when it listens. @throws the system's error when the port cannot be had. */
export const listen = async (options: ServerOptions): Promise<HttpServer> => {
	const timeouts = { ...TIMEOUTS, ...options.timeouts };
	const open = new Set<RequestContext>();
	let draining = false;
	const node = createServer(
		{
			headersTimeout: timeouts.headersMs,
			requestTimeout: timeouts.requestMs,
			keepAliveTimeout: timeouts.keepAliveMs,
			connectionsCheckingInterval: timeouts.checkMs,
			maxHeaderSize: MAX_HEADER_BYTES,
		},
		async (req, res) => {
			req.url = originForm(req.url);
			const http = createRequestContext(
				req,
				res,
				options.log,
				options.observer,
			);
			open.add(http);
			http.onEnd(() => open.delete(http));
			if (draining) res.shouldKeepAlive = false;
			try {
				await doorOf(http, options)(http);
			} catch (error) {
				refuse(http, error, options.log);
			}
			// A route that answered without reading the body leaves it in the socket.
			if (!req.complete && !req.destroyed) discardRest(req, options.bodyBytes);
		},
	);
	node.on("clientError", answerBroken);
	await new Promise<void>((resolve, reject) => {
		node.once("error", reject);
		node.listen(options.port, options.host, resolve);
	});
	const { port } = node.address() as AddressInfo;

	return {
		url: `http://${hostOf(options.host)}:${port}`,
		node,
		close(drainMs) {
			draining = true;
			for (const { res } of open) res.shouldKeepAlive = false;
			return new Promise((resolve) => {
				const cut = setTimeout(() => node.closeAllConnections(), drainMs);
				// Closes the connections that wait for a next request as well.
				node.close(() => {
					clearTimeout(cut);
					resolve();
				});
			});
		},
	};
};

const doorOf = (
	{ path, req }: RequestContext,
	{ routes, unlisted, home }: ServerOptions,
): RequestHandler => {
	if (Object.hasOwn(routes, path)) return routes[path] as RequestHandler;
	if (home && path === "/" && isBrowser(req))
		return (http) => http.send(302, ["Location", home, "Content-Length", "0"]);
	const named = Object.keys(routes).filter((one) => !unlisted?.has(one));
	throw fail(
		"NOT_FOUND",
		`Nothing is at this path. There are: ${named.join(", ")}.`,
	);
};

const isBrowser = ({ method, headers }: IncomingMessage): boolean =>
	(method === "GET" || method === "HEAD") &&
	Boolean(headers.accept?.includes("text/html"));

/** What Node refuses before it makes a request of it: answered in the same words as everything else, then closed. */
const answerBroken = (error: NodeJS.ErrnoException, socket: Socket): void => {
	if (!socket.writable || error.code === "ECONNRESET") {
		socket.destroy();
		return;
	}
	const [status, message] = BROKEN[error.code ?? ""] ?? [
		"400 Bad Request",
		"This is not an HTTP request this gateway can read.",
	];
	const body = JSON.stringify({
		errors: [{ message, extensions: { code: "BAD_REQUEST" } }],
	});
	socket.end(
		`HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
	);
};

const BROKEN: Readonly<Record<string, readonly [string, string] | undefined>> =
	{
		ERR_HTTP_REQUEST_TIMEOUT: [
			"408 Request Timeout",
			"The request took too long to arrive.",
		],
		HPE_HEADER_OVERFLOW: [
			"431 Request Header Fields Too Large",
			`The address and headers may have at most ${MAX_HEADER_BYTES} bytes. Send long queries by POST.`,
		],
	};

const hostOf = (host: string): string => {
	if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
	return host.includes(":") ? `[${host}]` : host;
};
