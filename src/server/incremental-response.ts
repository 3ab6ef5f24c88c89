/** Writes an answer that comes in parts, as multipart/mixed or as events, each part the moment it is there. */
import type { ExecutionResult } from "graphql";
import type { FetchAPI } from "graphql-yoga";
import { textOf } from "./json-response.ts";
import type { StreamType } from "./media-types.ts";
import type { RequestContext } from "./request-context.ts";
import { streamed } from "./stream-response.ts";

/** Of one part where the answer is a whole one after all. */
export const incrementalResponse = (
	{ res }: RequestContext,
	{ type, format }: StreamType,
	result: ExecutionResult | AsyncIterable<ExecutionResult>,
	fetchAPI: FetchAPI,
	stallMs: number,
): Response => {
	const framing = FRAMINGS[type];
	return streamed(framed(partsOf(result), framing), res, fetchAPI, {
		headers: {
			"Content-Type": framing.contentType(format),
			"Cache-Control": "no-store",
		},
		stallMs,
	}).response;
};

const partsOf = (
	result: ExecutionResult | AsyncIterable<ExecutionResult>,
): AsyncIterator<ExecutionResult> => {
	if (Symbol.asyncIterator in result) return result[Symbol.asyncIterator]();
	let given = false;
	return {
		async next() {
			if (given) return { done: true, value: undefined };
			given = true;
			return { done: false, value: result };
		},
	};
};

const framed = (
	parts: AsyncIterator<ExecutionResult>,
	{ before, after, end }: Framing,
): AsyncIterator<Buffer> => {
	let isFirst = true;
	return {
		async next() {
			const { done, value } = await parts.next();
			if (done) return { done: true, value: undefined };
			const isLast = !(value as { hasNext?: boolean }).hasNext;
			const bytes = Buffer.concat([
				Buffer.from(isFirst ? before.first : before.next),
				textOf(value),
				Buffer.from(isLast ? end : after),
			]);
			isFirst = false;
			return { done: false, value: bytes };
		},
		async return() {
			await parts.return?.();
			return { done: true, value: undefined };
		},
	};
};

interface Framing {
	contentType(format: string): string;
	readonly before: { readonly first: string; readonly next: string };
	readonly after: string;
	readonly end: string;
}

// JSON text holds no line of its own that begins with hyphens. The delimiter goes out with the part before it and not
// with the next: readers take a part for whole when they see what ends it.
const DELIMITER = "\r\n---";
const HEAD = "\r\nContent-Type: application/json; charset=utf-8\r\n\r\n";

const FRAMINGS: Readonly<Record<StreamType["type"], Framing>> = {
	"multipart/mixed": {
		contentType: (format) => `multipart/mixed; boundary="-"; ${format}`,
		before: { first: `${DELIMITER}${HEAD}`, next: HEAD },
		after: DELIMITER,
		end: `${DELIMITER}--\r\n`,
	},
	"text/event-stream": {
		contentType: () => "text/event-stream; charset=utf-8",
		before: { first: "event: next\ndata: ", next: "event: next\ndata: " },
		after: "\n\n",
		end: "\n\nevent: complete\ndata:\n\n",
	},
};
