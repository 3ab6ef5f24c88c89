/** One GraphQL request over HTTP: its caller and its body, each read once, on first use. */
import type { Authenticator } from "../auth/authenticator.ts";
import type { Credentials, Tickets } from "../auth/tickets.ts";
import type { Viewer } from "../auth/viewer.ts";
import type { CacheControl } from "../cache/session.ts";
import { fail } from "../errors.ts";
import { cacheControlOf } from "./cache-control.ts";
import { deadlineOf, withinDeadline } from "./deadline.ts";
import type { PartFormat } from "./incremental.ts";
import { answerTypeOf, streamTypeOf, wantsEvents } from "./media-types.ts";
import type { Call } from "./operation-context.ts";
import { type RequestContext, readBody } from "./request-context.ts";

export interface HttpCallOptions {
	readonly authenticator: Authenticator;
	readonly tickets: Tickets;
	readonly bodyBytes: number;
	/** How long an answer may take when the caller does not say. */
	readonly deadlineMs: number;
}

export class HttpCall implements Call {
	readonly http: RequestContext;
	missedKey: string | undefined;
	readonly #options: HttpCallOptions;
	#viewer: Viewer | Promise<Viewer> | undefined;
	#opened: Credentials | undefined;
	#text: Promise<string> | undefined;
	#deadlineMs: number | undefined;
	readonly #cameAt = performance.now();

	constructor(http: RequestContext, options: HttpCallOptions) {
		this.http = http;
		this.#options = options;
	}

	get requestId(): string {
		return this.http.requestId;
	}

	get notes(): Record<string, unknown> {
		return this.http.notes;
	}

	get signal(): AbortSignal {
		return this.http.signal;
	}

	get cacheControl(): CacheControl {
		return cacheControlOf(this.http.req.headers["cache-control"]);
	}

	get partFormat(): PartFormat | undefined {
		return streamTypeOf(this.http.req.headers.accept)?.format;
	}

	get takesWhole(): boolean {
		return answerTypeOf(this.http.req.headers.accept) !== undefined;
	}

	get deadlineMs(): number {
		this.#deadlineMs ??= deadlineOf(
			oneLine(this.http.req.headers["x-deadline-ms"]),
			this.#options.deadlineMs,
		);
		return this.#deadlineMs;
	}

	get waitedMs(): number {
		return performance.now() - this.#cameAt;
	}

	/** Looking up a provider's keys ends with the caller's deadline, like all else. */
	viewer(): Viewer | Promise<Viewer> {
		if (!this.#viewer) {
			const viewer = this.authenticate();
			this.#viewer =
				viewer instanceof Promise
					? withinDeadline(viewer, this.deadlineMs, this.waitedMs)
					: viewer;
		}
		return this.#viewer;
	}

	/** Anew, where a connection outlives the request it came with. */
	authenticate(): Viewer | Promise<Viewer> {
		const { authenticator } = this.#options;
		const ticket = this.#ticket;
		if (ticket !== undefined) return this.#authenticateBy(ticket);
		const { authorization, locationId } = this.credentials;
		return authenticator.authenticate(
			authorization,
			locationId,
			this.http.req.socket,
		);
	}

	get credentials(): Credentials {
		const { headers } = this.http.req;
		return {
			authorization: headers.authorization,
			locationId: oneLine(headers["x-location-id"]),
		};
	}

	get lastEventId(): string | undefined {
		return oneLine(this.http.req.headers["last-event-id"]) || undefined;
	}

	/** Of an event stream alone, since nothing else lacks headers: an address with a ticket opens nothing else. */
	get #ticket(): string | undefined {
		const { headers } = this.http.req;
		if (headers.authorization !== undefined || !wantsEvents(headers.accept))
			return undefined;
		return this.http.url.searchParams.get("ticket") ?? undefined;
	}

	/** A ticket is over long before its stream, which is looked at again by what was in it. */
	async #authenticateBy(ticket: string): Promise<Viewer> {
		const { authenticator, tickets } = this.#options;
		this.#opened ??= await tickets.open(ticket);
		const { authorization, locationId } = this.#opened;
		return authenticator.authenticate(authorization, locationId);
	}

	/** The body of a POST, the query string of a GET. */
	text(): Promise<string> {
		this.#text ??= this.#read();
		return this.#text;
	}

	onEnd(listener: () => void): void {
		this.http.onEnd(listener);
	}

	async #read(): Promise<string> {
		const { req } = this.http;
		if (req.method === "GET") {
			const { url = "" } = req;
			const search = url.indexOf("?");
			return search < 0 ? "" : url.slice(search);
		}
		const encoding = req.headers["content-encoding"]?.trim().toLowerCase();
		checkContentType(req.headers["content-type"], encoding);
		return readBody(
			req,
			this.#options.bodyBytes,
			encoding !== undefined && GZIP.test(encoding),
		);
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
		(!encoding || encoding === "identity" || GZIP.test(encoding))
	)
		return;
	throw fail(
		"UNSUPPORTED_MEDIA_TYPE",
		"The body must be JSON in UTF-8, sent with the header `Content-Type: application/json`, uncompressed or with `Content-Encoding: gzip`.",
	);
};

const GZIP = /^(x-)?gzip$/;

const oneLine = (header: string | string[] | undefined): string | undefined =>
	Array.isArray(header) ? header.join(", ") : header;
