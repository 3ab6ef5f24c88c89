// Posts one delivery over kept-alive connections that end with the sandbox.
import { Agent, request } from "node:http";

export class Poster {
	readonly #agent: Agent;
	readonly #timeoutMs: number;

	constructor(concurrency: number, timeoutMs: number) {
		this.#agent = new Agent({ keepAlive: true, maxSockets: concurrency });
		this.#timeoutMs = timeoutMs;
	}

	/** The status of the answer; 0 when there was none. */
	post(
		url: string,
		bytes: Buffer,
		headers: Record<string, string>,
	): Promise<number> {
		return new Promise((done) => {
			const call = request(
				url,
				{
					method: "POST",
					agent: this.#agent,
					timeout: this.#timeoutMs,
					headers: {
						"content-type": "application/json",
						"content-length": bytes.length,
						...headers,
					},
				},
				(answer) => {
					answer.resume();
					answer.on("error", () => done(0));
					answer.on("close", () =>
						done(answer.complete ? (answer.statusCode ?? 0) : 0),
					);
				},
			);
			call.on("timeout", () => call.destroy());
			call.on("error", () => done(0));
			call.end(bytes);
		});
	}

	close(): void {
		this.#agent.destroy();
	}
}
