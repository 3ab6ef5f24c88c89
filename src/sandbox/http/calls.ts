// The record of every call the API got, so that tests can count and compare them.

export interface SandboxCall {
	method: string;
	/** Path with query string, as sent. */
	path: string;
	/** 0 until answered, and for good when the connection was dropped. */
	status: number;
	/** Parsed JSON body, if there was one. */
	body?: unknown;
	/** Location of the token, if the call got that far. */
	locationId?: string;
	/** The connection it came on: a socket of HTTP/1.1 or a session of HTTP/2, numbered by their first calls. */
	connection: number;
	http: "1.1" | "2";
	/** Epoch milliseconds of its arrival, by the sandbox's clock. */
	at: number;
}

/** A bench may send millions; the oldest are forgotten beyond this. */
const KEPT = 200_000;

export class CallLog {
	#calls: SandboxCall[] = [];

	add(call: SandboxCall): void {
		if (this.#calls.length >= KEPT) this.#calls = this.#calls.slice(KEPT / 2);
		this.#calls.push(call);
	}

	list(): SandboxCall[] {
		return this.#calls;
	}

	clear(): void {
		this.#calls = [];
	}
}
