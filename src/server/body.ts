/** Reads a request's body up to a limit, and stops reading, or unpacking, as soon as it is passed. */
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { type Failure, fail } from "../errors.ts";

/**
 * The body as UTF-8 text. The limit counts unpacked bytes, and those on the way as well.
 * @throws Failure PAYLOAD_TOO_LARGE before the rest is read, BAD_REQUEST when the bytes are not UTF-8, not gzip where they
 * should be, or the caller leaves.
 */
export const readBody = async (
	req: IncomingMessage,
	limitBytes: number,
	isGzip = false,
): Promise<string> => {
	const sent = await readBytes(req, limitBytes);
	const bytes = isGzip ? await unpacked(sent, limitBytes) : sent;
	try {
		return UTF8.decode(bytes);
	} catch (cause) {
		throw fail(
			"BAD_REQUEST",
			"The body must be UTF-8, but holds other bytes.",
			{
				cause,
			},
		);
	}
};

/** Ends as soon as more than `limitBytes` came out, however little went in. */
const unpacked = async (sent: Buffer, limitBytes: number): Promise<Buffer> => {
	try {
		return await promisify(gunzip)(sent, { maxOutputLength: limitBytes });
	} catch (cause) {
		if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
			throw tooLarge(limitBytes);
		throw fail(
			"BAD_REQUEST",
			"The body must be gzip, as its Content-Encoding says, but cannot be unpacked.",
			{ cause },
		);
	}
};

/** The body as it came. @throws as `readBody`. */
export const readBytes = (
	req: IncomingMessage,
	limitBytes: number,
): Promise<Buffer> => {
	const announced = Number(req.headers["content-length"] ?? 0);
	if (announced > limitBytes) return Promise.reject(tooLarge(limitBytes));
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		let bytes = 0;
		const onData = (chunk: Buffer) => {
			bytes += chunk.byteLength;
			if (bytes > limitBytes) {
				req.off("data", onData);
				reject(tooLarge(limitBytes));
				return;
			}
			chunks.push(chunk);
		};
		req.on("data", onData);
		req.once("end", () =>
			resolve(
				chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks),
			),
		);
		req.once("error", (cause) =>
			reject(fail("BAD_REQUEST", "The body ended early.", { cause })),
		);
	});
};

/**
 * For refusals that come before the body was read. A socket that closes on a caller who is still writing takes the answer
 * with it, so what is left is read and thrown away, up to a bound.
 */
export const discardRest = (req: IncomingMessage, limitBytes: number): void => {
	const most = Math.max(4 * limitBytes, LEAST_DISCARDED);
	let bytes = 0;
	req.on("data", (chunk: Buffer) => {
		bytes += chunk.byteLength;
		if (bytes > most) req.socket.destroy();
	});
	req.on("error", () => {});
	req.resume();
};

const LEAST_DISCARDED = 8 * 1024 * 1024;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

const tooLarge = (limitBytes: number): Failure =>
	fail(
		"PAYLOAD_TOO_LARGE",
		`The body may have at most ${limitBytes} bytes, but has more. Send less, for example fewer ids per request.`,
		{ extensions: { limit: limitBytes } },
	);
