/** One operation of a socket: it has no headers of its own, and ends before its socket does. */
import type { Viewer } from "../auth/viewer.ts";
import { ANY_AGE } from "../cache/session.ts";
import type { Call } from "./operation-context.ts";

export interface SocketCall extends Call {
	/** By `performance.now()`. */
	readonly beganAt: number;
	/** Its answer is sent, or nobody waits for it. */
	end(): void;
}

export const socketCall = (
	requestId: string,
	viewer: Viewer,
	signal: AbortSignal,
	deadlineMs: number,
): SocketCall => {
	const ends: (() => void)[] = [];
	return {
		requestId,
		beganAt: performance.now(),
		notes: {},
		signal,
		cacheControl: ANY_AGE,
		partFormat: "incrementalSpec=v0.2",
		takesWhole: true,
		deadlineMs,
		waitedMs: 0,
		text: () => undefined,
		viewer: () => viewer,
		onEnd(listener) {
			ends.push(listener);
		},
		end() {
			for (const listener of ends.splice(0)) listener();
		},
	};
};

/**
 * Sends an answer that is JSON text already over a socket. graphql-ws takes answers as objects, and makes text of them:
 * each would have to be parsed for it first. What it gets is a stream without items, which sends its message by itself
 * when it is asked for the first item; whether the client still wants it, and `complete` behind it, stay with graphql-ws.
 */
export type Sending = AsyncIterableIterator<never>;

/** `send` settles when the bytes have left. */
export const sending = (
	id: string,
	payload: Buffer,
	send: (message: Buffer) => Promise<void>,
): Sending => ({
	async next() {
		await send(message(id, payload));
		return OVER;
	},
	async return() {
		return OVER;
	},
	async throw(error) {
		throw error;
	},
	[Symbol.asyncIterator]() {
		return this;
	},
});

const OVER: IteratorResult<never> = { done: true, value: undefined };

/** graphql-transport-ws: `{ id, type: "next", payload }`. */
const message = (id: string, payload: Buffer): Buffer =>
	Buffer.concat([
		Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`),
		payload,
		END,
	]);

const END = Buffer.from("}");
