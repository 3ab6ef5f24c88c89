/** GraphQL over Server-Sent Events, one stream for one operation: `next` for each answer, `complete` at its end. */
import type { ExecutionResult } from "graphql";
import type { FetchAPI } from "graphql-yoga";
import type { Viewer } from "../auth/viewer.ts";
import type {
	LongLivedConnection,
	LongLivedRegistry,
} from "./long-lived-connections.ts";
import type { RequestContext } from "./request-context.ts";
import { streamed } from "./stream-response.ts";
import type { Subscription } from "./subscribe.ts";

export interface EventStreamOptions {
	readonly registry: LongLivedRegistry;
	/** A comment is sent this often, so that nothing on the way takes the stream for dead. */
	readonly keepAliveMs: number;
	/** A client that takes nothing for this long is cut off. */
	readonly stallMs: number;
}

/** True when the caller asks for an event stream. */
export const wantsEvents = (accept: string | undefined): boolean =>
	/(^|,)\s*text\/event-stream\s*(;|,|$)/i.test(accept ?? "");

export interface EventStream {
	readonly subscription: Subscription;
	/** What it gives, as the plugins left it. */
	readonly results: AsyncIterable<ExecutionResult>;
	readonly viewer: Viewer;
	readonly recheck: () => Promise<Viewer>;
	textOf(result: ExecutionResult): string;
}

export const eventStreamResponse = (
	{ res }: RequestContext,
	{ subscription, results, viewer, recheck, textOf }: EventStream,
	fetchAPI: FetchAPI,
	{ registry, keepAliveMs, stallMs }: EventStreamOptions,
): Response => {
	const done = Promise.withResolvers<void>();
	const self: LongLivedConnection = {
		subscriptions: [subscription],
		idle: () => done.promise,
		// The stream has no close codes: its last answer said why.
		close: () => stream.end(),
		destroy: () => res.destroy(),
	};
	// Nobody waits for the connection of a stream to be free again, least of all a gateway that is going away.
	res.shouldKeepAlive = false;
	const stream = streamed(events(results, textOf), res, fetchAPI, {
		headers: {
			"Content-Type": "text/event-stream; charset=utf-8",
			"Cache-Control": "no-cache",
		},
		keepAlive: { text: ":\n\n", everyMs: keepAliveMs },
		stallMs,
		onEnd: () => done.resolve(),
	});
	if (res.destroyed) return stream.response;
	const leave = registry.add(self);
	registry.watch(self, viewer, recheck);
	res.once("close", leave);
	return stream.response;
};

/** By hand, since the generator that a stream would be waits with its end for the next change. */
const events = (
	results: AsyncIterable<ExecutionResult>,
	textOf: EventStream["textOf"],
): AsyncIterator<string> => {
	const source = results[Symbol.asyncIterator]();
	let isOver = false;
	const over: IteratorResult<string> = { done: true, value: undefined };
	return {
		async next() {
			if (isOver) return over;
			const { done, value } = await source.next();
			isOver = done === true;
			return {
				done: false,
				value: done
					? "event: complete\ndata:\n\n"
					: `event: next\ndata: ${textOf(value)}\n\n`,
			};
		},
		async return() {
			isOver = true;
			await source.return?.();
			return over;
		},
	};
};
