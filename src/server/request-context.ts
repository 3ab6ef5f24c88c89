/** One HTTP request and its response, with what every route needs of it: an id, a log that carries the id, and its end. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { type Failure, fail } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Observer } from "../observer.ts";

export interface RequestContext {
	readonly req: IncomingMessage;
	/** Whoever takes it finds the headers of every answer set. */
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
	/** Writes a whole answer. Headers are names and values in turn, and come on top of those of every answer. */
	send(status: number, headers: string[], bytes?: Uint8Array): void;
}

// Ids of callers end up in headers and logs, so they are short and plain, or they are not taken.
const SANE_ID = /^[\w.:-]{1,128}$/;

/** Wraps a request: the answer carries `X-Request-Id`, the caller's own when it is sane, and is logged when it ends. */
export const createRequestContext = (
	req: IncomingMessage,
	res: ServerResponse,
	log: Logger,
	observer?: Observer,
): RequestContext => new LiveRequest(req, res, log, observer);

/** What only some routes need is created on demand: a cached response needs hardly any of it. */
class LiveRequest implements RequestContext {
	readonly req: IncomingMessage;
	readonly path: string;
	readonly requestId: string;
	readonly notes: Record<string, unknown> = {};
	readonly #res: ServerResponse;
	readonly #log: Logger;
	readonly #observer: Observer | undefined;
	readonly #startedAt = performance.now();
	#hasHeaders = false;
	#hasLeft = false;
	#leaving: AbortController | undefined;
	#url: URL | undefined;
	#onEnd: (() => void) | undefined;
	#onEnds: (() => void)[] | undefined;

	constructor(
		req: IncomingMessage,
		res: ServerResponse,
		log: Logger,
		observer: Observer | undefined,
	) {
		this.req = req;
		this.#res = res;
		this.#log = log;
		this.#observer = observer;
		const given = req.headers["x-request-id"];
		this.requestId =
			typeof given === "string" && SANE_ID.test(given) ? given : randomUUID();
		this.path = pathOf(req);
		res.on("close", () => this.#end());
	}

	get res(): ServerResponse {
		if (!this.#hasHeaders) {
			this.#hasHeaders = true;
			const headers = this.#headers();
			for (let at = 0; at < headers.length; at += 2)
				this.#res.setHeader(headers[at] as string, headers[at + 1] as string);
		}
		return this.#res;
	}

	get url(): URL {
		this.#url ??= urlOf(this.req);
		return this.#url;
	}

	get signal(): AbortSignal {
		this.#leaving ??= new AbortController();
		if (this.#hasLeft) this.#leaving.abort();
		return this.#leaving.signal;
	}

	onEnd(listener: () => void): void {
		if (!this.#onEnd) this.#onEnd = listener;
		else if (this.#onEnds) this.#onEnds.push(listener);
		else this.#onEnds = [listener];
	}

	send(status: number, headers: string[], bytes?: Uint8Array): void {
		// In one go and as a list, which Node writes as it is; headers that were set before it has to merge.
		if (!this.#hasHeaders) headers.push(...this.#headers());
		this.#res.writeHead(status, headers);
		this.#res.end(bytes);
	}

	#headers(): string[] {
		return [
			"X-Request-Id",
			this.requestId,
			"X-Content-Type-Options",
			"nosniff",
		];
	}

	#end(): void {
		const left = !this.#res.writableFinished;
		this.#onEnd?.();
		if (this.#onEnds) for (const end of this.#onEnds) end();
		this.#hasLeft = left;
		if (left) this.#leaving?.abort();
		const durationMs = performance.now() - this.#startedAt;
		const { method } = this.req;
		const status = this.#res.statusCode;
		this.#observer?.requestEnded({
			transport: "http",
			method,
			path: this.path,
			status,
			durationMs,
			notes: this.notes,
		});
		this.#log.info(
			{
				requestId: this.requestId,
				method,
				path: this.path,
				status,
				durationMs: Math.round(durationMs * 10) / 10,
				...this.notes,
				...(left && { callerLeft: true }),
			},
			"request",
		);
	}
}

/**
 * A request's target as the rest of the gateway reads it: absolute-form becomes origin-form (RFC 9112, section 3.2.2, asks
 * servers to take both), and a slash at the end of the path is dropped, which some clients add.
 */
export const originForm = (target = "/"): string => {
	if (PLAIN_PATH.test(target) && !target.endsWith("/")) return target;
	const path = target.replace(ABSOLUTE, "").replace(LAST_SLASH, "$1");
	return path.startsWith("/") || path === target ? path : `/${path}`;
};

const ABSOLUTE = /^https?:\/\/[^/?#]*/i;
const LAST_SLASH = /^(\/[^?#]*[^/?#])\/(?=[?#]|$)/;
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

/**
 * The body as UTF-8 text. The limit counts unpacked bytes, and those on the way as well.
 * @throws Failure PAYLOAD_TOO_LARGE before the rest is read, BAD_REQUEST when the bytes are not UTF-8, not gzip where they
 * should be, or the caller leaves.
 */
export const readBody = async (
	req: IncomingMessage,
	limitBytes: number,
	isGzip = false,
): Promise<string> => {
	const sent = await readBytes(req, limitBytes);
	const bytes = isGzip ? await unpacked(sent, limitBytes) : sent;
	try {
		return UTF8.decode(bytes);
	} catch (cause) {
		throw fail(
			"BAD_REQUEST",
			"The body must be UTF-8, but holds other bytes.",
			{
				cause,
			},
		);
	}
};

/** Ends as soon as more than `limitBytes` came out, however little went in. */
const unpacked = async (sent: Buffer, limitBytes: number): Promise<Buffer> => {
	try {
		return await promisify(gunzip)(sent, { maxOutputLength: limitBytes });
	} catch (cause) {
		if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
			throw tooLarge(limitBytes);
		throw fail(
			"BAD_REQUEST",
			"The body must be gzip, as its Content-Encoding says, but cannot be unpacked.",
			{ cause },
		);
	}
};

/** The body as it came. @throws as `readBody`. */
export const readBytes = (
	req: IncomingMessage,
	limitBytes: number,
): Promise<Buffer> => {
	const announced = Number(req.headers["content-length"] ?? 0);
	if (announced > limitBytes) return Promise.reject(tooLarge(limitBytes));
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		let bytes = 0;
		const onData = (chunk: Buffer) => {
			bytes += chunk.byteLength;
			if (bytes > limitBytes) {
				req.off("data", onData);
				reject(tooLarge(limitBytes));
				return;
			}
			chunks.push(chunk);
		};
		req.on("data", onData);
		req.once("end", () =>
			resolve(
				chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks),
			),
		);
		req.once("error", (cause) =>
			reject(fail("BAD_REQUEST", "The body ended early.", { cause })),
		);
	});
};

/**
 * For refusals that come before the body was read. A socket that closes on a caller who is still writing takes the answer
 * with it, so what is left is read and thrown away, up to a bound.
 */
export const discardRest = (req: IncomingMessage, limitBytes: number): void => {
	const most = Math.max(4 * limitBytes, LEAST_DISCARDED);
	let bytes = 0;
	req.on("data", (chunk: Buffer) => {
		bytes += chunk.byteLength;
		if (bytes > most) req.socket.destroy();
	});
	req.on("error", () => {});
	req.resume();
};

const LEAST_DISCARDED = 8 * 1024 * 1024;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

const tooLarge = (limitBytes: number): Failure =>
	fail(
		"PAYLOAD_TOO_LARGE",
		`The body may have at most ${limitBytes} bytes, but has more. Send less, for example fewer ids per request.`,
		{ extensions: { limit: limitBytes } },
	);
