/**
 * The connections to the API. Each carries one call at a time, so one that ends takes one call along: never a write
 * beside the read it failed for, and never forty calls that look like forty faults. Hence HTTP/1.1, as HighLevel's own
 * SDK speaks it; docs/budget.md has what sharing sessions of HTTP/2 was measured to gain and to cost.
 */
import { Client, type Dispatcher, Pool } from "undici";
import { oneCallEach } from "./one-call-each.ts";

// A handshake for each of forty calls is what a query pays after a pause, so undici's 4 s are few. Fronts close idle
// connections after 60 s and more; those that do it sooner say so in `keep-alive`, or the closed one is noticed.
const KEPT_IDLE_MS = 50_000;

export interface ConnectionOptions {
	/** Most connections, and so most calls on the wire at once. */
	readonly connections: number;
	/** Longest wait for a connection, for the headers of an answer and for each part of its body, in milliseconds. */
	readonly timeoutMs: number;
	/** Bytes of the largest answer. */
	readonly maxResponseSize: number;
}

export const createConnections = (
	origin: string,
	{ connections, timeoutMs, maxResponseSize }: ConnectionOptions,
): Pool =>
	new Pool(origin, {
		...oneCallEach(timeoutMs),
		connections,
		headersTimeout: timeoutMs,
		bodyTimeout: timeoutMs,
		maxResponseSize,
		keepAliveTimeout: KEPT_IDLE_MS,
		factory: (to, options) => new Connection(to, options),
	});

/** What is told which connection carries it, before it is sent. */
export interface Carried extends Dispatcher.DispatchHandler {
	carriedBy(connection: Connection): void;
}

export class Connection extends Client {
	/** Answers that the socket of now has brought. */
	answered = 0;

	constructor(origin: URL, options: object) {
		super(origin, options);
		this.on("connect", () => {
			this.answered = 0;
		});
	}

	override dispatch(
		options: Dispatcher.DispatchOptions,
		handler: Carried,
	): boolean {
		handler.carriedBy(this);
		return super.dispatch(options, handler);
	}
}

/**
 * The call's connection had answered before and ended without a byte of this answer. Most often the other side closed
 * it while it was idle, just when the call left. Whether the API is well, a call on a new connection tells.
 */
export class StaleConnection extends Error {
	override readonly name = "StaleConnection";

	constructor(cause: Error) {
		super("the connection ended as it was used again", { cause });
	}
}

/** Whether it tells of a connection that ended, rather than of a wait or of bytes that are no answer. */
export const endedConnection = (error: Error & { code?: string }): boolean =>
	/^(ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_INFO|ERR_HTTP2_\w+)$/.test(
		error.code ?? "",
	);
