/** One GraphQL request over HTTP: who asks and what is asked, each read once, by whoever needs it first. */
import type { Authenticator } from "../auth/authenticator.ts";
import type { Viewer } from "../auth/viewer.ts";
import type { CacheControl } from "../cache/session.ts";
import { fail } from "../errors.ts";
import { readBody } from "./body.ts";
import { cacheControlOf } from "./cache-control.ts";
import { deadlineOf } from "./deadline.ts";
import type { PartFormat } from "./incremental.ts";
import { answerTypeOf, streamTypeOf } from "./media-types.ts";
import type { Call } from "./operation-context.ts";
import type { RequestContext } from "./request-context.ts";

export interface HttpCallOptions {
	readonly authenticator: Authenticator;
	readonly bodyBytes: number;
	/** How long an answer may take when the caller does not say. */
	readonly deadlineMs: number;
}

export class HttpCall implements Call {
	readonly exchange: RequestContext;
	missedKey: string | undefined;
	readonly #options: HttpCallOptions;
	#viewer: Viewer | Promise<Viewer> | undefined;
	#text: Promise<string> | undefined;
	#deadlineMs: number | undefined;

	constructor(exchange: RequestContext, options: HttpCallOptions) {
		this.exchange = exchange;
		this.#options = options;
	}

	get requestId(): string {
		return this.exchange.requestId;
	}

	get notes(): Record<string, unknown> {
		return this.exchange.notes;
	}

	get signal(): AbortSignal {
		return this.exchange.signal;
	}

	get cacheControl(): CacheControl {
		return cacheControlOf(this.exchange.req.headers["cache-control"]);
	}

	get partFormat(): PartFormat | undefined {
		return streamTypeOf(this.exchange.req.headers.accept)?.format;
	}

	get takesWhole(): boolean {
		return answerTypeOf(this.exchange.req.headers.accept) !== undefined;
	}

	get deadlineMs(): number {
		this.#deadlineMs ??= deadlineOf(
			oneLine(this.exchange.req.headers["x-deadline-ms"]),
			this.#options.deadlineMs,
		);
		return this.#deadlineMs;
	}

	viewer(): Viewer | Promise<Viewer> {
		this.#viewer ??= this.authenticate();
		return this.#viewer;
	}

	/** Anew, where a connection outlives the request it came with. */
	authenticate(): Viewer | Promise<Viewer> {
		const { req } = this.exchange;
		return this.#options.authenticator.authenticate(
			req.headers.authorization,
			oneLine(req.headers["x-location-id"]),
			req.socket,
		);
	}

	/** The body of a POST, the query string of a GET. */
	text(): Promise<string> {
		this.#text ??= this.#read();
		return this.#text;
	}

	onEnd(listener: () => void): void {
		this.exchange.onEnd(listener);
	}

	async #read(): Promise<string> {
		const { req } = this.exchange;
		// Only a GET's address is worth reading as a URL.
		if (req.method === "GET") return this.exchange.url.search;
		checkContentType(
			req.headers["content-type"],
			req.headers["content-encoding"],
		);
		return readBody(req, this.#options.bodyBytes);
	}
}

// Yoga reads forms and multipart requests too. The types a plain HTML form can send are refused, so that no page
// elsewhere can make a browser send a mutation.
const checkContentType = (
	header: string | undefined,
	encoding: string | undefined,
): void => {
	if (header === "application/json" && encoding === undefined) return;
	const [type, ...parameters] = (header ?? "")
		.split(";")
		.map((piece) => piece.trim().toLowerCase());
	const charset = parameters.find((one) => one.startsWith("charset="));
	if (
		type === "application/json" &&
		(!charset || /^charset="?utf-?8"?$/.test(charset)) &&
		(!encoding || encoding === "identity")
	)
		return;
	throw fail(
		"UNSUPPORTED_MEDIA_TYPE",
		"The body must be uncompressed JSON in UTF-8, sent with the header `Content-Type: application/json`.",
	);
};

const oneLine = (header: string | string[] | undefined): string | undefined =>
	Array.isArray(header) ? header.join(", ") : header;
