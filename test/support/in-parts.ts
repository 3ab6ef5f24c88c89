/** Reads an answer that comes in parts, each as it arrives, by the letter of the framing it came in. */
import type { Data, Variables } from "./ask.ts";

export const MULTIPART = "multipart/mixed";
export const EVENTS = "text/event-stream";

export interface InParts {
	readonly status: number;
	readonly headers: Headers;
	/** The next part as soon as it can be told to be whole; undefined behind the last. */
	next(): Promise<Data | undefined>;
	/** Those that are still to come. */
	rest(): Promise<Data[]>;
	/** Hangs up. */
	leave(): void;
}

export interface AskingInParts {
	readonly url: string;
	readonly token: string;
	readonly query: string;
	readonly variables?: Variables;
	readonly accept?: string;
	readonly headers?: Readonly<Record<string, string>>;
}

/** Resolves with the head. @throws Error when the answer is not framed as its type says. */
export const askInParts = async ({
	url,
	token,
	query,
	variables = {},
	accept = MULTIPART,
	headers = {},
}: AskingInParts): Promise<InParts> => {
	const leaving = new AbortController();
	const answer = await fetch(`${url}/graphql`, {
		method: "POST",
		headers: {
			"content-type": "application/json",
			authorization: `Bearer ${token}`,
			accept,
			...headers,
		},
		body: JSON.stringify({ query, variables }),
		signal: leaving.signal,
	});
	const type = answer.headers.get("content-type") ?? "";
	const parts = (
		type.startsWith(MULTIPART)
			? multipart(textsOf(answer))
			: type.startsWith(EVENTS)
				? events(textsOf(answer))
				: whole(answer)
	)[Symbol.asyncIterator]();
	const next = async (): Promise<Data | undefined> => {
		const { done, value } = await parts.next();
		return done ? undefined : JSON.parse(value);
	};
	return {
		status: answer.status,
		headers: answer.headers,
		next,
		async rest() {
			const all: Data[] = [];
			for (let one = await next(); one !== undefined; one = await next())
				all.push(one);
			return all;
		},
		leave: () => leaving.abort(),
	};
};

async function* textsOf({ body }: Response): AsyncGenerator<string> {
	const decoder = new TextDecoder();
	for await (const bytes of body ?? [])
		yield decoder.decode(bytes, { stream: true });
}

async function* whole(answer: Response): AsyncGenerator<string> {
	yield await answer.text();
}

async function* multipart(
	texts: AsyncIterable<string>,
): AsyncGenerator<string> {
	const delimiter = "\r\n---";
	let text = "";
	let isPreamble = true;
	for await (const more of texts) {
		text += more;
		for (
			let at = text.indexOf(delimiter);
			at >= 0;
			at = text.indexOf(delimiter)
		) {
			const part = text.slice(0, at);
			text = text.slice(at + delimiter.length);
			if (isPreamble) {
				isPreamble = false;
				if (part) throw new Error(`expected no preamble, got ${part}`);
				continue;
			}
			const [head = "", body = ""] = part.split("\r\n\r\n");
			if (head.trim() !== "Content-Type: application/json; charset=utf-8")
				throw new Error(`expected the head of a part, got ${head}`);
			yield body;
		}
	}
	if (text !== "--\r\n")
		throw new Error(`expected the end of the last part, got ${text}`);
}

async function* events(texts: AsyncIterable<string>): AsyncGenerator<string> {
	let text = "";
	let isComplete = false;
	for await (const more of texts) {
		text += more;
		for (let at = text.indexOf("\n\n"); at >= 0; at = text.indexOf("\n\n")) {
			const event = text.slice(0, at);
			text = text.slice(at + 2);
			isComplete = event === "event: complete\ndata:";
			const [, data] = /^event: next\ndata: (.*)$/.exec(event) ?? [];
			if (data !== undefined) yield data;
			else if (!isComplete) throw new Error(`unexpected event ${event}`);
		}
	}
	if (!isComplete || text) throw new Error(`expected complete, got ${text}`);
}

/** What parts say together, in the format with ids. @throws Error for one that fits nowhere, or is missing at the end. */
export const mergedById = (parts: readonly Data[]): Data => {
	const places = new Map<string, readonly (string | number)[]>();
	const answer: Data = {};
	const errors: Data[] = [];
	for (const part of parts) {
		if ("data" in part) answer.data = structuredClone(part.data);
		errors.push(...(part.errors ?? []));
		for (const { id, path } of part.pending ?? []) places.set(id, path);
		for (const { id, subPath = [], data, errors: own } of part.incremental ??
			[]) {
			const path = places.get(id);
			if (!path) throw new Error(`nothing is pending as ${id}`);
			put(answer, ["data", ...path, ...subPath], data);
			errors.push(...(own ?? []));
		}
		for (const { id, errors: own } of part.completed ?? []) {
			if (!places.delete(id)) throw new Error(`${id} was not pending`);
			errors.push(...(own ?? []));
		}
		if (part.extensions) answer.extensions = part.extensions;
	}
	if (places.size && !parts.at(-1)?.hasNext)
		throw new Error(`never completed: ${[...places.values()]}`);
	return { ...answer, ...(errors.length && { errors }) };
};

/** The same in the format with paths. */
export const mergedByPath = (parts: readonly Data[]): Data => {
	const answer: Data = {};
	const errors: Data[] = [];
	for (const part of parts) {
		if ("data" in part) answer.data = structuredClone(part.data);
		errors.push(...(part.errors ?? []));
		for (const { path, data, errors: own } of part.incremental ?? []) {
			if (data) put(answer, ["data", ...path], data);
			errors.push(...(own ?? []));
		}
		if (part.extensions) answer.extensions = part.extensions;
	}
	return { ...answer, ...(errors.length && { errors }) };
};

const put = (
	answer: Data,
	path: readonly (string | number)[],
	data: Data,
): void => {
	let at = answer;
	for (const key of path) {
		if (typeof at[key] !== "object" || at[key] === null)
			throw new Error(`there is nothing at ${path.join(".")}`);
		at = at[key];
	}
	merge(at, data);
};

const merge = (into: Data, from: Data): void => {
	for (const [key, value] of Object.entries(from))
		if (typeof value === "object" && value !== null && into[key])
			merge(into[key], value);
		else into[key] = value;
};
