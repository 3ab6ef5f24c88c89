/** Which media type an answer may have, by the request's Accept header. */
import { LRUCache } from "lru-cache";
import { fail } from "../errors.ts";
import type { PartFormat } from "./incremental.ts";

export type AnswerType =
	| "application/json"
	| "application/graphql-response+json";

/** A stream for an answer in parts; a plain answer can travel in one as well. */
export interface StreamType {
	readonly type: "text/event-stream" | "multipart/mixed";
	readonly format: PartFormat;
}

/** The JSON type for a plain answer; undefined when the caller takes neither. Without a header it is application/json. */
export const answerTypeOf = (
	accept: string | undefined,
): AnswerType | undefined => bestJson(accept)?.type;

/**
 * The stream for an answer in parts; undefined when the caller takes none, names a format this gateway does not write,
 * or would rather have one plain answer. Never undefined where `checkAccept` passes and there is no JSON type.
 */
export const streamTypeOf = (
	accept: string | undefined,
): StreamType | undefined => {
	const json = bestJson(accept)?.q ?? 0;
	let best: (StreamType & { q: number }) | undefined;
	for (const { range, q, spec } of ranges(accept)) {
		const type = STREAMS[range];
		if (!type || q < json || (best && q <= best.q)) continue;
		const format = FORMATS[spec] ?? (json ? undefined : FORMATS[""]);
		if (format) best = { type, format, q };
	}
	return best;
};

/** True when the caller asks for an event stream. */
export const wantsEvents = (accept: string | undefined): boolean =>
	subscriptionTypeOf(accept) === "text/event-stream";

/** How a subscription travels over HTTP. */
export type SubscriptionType = StreamType["type"];

/** The stream for a subscription; undefined when the caller takes none. Events have their own word for where they go on. */
export const subscriptionTypeOf = (
	accept: string | undefined,
): SubscriptionType | undefined => {
	const all = accept === undefined ? [] : ranges(accept);
	if (all.some(({ range }) => range === "text/event-stream"))
		return "text/event-stream";
	return all.some(
		({ range, spec }) =>
			range === "multipart/mixed" && spec === "subscriptionspec=1.0",
	)
		? "multipart/mixed"
		: undefined;
};

const bestJson = (accept: string | undefined) => {
	let best: { type: AnswerType; q: number } | undefined;
	for (const { range, q } of ranges(accept)) {
		const type = JSON_TYPES[range];
		if (type && (!best || q > best.q)) best = { type, q };
	}
	return best;
};

/** True when the caller names application/json itself, rather than take whatever comes. */
export const namesJson = (accept: string | undefined): boolean =>
	ranges(accept).some(({ range }) => range === "application/json");

/** @throws Failure NOT_ACCEPTABLE when nothing this gateway writes is in the Accept header. */
export const checkAccept = (accept: string | undefined): void => {
	if (ranges(accept).some(({ range }) => JSON_TYPES[range] ?? STREAMS[range]))
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

const STREAMS: Readonly<Record<string, StreamType["type"] | undefined>> = {
	"text/event-stream": "text/event-stream",
	"multipart/mixed": "multipart/mixed",
};

/** By the parameter beside the type. */
const FORMATS: Readonly<Record<string, PartFormat | undefined>> = {
	"": "incrementalSpec=v0.2",
	"incrementalspec=v0.2": "incrementalSpec=v0.2",
	"deferspec=20220824": "deferSpec=20220824",
};

interface Range {
	readonly range: string;
	readonly q: number;
	/** The parameter that says how parts shall be written; empty when there is none. */
	readonly spec: string;
}

// Callers send the same few headers over and over.
const read = new LRUCache<string, readonly Range[]>({ max: 100 });

const ranges = (accept: string | undefined) => {
	const header = accept ?? "*/*";
	const known = read.get(header);
	if (known) return known;
	const found = rangesOf(header);
	if (header.length < 500) read.set(header, found);
	return found;
};

// Browsers name ten; what is behind these is not looked at.
const MOST_RANGES = 50;
const MOST_PARAMETERS = 10;

const rangesOf = (accept: string): Range[] =>
	(accept.trim() || "*/*").split(",", MOST_RANGES).flatMap((part) => {
		const [range = "", ...parameters] = part
			.split(";", MOST_PARAMETERS)
			.map((piece) => piece.trim().toLowerCase());
		const q = parameters.find((parameter) => parameter.startsWith("q="));
		const weight = q === undefined ? 1 : Number(q.slice(2));
		const charset = parameters.find((one) => one.startsWith("charset="));
		const utf8 = !charset || /^charset="?utf-8"?$/.test(charset);
		const spec =
			parameters.find((one) =>
				/^(incremental|defer|subscription)spec=/.test(one),
			) ?? "";
		return weight > 0 && utf8 ? [{ range, q: weight, spec }] : [];
	});
