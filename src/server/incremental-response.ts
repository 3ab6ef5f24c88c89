/** Writes an answer that comes in parts, as multipart/mixed or as events, each part the moment it is there. */
import type { Parts } from "./incremental.ts";
import type { StreamType } from "./media-types.ts";
import type { RequestContext } from "./request-context.ts";

/** Resolves behind the last part. @throws what kept the first part from being made, before anything is written. */
export const serveParts = async (
	{ res }: RequestContext,
	{ type, format }: StreamType,
	parts: Parts,
): Promise<void> => {
	const { contentType, before, after, end } = FRAMINGS[type];
	await parts.each((part, isLast) => {
		if (res.destroyed) return;
		const isFirst = !res.headersSent;
		if (isFirst)
			res.writeHead(200, {
				"Content-Type": contentType(format),
				"Cache-Control": "no-store",
				// Proxies that gather an answer before they pass it on would hold parts back.
				"X-Accel-Buffering": "no",
			});
		res.write(
			Buffer.concat([
				Buffer.from(isFirst ? before.first : before.next),
				part,
				Buffer.from(isLast ? end : after),
			]),
		);
	});
	res.end();
};

interface Framing {
	contentType(format: string): string;
	readonly before: { readonly first: string; readonly next: string };
	readonly after: string;
	readonly end: string;
}

// JSON text holds no line of its own that begins with hyphens. The delimiter goes out with the part before it and not
// with the next: readers take a part for whole when they see what ends it.
const DELIMITER = "\r\n---";
const HEAD = "\r\nContent-Type: application/json; charset=utf-8\r\n\r\n";

const FRAMINGS: Readonly<Record<StreamType["type"], Framing>> = {
	"multipart/mixed": {
		contentType: (format) => `multipart/mixed; boundary="-"; ${format}`,
		before: { first: `${DELIMITER}${HEAD}`, next: HEAD },
		after: DELIMITER,
		end: `${DELIMITER}--\r\n`,
	},
	"text/event-stream": {
		contentType: () => "text/event-stream; charset=utf-8",
		before: { first: "event: next\ndata: ", next: "event: next\ndata: " },
		after: "\n\n",
		end: "\n\nevent: complete\ndata:\n\n",
	},
};
