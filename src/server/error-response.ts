/** Writes answers of JSON for the routes beside GraphQL; a refusal always has a GraphQL error and the status of its code. */
import type { Logger } from "../log.ts";
import { publicErrors } from "./public-error.ts";
import type { RequestContext } from "./request-context.ts";

/** Answers with `error`. Does nothing when the answer has begun or the caller has left. */
export const refuse = (
	exchange: RequestContext,
	error: unknown,
	log: Logger,
): void => {
	const { res, requestId } = exchange;
	if (res.headersSent || res.destroyed) {
		if (!res.writableEnded) res.destroy();
		return;
	}
	const { errors, status, headers } = publicErrors(error, { log, requestId });
	exchange.notes.code = errors[0]?.extensions.code;
	for (const name in headers) res.setHeader(name, headers[name] as string);
	sendJson(exchange, status, { errors });
};

/** A whole answer of JSON. */
export const sendJson = (
	{ req, res }: RequestContext,
	status: number,
	body: unknown,
): void => {
	const bytes = Buffer.from(JSON.stringify(body));
	res.writeHead(status, {
		"Content-Type": "application/json; charset=utf-8",
		"Content-Length": bytes.byteLength,
		"Cache-Control": "no-store",
	});
	res.end(req.method === "HEAD" ? undefined : bytes);
};
