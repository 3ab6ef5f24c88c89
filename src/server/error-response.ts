/** Writes a refusal: always JSON with a GraphQL error, always with the status of its code, and with the headers HTTP wants for it. */
import { Failure } from "../errors.ts";
import type { Logger } from "../log.ts";
import { InvalidDocument } from "../operation/prepare.ts";
import { type AnswerType, answerTypeOf, namesJson } from "./media-types.ts";
import { publicErrors } from "./public-error.ts";
import type { RequestContext } from "./request-context.ts";

/** Answers `exchange` with `error`. Does nothing when the answer has begun or the caller has left. */
export const refuse = (
	exchange: RequestContext,
	error: unknown,
	log: Logger,
): void => {
	const { req, res, requestId } = exchange;
	if (res.headersSent || res.destroyed) {
		if (!res.writableEnded) res.destroy();
		return;
	}
	const { errors, status } = publicErrors(error, { log, requestId });
	const type = answerTypeOf(req.headers.accept) ?? "application/json";
	exchange.notes.code = errors[0]?.extensions.code;
	if (error instanceof Failure) setHeaders(exchange, error);
	const wellFormed =
		error instanceof InvalidDocument &&
		type === "application/json" &&
		namesJson(req.headers.accept);
	sendJson(exchange, wellFormed ? WELL_FORMED : status, { errors }, type);
};

/** A whole answer of JSON. */
export const sendJson = (
	{ req, res }: RequestContext,
	status: number,
	body: unknown,
	type: AnswerType = "application/json",
): void => {
	const bytes = Buffer.from(JSON.stringify(body));
	res.writeHead(status, {
		"Content-Type": `${type}; charset=utf-8`,
		"Content-Length": bytes.byteLength,
		"Cache-Control": "no-store",
	});
	res.end(req.method === "HEAD" ? undefined : bytes);
};

// GraphQL over HTTP, section 6.4.1: to a client that names application/json, a document or variables that do not fit
// are a well-formed answer, so 200. Whoever takes anything gets the status, and so does every refusal of ours.
const WELL_FORMED = 200;

const setHeaders = (
	{ res }: RequestContext,
	{ code, extensions }: Failure,
): void => {
	if (code === "UNAUTHENTICATED")
		res.setHeader("WWW-Authenticate", 'Bearer realm="contact-graph"');
	if (code === "METHOD_NOT_ALLOWED" && Array.isArray(extensions.allow))
		res.setHeader("Allow", extensions.allow.join(", "));
	const { retryAfterMs } = extensions;
	if (typeof retryAfterMs === "number")
		res.setHeader("Retry-After", Math.ceil(retryAfterMs / 1000));
};
