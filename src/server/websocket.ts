/** GraphQL over WebSocket (graphql-transport-ws): who may open one, what it may hold, and how it ends. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import {
	type ExecutionArgs,
	type ExecutionResult,
	GraphQLError,
	type GraphQLFormattedError,
	parse,
} from "graphql";
import { handleProtocols, makeServer, type OperationResult } from "graphql-ws";
import { type GraphQLParams, isAsyncIterable } from "graphql-yoga";
import { type WebSocket, WebSocketServer } from "ws";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Viewer } from "../auth/viewer.ts";
import { Failure, fail } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Observer } from "../observer.ts";
import type { Tracing } from "../tracing.ts";
import type { CallerLimits } from "./caller-limits.ts";
import { checkedParameters } from "./graphql-request.ts";
import { checkJson } from "./json-text.ts";
import type {
	LongLivedConnection,
	LongLivedRegistry,
} from "./long-lived-connections.ts";
import type { OperationContext } from "./operation-context.ts";
import { maskedErrors, masker, publicErrors } from "./public-error.ts";
import { originForm } from "./request-context.ts";
import { serializedOf } from "./serialized-result.ts";
import {
	type Sending,
	type SocketCall,
	sending,
	socketCall,
} from "./socket-call.ts";
import type { Subscription } from "./subscribe.ts";
import type { GraphqlServer } from "./yoga.ts";

export interface SocketsOptions {
	readonly path: string;
	readonly registry: LongLivedRegistry;
	readonly authenticator: Authenticator;
	readonly callers: CallerLimits;
	readonly graphql: SocketGraphql;
	/** How long an answer may take. */
	readonly deadlineMs: number;
	readonly log: Logger;
	readonly observer?: Observer | undefined;
	readonly tracing?: Tracing | undefined;
	/** Longest message a client may send, in bytes. */
	readonly messageBytes: number;
	/** Operations that may run on one socket at once. */
	readonly operations: number;
	/** How long a socket may stay without saying who it is. */
	readonly initMs: number;
	/** A ping this often; a socket that has not answered the last one by then is sent the reason, and closed one interval later unless it reads on by then. */
	readonly keepAliveMs: number;
}

export interface Sockets {
	/** For the server's `upgrade` event. */
	upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
	close(): void;
}

/** What of Yoga an operation of a socket needs. */
export type SocketGraphql = Pick<
	GraphqlServer,
	"getResultForParams" | "fetchAPI"
>;

/** Of one socket. */
interface Held {
	readonly ws: WebSocket;
	readonly req: IncomingMessage;
	/** Made of `req` for the first operation. */
	request: Request | undefined;
	readonly leaving: AbortController;
	readonly subscriptions: Map<string, Subscription>;
	readonly calls: Map<string, SocketCall>;
	/** Of the caller's operations, and of its sockets. */
	readonly releases: Map<string, () => void>;
	release: (() => void) | undefined;
	readonly self: LongLivedConnection;
	viewer: Viewer | undefined;
	running: number;
	answered: boolean;
	/** Bytes it had not taken when it was last looked at; undefined until it was told it is too slow. */
	unread: number | undefined;
	onIdle: (() => void) | undefined;
}

// What waits in a socket's own buffer beyond this is a client that sends without reading.
const MOST_BUFFERED = 4 * 1024 * 1024;

export const createSockets = (options: SocketsOptions): Sockets => {
	const { registry, log } = options;
	const held = new Set<Held>();
	const wss = new WebSocketServer({
		noServer: true,
		clientTracking: false,
		maxPayload: options.messageBytes,
		handleProtocols: protocolOf,
	});
	const server = protocol(options);

	const sweep = setInterval(() => {
		for (const one of held) {
			if (one.unread !== undefined) {
				// Who has woken up reads on, however much there is; ws itself ends it 30 s after the reason was sent.
				const { bufferedAmount } = one.ws;
				if (bufferedAmount > 0 && bufferedAmount >= one.unread)
					one.ws.terminate();
				one.unread = bufferedAmount;
				continue;
			}
			if (!one.answered) {
				tooSlow(one);
				continue;
			}
			one.answered = false;
			one.ws.ping();
		}
	}, options.keepAliveMs).unref();

	const opened = (ws: WebSocket, req: IncomingMessage) => {
		if (ws.protocol === OLD_PROTOCOL)
			return ws.close(NOT_ACCEPTABLE, OLD_PROTOCOL_REASON);
		const one = holding(ws, req);
		held.add(one);
		const unregister = registry.add(one.self);
		ws.on("pong", () => {
			one.answered = true;
		});
		ws.on("error", (err) => log.debug({ err }, "socket failed"));
		const closed = server.opened(
			{
				protocol: ws.protocol,
				send: (data) => sent(ws, data),
				close: (code, reason) => ws.close(code, reason),
				onMessage: (take) =>
					ws.on("message", (data) => {
						if (ws.bufferedAmount > MOST_BUFFERED) return ws.terminate();
						const text = String(data);
						try {
							checkJson(text, "message");
						} catch (error) {
							return ws.close(INVALID_MESSAGE, reasonOf(error));
						}
						take(withQuery(text)).catch((err: unknown) => {
							log.error({ err }, "socket message not handled");
							ws.close(4500, "Internal server error");
						});
					}),
			},
			one,
		);
		ws.once("close", (code, reason) => {
			held.delete(one);
			unregister();
			one.leaving.abort();
			one.onIdle?.();
			one.release?.();
			for (const release of one.releases.values()) release();
			void closed(code, String(reason));
		});
	};

	return {
		upgrade(req, socket, head) {
			const { pathname } =
				URL.parse(`http://gateway${originForm(req.url)}`) ??
				new URL("http://gateway/");
			if (pathname !== options.path) return refuse(socket, "404 Not Found");
			try {
				registry.admit();
			} catch (error) {
				return refuse(
					socket,
					"503 Service Unavailable",
					error instanceof Failure ? error.message : "",
				);
			}
			wss.handleUpgrade(req, socket, head, (ws) => opened(ws, req));
		},
		close() {
			clearInterval(sweep);
			for (const { ws } of held) ws.terminate();
		},
	};
};

const holding = (ws: WebSocket, req: IncomingMessage): Held => {
	const one: Held = {
		ws,
		req,
		request: undefined,
		leaving: new AbortController(),
		subscriptions: new Map(),
		calls: new Map(),
		releases: new Map(),
		release: undefined,
		viewer: undefined,
		running: 0,
		answered: true,
		unread: undefined,
		onIdle: undefined,
		self: {
			get subscriptions() {
				return one.subscriptions.values();
			},
			idle: () =>
				new Promise((resolve) => {
					if (one.running === 0) resolve();
					else one.onIdle = resolve;
				}),
			close: (code, reason) => ws.close(code, reason),
			destroy: () => ws.terminate(),
		},
	};
	return one;
};

/**
 * Closes a socket whose client reads nothing. The reason goes out behind all that was sent, so a client that wakes up in
 * time reads everything up to the cursor it names; one that does not has its own last cursor.
 */
const tooSlow = (one: Held): void => {
	const { ws, leaving, subscriptions } = one;
	const cursors = new Set(
		[...subscriptions.values()].map(({ cursor }) => cursor),
	);
	const [only = "your last cursor"] = cursors.size === 1 ? cursors : [];
	// What is sent from now on goes nowhere, so nothing more is read for it.
	leaving.abort();
	for (const subscription of subscriptions.values()) void subscription.return();
	subscriptions.clear();
	ws.close(1013, `Too slow: resume at ${only}`);
	one.unread = ws.bufferedAmount;
};

/** Settles when the bytes have left for the system: a stream that waits for it never runs ahead of its client. */
const sent = (ws: WebSocket, data: string | Buffer): Promise<void> =>
	new Promise((resolve) => {
		if (ws.readyState !== ws.OPEN) return resolve();
		// A socket that fails tells by its `close`, which ends everything on it.
		ws.send(data, { binary: false }, () => resolve());
	});

// What subscriptions-transport-ws speaks, which is no longer kept up; several clients have it as their default still. Only
// who is let in can be told why it is closed: a handshake that fails shows its client nothing.
const OLD_PROTOCOL = "graphql-ws";
const NOT_ACCEPTABLE = 4406;
const OLD_PROTOCOL_REASON =
	"Subprotocol graphql-ws is the old one: use graphql-transport-ws (in your client: graphql-ws 5 or later)";

const protocolOf = (offered: Set<string>): string | false =>
	handleProtocols(offered) || (offered.has(OLD_PROTOCOL) && OLD_PROTOCOL);

/** graphql-ws closes a socket on which a document is named and its text left out; empty, it is let through to us. */
const withQuery = (message: string): string => {
	if (!NAMES_A_DOCUMENT.test(message)) return message;
	try {
		const said = JSON.parse(message);
		if (said.type !== "subscribe" || said.payload.query != null) return message;
		return JSON.stringify({
			...said,
			payload: { ...said.payload, query: "" },
		});
	} catch {
		return message;
	}
};

const NAMES_A_DOCUMENT = /"(documentId|persistedQuery)"/;

/** The errors of an answer as they shall travel; graphql-ws wants objects of graphql in between. */
const formatted = new WeakMap<GraphQLError, GraphQLFormattedError>();

const protocol = (options: SocketsOptions) => {
	const { authenticator, callers, log, registry } = options;

	/** The errors of a refused operation, which cost that operation and not the socket. */
	const errorsOf = (error: unknown, requestId: string): GraphQLError[] =>
		publicErrors(error, { log, requestId }).errors.map((one) => {
			const carrier = new GraphQLError(one.message);
			formatted.set(carrier, one as GraphQLFormattedError);
			return carrier;
		});

	const finished = (one: Held, id: string) => {
		const call = one.calls.get(id);
		call?.end();
		if (call)
			options.observer?.requestEnded({
				transport: "websocket",
				path: options.path,
				durationMs: performance.now() - call.beganAt,
				notes: call.notes,
			});
		one.calls.delete(id);
		one.releases.get(id)?.();
		one.releases.delete(id);
		one.subscriptions.delete(id);
		one.running--;
		if (one.running === 0) one.onIdle?.();
	};

	return makeServer<Record<string, unknown>, Held>({
		connectionInitWaitTimeout: options.initMs,
		async onConnect({ connectionParams, extra }) {
			const who = async () =>
				authenticator.authenticate(
					header(connectionParams, "authorization") ??
						extra.req.headers.authorization,
					header(connectionParams, "x-location-id") ??
						header(extra.req.headers, "x-location-id"),
				);
			try {
				extra.viewer = await who();
				const release = callers.hold("sockets", extra.viewer.subject);
				// It may have left meanwhile.
				if (extra.leaving.signal.aborted) release();
				else extra.release = release;
			} catch (error) {
				const [code, reason] = goodbye(error);
				extra.ws.close(code, reason);
				return false;
			}
			registry.watch(extra.self, extra.viewer, who);
			return true;
		},
		async onSubscribe(socket, id, payload) {
			const { extra } = socket;
			const requestId = randomUUID();
			extra.running++;
			try {
				if (extra.running > options.operations)
					throw fail(
						"LIMIT_EXCEEDED",
						`At most ${options.operations} operations may run on one socket at once. Complete some, or open another socket.`,
						{ extensions: { limit: options.operations } },
					);
				const viewer = extra.viewer as Viewer;
				callers.checkCpu(viewer.subject);
				extra.releases.set(id, callers.hold("operations", viewer.subject));
				const call = socketCall(
					requestId,
					viewer,
					extra.leaving.signal,
					options.deadlineMs,
				);
				extra.calls.set(id, call);
				const answer = () => answered(options.graphql, extra, call, payload);
				const { result, subscription } = await (options.tracing
					? options.tracing.operation(extra.req.headers, call.notes, (end) => {
							call.onEnd(() => queueMicrotask(end));
							return answer();
						})
					: answer());
				if (subscription) {
					// The client may have left while its arguments were looked at.
					if (id in socket.subscriptions)
						extra.subscriptions.set(id, subscription);
					else await subscription.return();
				}
				if (isAsyncIterable(result)) return carried(result as never);
				const serialized = serializedOf(result);
				if (serialized)
					return carried(
						sending(id, serialized.bytes, (data) => sent(extra.ws, data)),
					);
				// Refused before it ran: the operation has no answer, but errors.
				if (result.errors && !("data" in result))
					throw new Refused(result.errors);
				return carried(result as never);
			} catch (error) {
				const errors = errorsOf(
					error instanceof Refused ? error.errors : error,
					requestId,
				);
				const call = extra.calls.get(id);
				if (call)
					call.notes.code = formatted.get(
						errors[0] as GraphQLError,
					)?.extensions?.code;
				finished(extra, id);
				return errors;
			}
		},
		execute: answerOf,
		subscribe: answerOf,
		onNext({ extra }, id, _, __, { errors, ...result }) {
			if (!errors) return result;
			const requestId = extra.calls.get(id)?.requestId ?? "";
			const mask = masker({ log, requestId });
			return { errors: maskedErrors(errors, mask) as never, ...result };
		},
		onError: (_, __, ___, errors) =>
			errors.map((error) =>
				error instanceof GraphQLError
					? (formatted.get(error) ?? { message: "Unexpected error." })
					: error,
			),
		onComplete: ({ extra }, id) => finished(extra, id),
	});
};

/** Of an operation that did not run. */
class Refused extends Error {
	readonly errors: readonly GraphQLError[];

	constructor(errors: readonly GraphQLError[]) {
		super(errors[0]?.message);
		this.errors = errors;
	}
}

/**
 * The same steps by the same plugins as over HTTP, `onParams` included: Yoga's recipe for graphql-ws begins behind those,
 * at `getEnveloped`, where a plugin that brings the query of a request cannot bring it.
 */
const answered = async (
	{ getResultForParams, fetchAPI }: SocketGraphql,
	one: Held,
	call: SocketCall,
	payload: unknown,
): Promise<{
	readonly result: ExecutionResult | AsyncIterable<ExecutionResult>;
	readonly subscription: Subscription | undefined;
}> => {
	one.request ??= requestOf(one.req, fetchAPI);
	const context = {
		call,
		req: one.req,
		viewer: call.viewer(),
	} as unknown as OperationContext;
	const result = await getResultForParams(
		{
			params: checkedParameters(payload) as GraphQLParams,
			request: one.request,
		},
		context as never,
	);
	return {
		result: result as ExecutionResult | AsyncIterable<ExecutionResult>,
		subscription: context.subscription,
	};
};

/**
 * What plugins see as the request of an operation: where the socket was opened and with which headers. A POST, because no
 * GET may carry a mutation.
 */
const requestOf = (
	{ url = "/", headers }: IncomingMessage,
	fetchAPI: SocketGraphql["fetchAPI"],
): Request =>
	new fetchAPI.Request(
		URL.parse(url, `http://${headers.host}`)?.href ?? "http://gateway/",
		{
			method: "POST",
			headers: Object.entries(headers).flatMap(([name, value]) =>
				value === undefined
					? []
					: [[name, [value].flat().join(", ")] as [string, string]],
			),
		},
	);

// graphql-ws wants arguments to execute; what it gets was executed before, and travels as their context.
const CARRIER = parse("{ __typename }");

const carried = (
	reply: Sending | AsyncIterable<ExecutionResult>,
): ExecutionArgs => ({
	schema: {} as ExecutionArgs["schema"],
	document: CARRIER,
	rootValue: undefined,
	contextValue: reply,
});

const answerOf = ({ contextValue }: ExecutionArgs): OperationResult =>
	contextValue as OperationResult;

/** A field of the connection's parameters or headers, however it is capitalised. */
const header = (given: unknown, name: string): string | undefined => {
	const found = Object.entries(given ?? {}).find(
		([key]) => key.toLowerCase() === name,
	)?.[1];
	return typeof found === "string" ? found : undefined;
};

// 4401 tells a client not to try again as it is, 4403 to come back with another token, 1013 to come back later.
const CODES: Readonly<Record<string, number | undefined>> = {
	UNAUTHENTICATED: 4401,
	FORBIDDEN: 4403,
	BAD_REQUEST: 4403,
	CALLER_LIMIT_EXCEEDED: 1013,
	UPSTREAM_UNAVAILABLE: 1013,
};

// What graphql-ws closes with for what it cannot read: which operation it belongs to is not known before it is read.
const INVALID_MESSAGE = 4400;

// RFC 6455, section 5.5: a control frame holds 125 bytes, two of them the code.
const LONGEST_REASON = 120;

const goodbye = (error: unknown): [number, string] => {
	const code = error instanceof Failure ? CODES[error.code] : undefined;
	if (code === undefined) return [4500, "Internal server error"];
	return [code, reasonOf(error)];
};

const reasonOf = (error: unknown): string =>
	(error as Error).message.slice(0, LONGEST_REASON);

const refuse = (socket: Duplex, status: string, message = ""): void => {
	const body = JSON.stringify({ errors: [{ message: message || status }] });
	socket.on("error", () => socket.destroy());
	socket.end(
		`HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
	);
};
