// The connections that callers hold open: sockets of HTTP/1.1, sessions of HTTP/2. What ends one, ends all calls on it.
import type { Http2ServerRequest, Http2Session } from "node:http2";
import type { Call } from "./env.ts";

/** One socket of HTTP/1.1 or one session of HTTP/2. */
export class Connection {
	/** 1 for the first that made a call, and so on. */
	readonly number: number;
	readonly http: "1.1" | "2";
	/** Calls on it that have no answer yet. */
	open = 0;
	/** Calls on it that were answered or given up. */
	ended = 0;
	/** At once, with whatever is on its way. */
	readonly end: () => void;
	/** Tells the caller to begin nothing new on it. HTTP/1.1 has a header for that, so nothing is done here. */
	readonly announceEnd: () => void;
	readonly #idleMs: number;
	#timer: NodeJS.Timeout | undefined;

	constructor(
		number: number,
		idleMs: number,
		session: Http2Session | undefined,
		end: () => void,
	) {
		this.number = number;
		this.http = session ? "2" : "1.1";
		this.end = end;
		this.announceEnd = () => {
			session?.goaway();
			session?.close();
		};
		this.#idleMs = idleMs;
	}

	begin(): void {
		this.open++;
		clearTimeout(this.#timer);
	}

	finish(): void {
		this.open--;
		this.ended++;
		if (this.open > 0 || this.#idleMs === Number.POSITIVE_INFINITY) return;
		this.#timer = setTimeout(this.end, this.#idleMs);
		this.#timer.unref();
	}
}

export class Connections {
	#known = new WeakMap<object, Connection>();
	#count = 0;
	readonly #idleMs: number;

	/** One without a call for `idleMs` is closed, unannounced. */
	constructor(idleMs: number) {
		this.#idleMs = idleMs;
	}

	/** The connection a call came in on; it counts as open there until its answer is out. */
	begin(call: Call): Connection {
		const { incoming, outgoing } = call.env;
		const session = sessionOf(call);
		const carrier = session ?? incoming.socket;
		let connection = this.#known.get(carrier);
		if (connection === undefined) {
			connection = new Connection(++this.#count, this.#idleMs, session, () =>
				carrier.destroy(),
			);
			this.#known.set(carrier, connection);
		}
		const current = connection;
		current.begin();
		outgoing.once("close", () => current.finish());
		return current;
	}
}

/** Undefined over HTTP/1.1. */
const sessionOf = (call: Call): Http2Session | undefined =>
	(call.env.incoming as unknown as Http2ServerRequest).stream?.session;
