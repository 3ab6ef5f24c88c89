/** The headers of an answer: how old it is, how it may be kept, and whether the caller has it already. */
import { etagOf } from "../cache/response-cache.ts";
import type { Serialized } from "./serialized-result.ts";

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
