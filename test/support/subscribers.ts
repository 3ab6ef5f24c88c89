/** Subscribers over both transports, with clients that real applications use; what comes is waited for by name and deadline. */
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import { WebSocket } from "ws";
import type { Data } from "./ask.ts";

export const TRANSPORTS = ["WebSocket", "SSE"] as const;
export type Transport = (typeof TRANSPORTS)[number];

export interface Subscriber {
	/** The data of the next answer. @throws Error when it has errors, ends, or does not come within the deadline. */
	next(what: string): Promise<Data>;
	/** The next answer whole, errors included; undefined at the end. */
	answer(what: string): Promise<Data | undefined>;
	/** The next `count` answers' data. */
	take(count: number, what: string): Promise<Data[]>;
	/** Why the connection closed, once it has. */
	readonly closed: { code: number; reason: string } | undefined;
	close(): Promise<void>;
}

export interface Asking {
	readonly url: string;
	readonly token: string;
	readonly transport: Transport;
	readonly query: string;
	readonly variables?: Record<string, unknown>;
	readonly deadlineMs?: number;
}

const DEADLINE_MS = 4000;

/** Resolves when the gateway has taken the subscription, so that nothing that happens after is missed. */
export const subscribe = async (asking: Asking): Promise<Subscriber> => {
	const payload = { query: asking.query, variables: asking.variables ?? {} };
	let closed: Subscriber["closed"];
	const client =
		asking.transport === "WebSocket"
			? createWsClient({
					url: `${asking.url.replace("http", "ws")}/graphql`,
					webSocketImpl: WebSocket,
					connectionParams: { authorization: `Bearer ${asking.token}` },
					retryAttempts: 0,
					on: {
						closed: (event) => {
							const { code, reason } = event as {
								code: number;
								reason: string;
							};
							closed = { code, reason };
						},
					},
				})
			: createSseClient({
					url: `${asking.url}/graphql`,
					headers: { authorization: `Bearer ${asking.token}` },
					retryAttempts: 0,
				});
	const seen: Data[] = [];
	const waiting: ((one: Data | undefined) => void)[] = [];
	let over: Error | boolean = false;
	const wake = () => {
		while (waiting.length && (seen.length || over))
			waiting.shift()?.(seen.shift());
	};
	const stop = client.subscribe<Record<string, unknown>>(payload, {
		next(value) {
			seen.push(value);
			wake();
		},
		error(error) {
			over = error instanceof Error ? error : new Error(JSON.stringify(error));
			if (Array.isArray(error)) seen.push({ errors: error });
			wake();
		},
		complete() {
			over = true;
			wake();
		},
	});

	const answer = async (what: string): Promise<Data | undefined> => {
		const { promise, resolve, reject } = Promise.withResolvers<
			Data | undefined
		>();
		const timer = setTimeout(
			() =>
				reject(
					new Error(
						`no ${what} within ${asking.deadlineMs ?? DEADLINE_MS} ms over ${asking.transport}; ended: ${String(over)}`,
					),
				),
			asking.deadlineMs ?? DEADLINE_MS,
		);
		waiting.push(resolve);
		wake();
		return promise.finally(() => clearTimeout(timer));
	};
	const next = async (what: string): Promise<Data> => {
		const one = await answer(what);
		if (one === undefined)
			throw new Error(
				`expected ${what}, but the stream ended: ${String(over)}`,
			);
		if (one.errors)
			throw new Error(`expected ${what}, but came ${JSON.stringify(one)}`);
		return one.data;
	};

	return {
		next,
		answer,
		async take(count, what) {
			const all: Data[] = [];
			while (all.length < count)
				all.push(await next(`${what} (${all.length + 1} of ${count})`));
			return all;
		},
		get closed() {
			return closed;
		},
		async close() {
			stop();
			await client.dispose();
		},
	};
};
