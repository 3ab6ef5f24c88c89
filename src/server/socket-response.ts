/**
 * Sends an answer that is JSON text already over a socket. graphql-ws takes answers as objects, and makes text of them:
 * each would have to be parsed for it first. What it gets is a stream without items, which sends its messages by itself
 * when it is asked for the first item; whether the client still wants them, and `complete` behind them, stay with graphql-ws.
 */
import type { InParts, Whole } from "./operate.ts";

export type Sending = AsyncIterableIterator<never>;

/** `send` settles when the bytes have left. */
export const sending = (
	id: string,
	reply: Whole | InParts,
	send: (message: Buffer) => Promise<void>,
): Sending => {
	let isWanted = true;
	const leave = () => {
		isWanted = false;
		if ("end" in reply) reply.end();
	};
	return {
		async next() {
			if ("bytes" in reply) await send(message(id, reply.bytes));
			else
				await reply.each((part) => {
					if (isWanted) void send(message(id, part));
				});
			return OVER;
		},
		async return() {
			leave();
			return OVER;
		},
		async throw(error) {
			leave();
			throw error;
		},
		[Symbol.asyncIterator]() {
			return this;
		},
	};
};

const OVER: IteratorResult<never> = { done: true, value: undefined };

/** graphql-transport-ws: `{ id, type: "next", payload }`. */
const message = (id: string, payload: Buffer): Buffer =>
	Buffer.concat([
		Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`),
		payload,
		END,
	]);

const END = Buffer.from("}");
