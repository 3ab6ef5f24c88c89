/** One request and its answer, with what every door needs of it: an id, a log that carries the id, and its end. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "../log.ts";

export interface Exchange {
	readonly req: IncomingMessage;
	readonly res: ServerResponse;
	readonly url: URL;
	/** The path of `url`. */
	readonly path: string;
	readonly requestId: string;
	/** Aborted when the caller leaves before the answer is complete. */
	readonly signal: AbortSignal;
	/** What the request's one log line will say beside method, path, status and duration. */
	readonly notes: Record<string, unknown>;
	/** Called once, when the answer is complete or the caller has left. */
	onEnd(listener: () => void): void;
}

// Ids of callers end up in headers and logs, so they are short and plain, or they are not taken.
const SANE_ID = /^[\w.:-]{1,128}$/;

/** Starts an exchange: the answer carries `X-Request-Id`, the caller's own when it is sane, and is logged when it ends. */
export const openExchange = (
	req: IncomingMessage,
	res: ServerResponse,
	log: Logger,
): Exchange => {
	const startedAt = performance.now();
	const given = req.headers["x-request-id"];
	const requestId =
		typeof given === "string" && SANE_ID.test(given) ? given : randomUUID();
	res.setHeader("X-Request-Id", requestId);
	res.setHeader("X-Content-Type-Options", "nosniff");

	// Made when somebody asks: an answer from memory needs neither.
	let leaving: AbortController | undefined;
	let hasLeft = false;
	let url: URL | undefined;
	const ends: (() => void)[] = [];
	const notes: Record<string, unknown> = {};
	const path = pathOf(req);
	res.once("close", () => {
		const left = !res.writableFinished;
		for (const end of ends) end();
		hasLeft = left;
		if (left) leaving?.abort();
		log.info(
			{
				requestId,
				method: req.method,
				path,
				status: res.statusCode,
				durationMs: Math.round((performance.now() - startedAt) * 10) / 10,
				...notes,
				...(left && { callerLeft: true }),
			},
			"request",
		);
	});
	return {
		req,
		res,
		path,
		get url() {
			url ??= urlOf(req);
			return url;
		},
		requestId,
		get signal() {
			leaving ??= new AbortController();
			if (hasLeft) leaving.abort();
			return leaving.signal;
		},
		notes,
		onEnd: (listener) => void ends.push(listener),
	};
};

const PLAIN_PATH = /^\/[\w\-/]*$/;

const pathOf = (req: IncomingMessage): string =>
	req.url !== undefined && PLAIN_PATH.test(req.url) && !req.url.includes("//")
		? req.url
		: urlOf(req).pathname;

// `//host`, `http://[` and the like are targets a server may be sent; none of them may throw.
const urlOf = (req: IncomingMessage): URL => {
	const target = req.url ?? "/";
	const path = target.startsWith("/") ? target : `/${target}`;
	return URL.parse(`http://gateway${path}`) ?? new URL("http://gateway/");
};
