/** Sockets and event streams put together: one limit, one drain, one set of numbers. */
import type { EventStreamOptions } from "./event-stream.ts";
import { createLongLived } from "./long-lived-connections.ts";
import {
	createSockets,
	type Sockets,
	type SocketsOptions,
} from "./websocket.ts";

/** What operators may set. */
export interface StreamSettings {
	/** Sockets and event streams together. Default 10,000. */
	readonly most?: number;
	/** Operations on one socket at once. Default 100. */
	readonly operations?: number;
	/** How long a socket may stay without `connection_init`. Default 10,000. */
	readonly initMs?: number;
	/** Between signs of life. Default 12,000. */
	readonly keepAliveMs?: number;
	/** A client that takes nothing for this long is cut off. Default 30,000. */
	readonly stallMs?: number;
	/** How often the tokens of open connections are looked at again. Default 60,000. */
	readonly recheckMs?: number;
}

export interface Streams {
	readonly events: EventStreamOptions;
	/** Runs what sockets ask by these functions, and returns the listener for `upgrade`. */
	openSockets(graphql: SocketsOptions["graphql"]): Sockets["upgrade"];
	/** Sockets and event streams that are open. */
	readonly size: number;
	/** Subscriptions that run on them. */
	readonly subscriptions: number;
	/** Ends them all with a reason and a cursor; resolves when they are gone, after `withinMs` at the latest. */
	drain(withinMs: number): Promise<void>;
}

export const createStreams = (
	options: StreamSettings &
		Pick<
			SocketsOptions,
			| "path"
			| "authenticator"
			| "callers"
			| "log"
			| "observer"
			| "tracing"
			| "messageBytes"
			| "deadlineMs"
		>,
): Streams => {
	const {
		most = 10_000,
		operations = 100,
		initMs = 10_000,
		keepAliveMs = 12_000,
		stallMs = 30_000,
		recheckMs = 60_000,
	} = options;
	const registry = createLongLived({ most, recheckMs });
	let sockets: Sockets | undefined;
	return {
		events: { registry, keepAliveMs, stallMs },
		openSockets(graphql) {
			sockets = createSockets({
				...options,
				graphql,
				registry,
				operations,
				initMs,
				keepAliveMs,
			});
			return sockets.upgrade;
		},
		get size() {
			return registry.size;
		},
		get subscriptions() {
			return registry.subscriptions;
		},
		async drain(withinMs) {
			await registry.drain(withinMs);
			sockets?.close();
		},
	};
};
