/** The door /graphql: what a request meets, in order. Anything thrown on the way is its answer. */
import type { Authenticator } from "../auth/authenticator.ts";
import type { Viewer } from "../auth/viewer.ts";
import type { Cache } from "../cache/cache.ts";
import type { Clock } from "../clock.ts";
import {
	type CostedOperation,
	checkCost,
	type OperationCost,
} from "../cost/operation-cost.ts";
import { dryRunResult } from "../cost/price-extension.ts";
import { fail } from "../errors.ts";
import type { Context, OperationTerms } from "../loading/context.ts";
import type { Admit } from "../operation/admission.ts";
import { defers } from "../operation/defer.ts";
import type { Prepare } from "../operation/prepare.ts";
import { readBody } from "./body.ts";
import { cacheControlOf } from "./cache-control.ts";
import { answerCors } from "./cors.ts";
import { deadlineOf, startDeadline } from "./deadline.ts";
import { sendJson } from "./error-response.ts";
import {
	type EventStreamOptions,
	serveEvents,
	wantsEvents,
} from "./event-stream.ts";
import {
	type Parameters,
	parametersOfBody,
	parametersOfUrl,
} from "./graphql-request.ts";
import type { RequestHandler } from "./http-server.ts";
import { type AnswerInParts, onlyPart } from "./incremental.ts";
import { serveParts } from "./incremental-response.ts";
import {
	type AnswerType,
	answerTypeOf,
	checkAccept,
	streamTypeOf,
	wantsPage,
} from "./media-types.ts";
import type { Asked } from "./operation-key.ts";
import type { RequestContext } from "./request-context.ts";
import { type AnswerQuery, answerKey } from "./respond.ts";
import type { Subscribe, SubscriptionAsked } from "./subscribe.ts";
import { writeAnswer } from "./write-response.ts";

export interface GraphqlDoorOptions {
	readonly origins: readonly string[];
	readonly bodyBytes: number;
	/** GraphiQL, for browsers that open the address; undefined where it is off. */
	readonly page: RequestHandler | undefined;
	readonly authenticator: Authenticator;
	readonly prepare: Prepare;
	readonly admit: Admit;
	readonly priceOf: (viewer: Viewer, asked: CostedOperation) => OperationCost;
	/** The most calls one operation may cost. */
	readonly priceCeiling: number;
	/** How long an answer may take when the caller does not say. */
	readonly deadlineMs: number;
	readonly clock: Clock;
	readonly contextOf: (
		viewer: Viewer,
		exchange: RequestContext,
		terms: OperationTerms,
	) => Context;
	readonly cache: Cache;
	/** Words for queries; the same for all doors, so that what one keeps serves the others. */
	readonly asked: Asked;
	readonly answer: AnswerQuery;
	/** For operations with `@defer`, and callers who take a stream. */
	readonly answerInParts: AnswerInParts;
	readonly subscribe: Subscribe;
	readonly events: EventStreamOptions;
}

export const graphqlDoor = (door: GraphqlDoorOptions): RequestHandler => {
	const known = door.asked;
	return async (exchange: RequestContext): Promise<void> => {
		const { req, notes } = exchange;
		if (answerCors(exchange, door.origins)) return;
		checkMethod(req.method);
		if (door.page && req.method === "GET" && wantsPage(req.headers.accept))
			return door.page(exchange);

		const authenticate = () =>
			door.authenticator.authenticate(
				req.headers.authorization,
				oneLine(req.headers["x-location-id"]),
				req.socket,
			);
		const deadlineMs = deadlineOf(
			oneLine(req.headers["x-deadline-ms"]),
			door.deadlineMs,
		);
		const viewer = await authenticate();
		notes.subject = viewer.subject;
		notes.locationId = viewer.locationId;
		checkAccept(req.headers.accept);
		const type = answerTypeOf(req.headers.accept);
		const text = await textOf(exchange, door.bodyBytes);
		const word = known.known(text);
		if (
			word !== undefined &&
			type !== undefined &&
			giveAgain(door, exchange, viewer, word, type)
		)
			return;

		// An answer given again takes no time worth watching.
		const deadline = startDeadline(deadlineMs, exchange.signal, door.clock);
		exchange.onEnd(deadline.met);
		const asked = parametersOf(exchange, text);
		const document = door.prepare(asked.query);
		const { operation, coerced } = door.admit(viewer, { ...asked, document });
		notes.operation = operation.operation;
		notes.operationName = operation.name?.value;
		if (req.method === "GET" && operation.operation === "mutation")
			throw notByGet();
		const price = door.priceOf(viewer, {
			document,
			operation,
			variables: asked.variables,
			coerced,
		});
		notes.price = price.max;
		if (asked.extensions.priceOnly === true)
			return sendJson(
				exchange,
				200,
				dryRunResult(price, door.priceCeiling),
				answerTypeOf(req.headers.accept),
			);
		checkCost(price, door.priceCeiling);
		if (operation.operation === "subscription") {
			// A stream lives as long as its token; the deadline is for each of its answers.
			deadline.met();
			return subscribed(door, exchange, viewer, async () => authenticate(), {
				...asked,
				document,
				operation,
				worst: price.max,
			});
		}
		const context = door.contextOf(viewer, exchange, {
			lane: operation.operation,
			maxCost: price.max,
			expectedCost: price.expected,
			deadlineMs,
			signal: deadline.signal,
		});
		exchange.onEnd(() => {
			notes.calls = context.upstream.meter.made;
			context.upstream.end();
		});
		const admitted = { ...asked, document, operation, coerced };
		const met =
			operation.operation === "query" ? known.learn(text, asked) : undefined;
		// The same query spelled differently may have been answered before.
		if (
			met &&
			word === undefined &&
			type !== undefined &&
			giveAgain(door, exchange, viewer, met.word, type)
		)
			return;
		const isDeferred = defers(admitted);
		const stream =
			isDeferred || type === undefined
				? streamTypeOf(req.headers.accept)
				: undefined;
		if (stream && isDeferred)
			return serveParts(
				exchange,
				stream,
				door.answerInParts(admitted, context, stream.format),
			);
		// What is asked once may never be asked again: only from the second time on is its answer worth the memory.
		const answer = await door.answer(
			admitted,
			context,
			met?.isNew ? undefined : met?.word,
		);
		if (type !== undefined)
			return writeAnswer(exchange, answer, type, door.cache.now());
		if (stream) await serveParts(exchange, stream, onlyPart(answer.bytes));
	};
};

/** An answer that is still true is given again, ahead of parsing, validating and executing. True when it was. */
const giveAgain = (
	{ cache }: GraphqlDoorOptions,
	exchange: RequestContext,
	viewer: Viewer,
	word: string,
	type: AnswerType,
): boolean => {
	const answer = cache.responses.find(
		cache.touch(viewer.locationId),
		answerKey(viewer, word),
		cacheControlOf(exchange.req.headers["cache-control"]),
	);
	if (!answer) return false;
	const { notes } = exchange;
	notes.operation = answer.operation;
	notes.operationName = answer.operationName;
	notes.calls = 0;
	writeAnswer(exchange, answer, type, cache.now());
	return true;
};

const subscribed = async (
	door: GraphqlDoorOptions,
	exchange: RequestContext,
	viewer: Viewer,
	recheck: () => Promise<Viewer>,
	asked: SubscriptionAsked,
): Promise<void> => {
	if (!wantsEvents(exchange.req.headers.accept))
		throw fail(
			"NOT_ACCEPTABLE",
			"A subscription is a stream: ask with `Accept: text/event-stream`, or over WebSocket at the same address.",
		);
	door.events.registry.admit();
	const subscription = await door.subscribe(viewer, exchange.requestId, asked);
	await serveEvents(exchange, subscription, viewer, recheck, door.events);
};

const checkMethod = (method: string | undefined): void => {
	if (method === "GET" || method === "POST") return;
	throw fail(
		"METHOD_NOT_ALLOWED",
		`GraphQL is asked by POST, and queries by GET as well, but ${method} came.`,
		{ extensions: { allow: ["GET", "POST"] } },
	);
};

const notByGet = () =>
	fail(
		"METHOD_NOT_ALLOWED",
		"A mutation must be sent by POST: a GET may be repeated or prefetched by anything on its way.",
		{ extensions: { allow: ["POST"] } },
	);

/** All that says what is asked: the body of a POST, the address of a GET. */
const textOf = (
	exchange: RequestContext,
	bodyBytes: number,
): string | Promise<string> => {
	const { req } = exchange;
	// Only a GET's address is worth reading as a URL.
	if (req.method === "GET") return exchange.url.search;
	checkContentType(
		req.headers["content-type"],
		req.headers["content-encoding"],
	);
	return readBody(req, bodyBytes);
};

const parametersOf = (exchange: RequestContext, text: string): Parameters =>
	exchange.req.method === "GET"
		? parametersOfUrl(exchange.url.searchParams)
		: parametersOfBody(text);

// The types a plain HTML form can send are refused, so that no page elsewhere can make a browser send a mutation.
const checkContentType = (
	header: string | undefined,
	encoding: string | undefined,
): void => {
	if (header === "application/json" && encoding === undefined) return;
	const [type, ...parameters] = (header ?? "")
		.split(";")
		.map((piece) => piece.trim().toLowerCase());
	const charset = parameters.find((one) => one.startsWith("charset="));
	if (
		type === "application/json" &&
		(!charset || /^charset="?utf-?8"?$/.test(charset)) &&
		(!encoding || encoding === "identity")
	)
		return;
	throw fail(
		"UNSUPPORTED_MEDIA_TYPE",
		"The body must be uncompressed JSON in UTF-8, sent with the header `Content-Type: application/json`.",
	);
};

const oneLine = (header: string | string[] | undefined): string | undefined =>
	Array.isArray(header) ? header.join(", ") : header;
