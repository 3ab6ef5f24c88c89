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
