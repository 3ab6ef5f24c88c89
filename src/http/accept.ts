/** Which media type an answer may have, by the request's Accept header. */
import { fail } from "../errors.ts";
import { recent } from "../recent.ts";

export type AnswerType =
	| "application/json"
	| "application/graphql-response+json";

// Streams are written by the executor's own processors; a plain answer can travel in one as well.
const STREAMS = ["text/event-stream", "multipart/mixed"];

/** The JSON type for a plain answer; undefined when the caller takes neither. Without a header it is application/json. */
export const answerTypeOf = (
	accept: string | undefined,
): AnswerType | undefined => {
	let best: { type: AnswerType; q: number } | undefined;
	for (const { range, q } of ranges(accept)) {
		const type = JSON_TYPES[range];
		if (type && (!best || q > best.q)) best = { type, q };
	}
	return best?.type;
};

/** True when the caller names application/json itself, rather than take whatever comes. */
export const namesJson = (accept: string | undefined): boolean =>
	ranges(accept).some(({ range }) => range === "application/json");

/** @throws Failure NOT_ACCEPTABLE when nothing this gateway writes is in the Accept header. */
export const checkAccept = (accept: string | undefined): void => {
	if (
		ranges(accept).some(
			({ range }) => JSON_TYPES[range] ?? STREAMS.includes(range),
		)
	)
		return;
	throw fail(
		"NOT_ACCEPTABLE",
		"The Accept header must allow application/graphql-response+json or application/json.",
	);
};

/** True for a browser that opens the address rather than a program that queries it. */
export const wantsPage = (accept: string | undefined): boolean =>
	ranges(accept).some(({ range }) => range === "text/html");

const JSON_TYPES: Readonly<Record<string, AnswerType | undefined>> = {
	"*/*": "application/json",
	"application/*": "application/json",
	"application/json": "application/json",
	"application/graphql-response+json": "application/graphql-response+json",
};

// Callers send the same few headers over and over.
const read = recent<string, readonly { range: string; q: number }[]>(100);

const ranges = (accept: string | undefined) => {
	const header = accept ?? "*/*";
	const known = read.get(header);
	if (known) return known;
	const found = rangesOf(header);
	if (header.length < 500) read.set(header, found);
	return found;
};

const rangesOf = (accept: string): { range: string; q: number }[] =>
	(accept.trim() || "*/*").split(",").flatMap((part) => {
		const [range = "", ...parameters] = part
			.split(";")
			.map((piece) => piece.trim().toLowerCase());
		const q = parameters.find((parameter) => parameter.startsWith("q="));
		const weight = q === undefined ? 1 : Number(q.slice(2));
		const charset = parameters.find((one) => one.startsWith("charset="));
		const utf8 = !charset || /^charset="?utf-8"?$/.test(charset);
		return weight > 0 && utf8 ? [{ range, q: weight }] : [];
	});
