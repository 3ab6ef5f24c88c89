/** The bytes of an answer as this caller takes them, and the headers that say what they are. */
import { encode, encodingFor } from "./content-encoding.ts";
import type { AnswerType } from "./media-types.ts";
import type { Serialized } from "./serialized-result.ts";

export interface AnswerContent {
	readonly bytes: Buffer;
	/** Those of the answer itself count where both say something. */
	readonly headers: Record<string, string>;
}

/** `accepted`: the request's Accept-Encoding. */
export const contentOf = (
	accepted: string | string[] | undefined,
	{ bytes, encoded }: Pick<Serialized, "bytes" | "encoded">,
	type: AnswerType,
): AnswerContent | Promise<AnswerContent> => {
	const encoding = encodingFor(accepted, bytes.byteLength);
	const typed = TYPES[type];
	if (!encoding)
		return {
			bytes,
			headers: {
				"Content-Type": typed,
				"Content-Length": String(bytes.byteLength),
			},
		};
	const content = (made: Buffer): AnswerContent => ({
		bytes: made,
		headers: {
			"Content-Type": typed,
			"Content-Encoding": encoding,
			Vary: "Accept-Encoding",
			"Content-Length": String(made.byteLength),
		},
	});
	const made = encoded?.(encoding) ?? encode(bytes, encoding, "once");
	return Buffer.isBuffer(made) ? content(made) : made.then(content);
};

const TYPES: Readonly<Record<AnswerType, string>> = {
	"application/json": "application/json; charset=utf-8",
	"application/graphql-response+json":
		"application/graphql-response+json; charset=utf-8",
};
