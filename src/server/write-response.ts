/** Writes an answer's bytes with the headers that say how old they are, and 304 to those who have them already. */
import { type CachedResponse, etagOf } from "../cache/response-cache.ts";
import type { AnswerType } from "./media-types.ts";
import type { RequestContext } from "./request-context.ts";

export interface Written extends CachedResponse {
	/** Left out: of the data as they are. */
	etag?(): string | undefined;
	/** Default 200. */
	readonly status?: number;
	readonly headers?: Readonly<Record<string, string>>;
}

/** `now` in epoch milliseconds. Entity tags are for GET alone: nobody revalidates a POST. */
export const writeAnswer = (
	exchange: RequestContext,
	answer: Written,
	type: AnswerType,
	now: number,
): void => {
	const { req } = exchange;
	const { bytes } = answer;
	const age = Math.max(0, Math.floor((now - answer.readAt) / 1000));
	const headers = ["Age", String(age)];
	if (answer.headers)
		for (const name in answer.headers)
			headers.push(name, answer.headers[name] as string);
	if (req.method === "GET") {
		const etag = answer.etag ? answer.etag() : etagOf(answer);
		// For this caller alone, and to be asked about every time: only the gateway hears of changes.
		headers.push("Cache-Control", etag === undefined ? "no-store" : REVALIDATE);
		exchange.res.appendHeader("Vary", "Authorization, X-Location-Id, Accept");
		if (etag !== undefined) {
			headers.push("ETag", etag);
			if (matches(req.headers["if-none-match"], etag)) {
				exchange.send(304, headers);
				return;
			}
		}
	} else headers.push("Cache-Control", "no-store");
	headers.push(
		"Content-Type",
		type === "application/json" ? JSON_TYPE : `${type}; charset=utf-8`,
		"Content-Length",
		String(bytes.byteLength),
	);
	exchange.send(answer.status ?? 200, headers, bytes);
};

const JSON_TYPE = "application/json; charset=utf-8";
const REVALIDATE = "private, no-cache";

/** RFC 9110, section 13.1.2: compared weakly, `*` stands for any. */
const matches = (header: string | undefined, etag: string): boolean => {
	if (header === undefined) return false;
	if (header.trim() === "*") return true;
	const bare = etag.replace(/^W\//, "");
	return header
		.split(",")
		.some((tag) => tag.trim().replace(/^W\//, "") === bare);
};
