/** A response that is written piece by piece, as fast as its reader takes it. */
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { FetchAPI } from "graphql-yoga";

export interface StreamOptions {
	readonly headers: Readonly<Record<string, string>>;
	/** A reader that takes nothing for this long is cut off: whoever holds a stream and does not read it costs memory. */
	readonly stallMs: number;
	/** Sent this often when nothing else is, so that nothing on the way takes the stream for dead. */
	readonly keepAlive?: {
		/** Sent at once. */
		readonly opening: string;
		readonly text: string;
		readonly everyMs: number;
	};
	/** The pieces are all handed over, or nobody wants them any more. */
	onEnd?(): void;
}

export interface Streamed {
	readonly response: Response;
	/** Ends it behind what was handed over. */
	end(): void;
}

/**
 * Yoga's own streams have neither: a reader that stalls is waited for without end, and the time between signs of life is
 * fixed.
 */
export const streamed = (
	pieces: AsyncIterator<string | Buffer>,
	res: ServerResponse,
	fetchAPI: FetchAPI,
	{ headers, stallMs, keepAlive, onEnd }: StreamOptions,
): Streamed => {
	let goOn: (() => void) | undefined;
	let alive: NodeJS.Timeout | undefined;
	let isOver = false;
	const over = () => {
		if (isOver) return;
		isOver = true;
		clearInterval(alive);
		goOn?.();
		onEnd?.();
	};
	const body = new Readable({
		// What is pushed goes to the socket at once: nothing is gathered before it.
		highWaterMark: 1,
		read: () => goOn?.(),
		destroy(error, done) {
			over();
			void pieces.return?.();
			done(error);
		},
	});
	// Yoga does not look at a body whose caller left before it was there.
	res.once("close", () => body.destroy());
	if (res.destroyed) body.destroy();
	const room = () =>
		new Promise<void>((resolve) => {
			const stalled = setTimeout(() => res.destroy(), stallMs);
			goOn = () => {
				clearTimeout(stalled);
				goOn = undefined;
				resolve();
			};
		});
	const pump = async () => {
		for (;;) {
			const { done, value } = await pieces.next();
			if (isOver) return;
			if (done) break;
			if (!body.push(value)) await room();
			if (isOver) return;
		}
		body.push(null);
		over();
	};
	const end = () => {
		if (isOver) return;
		over();
		body.push(null);
		void pieces.return?.();
	};
	if (keepAlive) {
		body.push(keepAlive.opening);
		alive = setInterval(() => {
			if (!res.writableNeedDrain) body.push(keepAlive.text);
		}, keepAlive.everyMs).unref();
	}
	pump().catch((error) => body.destroy(error as Error));
	body.on("error", () => res.destroy());
	return {
		response: new fetchAPI.Response(body as unknown as BodyInit, {
			status: 200,
			headers: {
				...headers,
				// Proxies that gather an answer before they pass it on would hold pieces back.
				"X-Accel-Buffering": "no",
			},
		}),
		end,
	};
};
