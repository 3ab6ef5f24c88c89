/**
 * Sends an answer that is JSON text already over a socket. graphql-ws takes answers as objects, and makes text of them:
 * each would have to be parsed for it first. What it gets is a stream without items, which sends its messages by itself
 * when it is asked for the first item; whether the client still wants them, and `complete` behind them, stay with graphql-ws.
 */
import type { Whole } from "../graphql/operate.ts";

export type Sending = AsyncIterableIterator<never>;

/** `send` settles when the bytes have left. */
export const sending = (
	id: string,
	{ bytes }: Whole,
	send: (message: Buffer) => Promise<void>,
): Sending => {
	let isOver = false;
	return {
		async next() {
			if (!isOver) {
				isOver = true;
				await send(message(id, bytes));
			}
			return OVER;
		},
		async return() {
			isOver = true;
			return OVER;
		},
		async throw(error) {
			isOver = true;
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
