/** A whole answer as an HTTP response: bytes that are made already go out as they are. */
import type { ExecutionResult } from "graphql";
import type { FetchAPI } from "graphql-yoga";
import { type AnswerContent, contentOf } from "./answer-content.ts";
import { type AnswerHead, answerHead } from "./answer-headers.ts";
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
): Response | Promise<Response> => {
	const serialized = serializedOf(result);
	const { status, headers } = serialized
		? answerHead(req, serialized, now)
		: headOf(result);
	if (status === 304) return new fetchAPI.Response(null, { status, headers });
	const response = ({ bytes, headers: own }: AnswerContent) =>
		new fetchAPI.Response(bytes as BodyInit, {
			status,
			headers: { ...own, ...headers },
		});
	const content = contentOf(
		req.headers["accept-encoding"],
		serialized ?? { bytes: textOf(result) },
		type,
	);
	return content instanceof Promise
		? content.then(response)
		: response(content);
};

const headOf = (result: ExecutionResult): AnswerHead => {
	const { status = 200, headers } = httpOf(result);
	return { status, headers: { ...headers, "Cache-Control": "no-store" } };
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
