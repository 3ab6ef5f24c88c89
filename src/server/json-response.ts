/** A whole answer as an HTTP response: bytes that are made already go out as they are. */
import type { ExecutionResult } from "graphql";
import type { FetchAPI } from "graphql-yoga";
import { answerHead } from "./answer-headers.ts";
import type { AnswerType } from "./media-types.ts";
import type { RequestContext } from "./request-context.ts";
import { serializedOf } from "./serialized-result.ts";

/** `now` in epoch milliseconds. */
export const jsonResponse = (
	result: ExecutionResult,
	fetchAPI: FetchAPI,
	{ req }: RequestContext,
	type: AnswerType,
	now: number,
): Response => {
	const serialized = serializedOf(result);
	if (serialized) {
		const { status, headers } = answerHead(req, serialized, type, now);
		const bytes = status === 304 ? null : serialized.bytes;
		return new fetchAPI.Response(bytes as BodyInit | null, { status, headers });
	}
	const { status = 200, headers } = httpOf(result);
	const bytes = textOf(result);
	return new fetchAPI.Response(bytes as BodyInit, {
		status,
		headers: {
			...headers,
			"Content-Type": `${type}; charset=utf-8`,
			"Content-Length": String(bytes.byteLength),
			"Cache-Control": "no-store",
		},
	});
};

/** What follows in a stream is JSON as well. */
export const textOf = (result: ExecutionResult): Buffer => {
	const serialized = serializedOf(result);
	if (serialized) return serialized.bytes;
	const {
		errors,
		extensions: { http: _, ...extensions } = {},
		...rest
	} = result;
	return Buffer.from(
		JSON.stringify({
			...(errors && { errors }),
			...rest,
			...(Object.keys(extensions).length && { extensions }),
		}),
	);
};

/** Where Yoga and its plugins put what HTTP shall say. */
export const httpOf = ({
	extensions,
}: ExecutionResult): {
	readonly status?: number;
	readonly headers?: Readonly<Record<string, string>>;
} => (extensions?.http as ReturnType<typeof httpOf>) ?? {};
