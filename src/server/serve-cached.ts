/** An answer that is kept as bytes and still true, given ahead of Yoga: nothing is parsed, validated or executed for it. */
import type { Cache } from "../cache/cache.ts";
import type { OperationKeys } from "../operation/operation-key.ts";
import { contentOf } from "./answer-content.ts";
import { encodedResponse, findResponse } from "./cached-responses.ts";
import type { Origins } from "./cors.ts";
import type { HttpCall } from "./http-call.ts";
import { answerHead } from "./json-response.ts";
import { answerTypeOf, wantsPage } from "./media-types.ts";

/** True when the request is answered. What is wrong with it is for Yoga's plugins to say. */
export type ServeCached = (call: HttpCall) => Promise<boolean>;

export const createServeCached =
	(cache: Cache, keys: OperationKeys, origins: Origins): ServeCached =>
	async (call) => {
		const { http } = call;
		const { method, headers } = http.req;
		if (method !== "POST" && (method !== "GET" || wantsPage(headers.accept)))
			return false;
		// Pages of other origins are answered by Yoga, which writes the headers they need.
		if (!origins.none && headers.origin !== undefined) return false;
		const type = answerTypeOf(headers.accept);
		const asked = type && (await readAhead(call));
		if (!asked) return false;
		const { viewer, text } = asked;
		const key = keys.ofText(text);
		const answer = key && findResponse(cache, viewer, key, call.cacheControl);
		if (!answer) {
			call.missedKey = key;
			return false;
		}
		const { notes } = http;
		notes.subject = viewer.subject;
		notes.locationId = viewer.locationId;
		notes.operation = answer.operation;
		notes.operationName = answer.operationName;
		notes.calls = 0;
		const head = answerHead(http.req, answer, cache.now());
		// Others may be given the same answer with the headers that their page needs.
		if (head.headers.Vary && !origins.none) head.headers.Vary += ", Origin";
		if (head.status === 304) {
			http.send(304, Object.entries(head.headers).flat());
			return true;
		}
		const made = contentOf(
			headers["accept-encoding"],
			{
				bytes: answer.bytes,
				encoded: (encoding) =>
					encodedResponse(cache, viewer, key, answer, encoding),
			},
			type,
		);
		const content = made instanceof Promise ? await made : made;
		http.send(
			head.status,
			Object.entries({ ...content.headers, ...head.headers }).flat(),
			content.bytes,
		);
		return true;
	};

/** Who asks and what: undefined where either is refused, which Yoga's plugins say when they ask for the same. */
const readAhead = async (call: HttpCall) => {
	try {
		// A header that cannot be read is refused, also where no time is taken.
		void call.deadlineMs;
		return { viewer: await call.viewer(), text: await call.text() };
	} catch {
		return undefined;
	}
};
