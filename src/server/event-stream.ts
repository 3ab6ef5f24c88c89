/**
 * A subscription over HTTP, one stream for one operation: GraphQL over Server-Sent Events, `next` for each answer and
 * `complete` at its end, or Apollo's multipart subscriptions.
 */
import type { ExecutionResult } from "graphql";
import type { FetchAPI } from "graphql-yoga";
import type { Viewer } from "../auth/viewer.ts";
import type {
	LongLivedConnection,
	LongLivedRegistry,
} from "./long-lived-connections.ts";
import type { SubscriptionType } from "./media-types.ts";
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

export interface EventStream {
	readonly subscription: Subscription;
	/** What it gives, as the plugins left it. */
	readonly results: AsyncIterable<ExecutionResult>;
	readonly viewer: Viewer;
	readonly recheck: () => Promise<Viewer>;
	textOf(result: ExecutionResult): string;
	readonly type: SubscriptionType;
}

export const eventStreamResponse = (
	{ res }: RequestContext,
	{ subscription, results, viewer, recheck, textOf, type }: EventStream,
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
	const framing = FRAMINGS[type];
	const pieces = framed(results, framing.end, (result) =>
		framing.next(textOf(result), subscription.cursor, "data" in result),
	);
	const stream = streamed(pieces, res, fetchAPI, {
		headers: {
			"Content-Type": framing.contentType,
			"Cache-Control": "no-cache",
		},
		keepAlive: {
			opening: framing.opening(subscription.cursor),
			text: framing.alive,
			everyMs: keepAliveMs,
		},
		stallMs,
		onEnd: () => done.resolve(),
	});
	if (res.destroyed) return stream.response;
	const unregister = registry.add(self);
	registry.watch(self, viewer, recheck);
	res.once("close", unregister);
	return stream.response;
};

interface Framing {
	readonly contentType: string;
	/** What goes out at once, so that the client sees that it is connected, and where it would go on. */
	opening(cursor: string): string;
	/** `isAnswer`: false of the last, which says why the stream ends. */
	next(text: string, cursor: string, isAnswer: boolean): string;
	readonly alive: string;
	readonly end: string;
}

// The delimiter goes out with the part before it: readers take a part for whole when they see what ends it.
const PART = "\r\nContent-Type: application/json\r\n\r\n";
const DELIMITER = "\r\n--graphql";

const FRAMINGS: Readonly<Record<SubscriptionType, Framing>> = {
	"text/event-stream": {
		contentType: "text/event-stream; charset=utf-8",
		// An id without data is no event, but is what an `EventSource` sends as Last-Event-ID: one that is cut off before its
		// first event goes on from where it began.
		opening: (cursor) => `:\nid: ${cursor}\n\n`,
		next: (text, cursor) => `event: next\nid: ${cursor}\ndata: ${text}\n\n`,
		alive: ":\n\n",
		end: "event: complete\ndata:\n\n",
	},
	// apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
	"multipart/mixed": {
		contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
		opening: () => `${DELIMITER}${PART}{}${DELIMITER}`,
		next: (text, _, isAnswer) =>
			`${PART}${isAnswer ? `{"payload":${text}}` : `{"payload":null,${text.slice(1)}`}${DELIMITER}`,
		alive: `${PART}{}${DELIMITER}`,
		end: "--\r\n",
	},
};

/** By hand, since the generator that a stream would be waits with its end for the next change. */
const framed = (
	results: AsyncIterable<ExecutionResult>,
	end: string,
	next: (result: ExecutionResult) => string,
): AsyncIterator<string> => {
	const source = results[Symbol.asyncIterator]();
	let isOver = false;
	const over: IteratorResult<string> = { done: true, value: undefined };
	return {
		async next() {
			if (isOver) return over;
			const { done, value } = await source.next();
			isOver = done === true;
			return { done: false, value: done ? end : next(value) };
		},
		async return() {
			isOver = true;
			await source.return?.();
			return over;
		},
	};
};
