/**
 * Puts calls on the sockets to the API and gathers their answers. On undici's `dispatch`, because its `request` makes a
 * stream of every body and listens to the caller's signal anew for every call: a third of what a small answer costs.
 */
import type { Dispatcher, Pool } from "undici";
import type { IncomingHttpHeaders } from "undici/types/header.js";
import {
	type Carried,
	type Connection,
	endedConnection,
	StaleConnection,
} from "./connections.ts";

export interface Sending {
	readonly method: "GET" | "POST" | "PUT" | "DELETE";
	readonly path: string;
	/** Names and values in turn. */
	readonly headers: string[];
	readonly body: string | null;
}

export interface Progress {
	/** Called as its first byte is about to leave: when it never is, nothing was sent. */
	onStart(): void;
	/** Called once, before the body is read: the API has counted the call by then. */
	onHead(status: number, headers: IncomingHttpHeaders): void;
}

/** The calls of one operation that are on the wire: all end when its signal aborts. */
export class OnTheWire {
	readonly #signal: AbortSignal | undefined;
	readonly #replies = new Set<Reply>();
	#listens = false;

	constructor(signal: AbortSignal | undefined) {
		this.#signal = signal;
	}

	/**
	 * Sends a call. Resolves with the body, UTF-8.
	 * @throws StaleConnection, other errors of undici's, or the signal's reason when it aborts.
	 */
	send(pool: Pool, sending: Sending, progress: Progress): Promise<Buffer> {
		return new Promise((resolve, reject) => {
			const signal = this.#signal;
			if (signal?.aborted) return reject(signal.reason);
			const replies = this.#replies;
			const reply = new Reply(progress, resolve, reject, replies);
			if (signal) {
				replies.add(reply);
				if (!this.#listens) {
					this.#listens = true;
					signal.addEventListener(
						"abort",
						() => {
							for (const one of replies) one.abort(signal.reason);
						},
						{ once: true },
					);
				}
			}
			pool.dispatch(sending, reply);
		});
	}
}

class Reply implements Carried {
	readonly #progress: Progress;
	readonly #resolve: (body: Buffer) => void;
	readonly #reject: (reason: unknown) => void;
	readonly #others: Set<Reply>;
	#first: Buffer | undefined;
	#rest: Buffer[] | undefined;
	#controller: Dispatcher.DispatchController | undefined;
	#aborted: { reason: Error } | undefined;
	#connection: Connection | undefined;
	/** On a connection that had answered before, and without a byte of its own answer. */
	#mayBeStale = false;

	constructor(
		progress: Progress,
		resolve: (body: Buffer) => void,
		reject: (reason: unknown) => void,
		others: Set<Reply>,
	) {
		this.#progress = progress;
		this.#resolve = resolve;
		this.#reject = reject;
		this.#others = others;
	}

	carriedBy(connection: Connection): void {
		this.#connection = connection;
	}

	/** Also while it still waits for a socket: then it is ended as soon as it has one. */
	abort(reason: Error): void {
		this.#aborted = { reason };
		this.#controller?.abort(reason);
		this.#end(reason);
	}

	onRequestStart(controller: Dispatcher.DispatchController): void {
		this.#controller = controller;
		if (this.#aborted) {
			controller.abort(this.#aborted.reason);
			return;
		}
		this.#mayBeStale = (this.#connection?.answered ?? 0) > 0;
		this.#progress.onStart();
	}

	onResponseStart(
		_controller: Dispatcher.DispatchController,
		status: number,
		headers: IncomingHttpHeaders,
	): void {
		this.#mayBeStale = false;
		// 1xx only announce the answer.
		if (status >= 200) this.#progress.onHead(status, headers);
	}

	onResponseData(
		_controller: Dispatcher.DispatchController,
		chunk: Buffer,
	): void {
		if (!this.#first) this.#first = chunk;
		else if (this.#rest) this.#rest.push(chunk);
		else this.#rest = [this.#first, chunk];
	}

	onResponseEnd(): void {
		const bytes = this.#rest ? Buffer.concat(this.#rest) : this.#first;
		this.#others.delete(this);
		if (this.#connection) this.#connection.answered++;
		this.#resolve(bytes ? withoutMark(bytes) : NOTHING);
	}

	onResponseError(
		_controller: Dispatcher.DispatchController,
		error: Error,
	): void {
		this.#end(
			this.#mayBeStale && endedConnection(error)
				? new StaleConnection(error)
				: error,
		);
	}

	#end(error: Error): void {
		this.#others.delete(this);
		this.#reject(error);
	}
}

const NOTHING = Buffer.alloc(0);

/** Some senders put a mark in front of UTF-8. */
const withoutMark = (bytes: Buffer): Buffer =>
	bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
		? bytes.subarray(3)
		: bytes;
