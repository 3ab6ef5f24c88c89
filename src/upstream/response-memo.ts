/**
 * Remembers what was read of an answer, so that the same answer to the same call is not parsed and checked again: most
 * of what is read anew has not changed. Whoever gets it cannot tell, but for the same object coming back.
 */
import { LRUCache } from "lru-cache";

export interface ResponseMemo {
	/**
	 * What `parse` makes of `body`, or made of it when `call` was answered the same before. Throws what `parse` throws.
	 * Without `mayStore` nothing of this answer is remembered.
	 */
	read<V>(call: string, body: Buffer, parse: () => V, mayStore: boolean): V;
	clear(): void;
}

interface Remembered {
	/** The bytes of the answer, one a letter: compared at once, and a text that is not decoded takes what it took on the wire. */
	readonly bytes: string;
	/** Undefined until the same was answered twice: what is read once is not held. */
	readonly value: unknown;
}

const OVERHEAD = 250;
// What was parsed of a text of rows takes about twice its bytes.
const PARSED = 2;
// One page of hundreds of rows would push out everything else.
const LARGEST_SHARE = 1 / 16;

/** At most about `maxBytes` are held, 0 for none. */
export const createResponseMemo = (maxBytes: number): ResponseMemo => {
	if (maxBytes === 0) return NOTHING;
	const memo = new LRUCache<string, Remembered>({
		maxSize: maxBytes,
		maxEntrySize: Math.max(1, Math.floor(maxBytes * LARGEST_SHARE)),
	});
	return {
		read(call, body, parse, mayStore) {
			const bytes = withoutTrace(body.toString("latin1"));
			const last = memo.get(call);
			const isUnchanged = last?.bytes === bytes;
			if (isUnchanged && last.value !== undefined)
				return last.value as ReturnType<typeof parse>;
			const parsed = parse();
			if (!mayStore) return parsed;
			const value = isUnchanged ? parsed : undefined;
			const factor = isUnchanged ? 1 + PARSED : 1;
			const size = OVERHEAD + call.length + factor * bytes.length;
			memo.set(call, { bytes, value }, { size });
			return parsed;
		},
		clear: () => memo.clear(),
	};
};

const NOTHING: ResponseMemo = {
	read: (_call, _body, parse) => parse(),
	clear() {},
};

const TRACE = ',"traceId":"';
const LONGEST_TRACE = 80;

/** Answers end with an id of the call itself [community: issue 289], which is another one each time. */
const withoutTrace = (text: string): string => {
	const at = text.lastIndexOf(TRACE);
	const isLast =
		at >= 0 &&
		text.length - at < LONGEST_TRACE &&
		text.indexOf('"', at + TRACE.length) === text.length - 2;
	return isLast ? text.slice(0, at) : text;
};
