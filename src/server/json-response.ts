/** A whole answer as an HTTP response: bytes that are made already go out as they are. */
import type { ExecutionResult } from "graphql";
import type { FetchAPI } from "graphql-yoga";
import { etagOf } from "../cache/response-cache.ts";
import { type AnswerContent, contentOf } from "./answer-content.ts";
import type { AnswerType } from "./media-types.ts";
import type { RequestContext } from "./request-context.ts";
import { type Serialized, serializedOf } from "./serialized-result.ts";

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

/** The headers of an answer: how old it is, how it may be kept, and whether the caller has it already. */
export interface AnswerHead {
	/** 304 for a caller who has it. */
	readonly status: number;
	readonly headers: Record<string, string>;
}

/** `now` in epoch milliseconds; what is sent itself adds its own (`contentOf`). Entity tags are for GET alone: nobody revalidates a POST. */
export const answerHead = (
	{ method, headers: asked }: { method?: string | undefined; headers: Headers },
	answer: Serialized,
	now: number,
): AnswerHead => {
	const age = Math.max(0, Math.floor((now - answer.readAt) / 1000));
	const headers: Record<string, string> = {
		Age: String(age),
		...answer.headers,
	};
	if (method === "GET") {
		const etag = answer.etag ? answer.etag() : etagOf(answer);
		// Private, and revalidated every time: only the gateway is notified of changes.
		headers["Cache-Control"] = etag === undefined ? "no-store" : REVALIDATE;
		headers.Vary = VARY;
		if (etag !== undefined) {
			headers.ETag = etag;
			if (matches(asked["if-none-match"], etag))
				return { status: 304, headers };
		}
	} else headers["Cache-Control"] = "no-store";
	return { status: answer.status ?? 200, headers };
};

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const VARY = "Authorization, X-Location-Id, Accept, Accept-Encoding";
const REVALIDATE = "private, no-cache";

/** RFC 9110, section 13.1.2: compared weakly, `*` stands for any. */
const matches = (
	header: string | string[] | undefined,
	etag: string,
): boolean => {
	if (typeof header !== "string") return false;
	if (header.trim() === "*") return true;
	const bare = etag.replace(/^W\//, "");
	return header
		.split(",")
		.some((tag) => tag.trim().replace(/^W\//, "") === bare);
};
