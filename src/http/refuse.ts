/** Writes a refusal: always JSON with a GraphQL error, always with the status of its code, and with the headers HTTP wants for it. */
import { Failure } from "../errors.ts";
import { publicErrors } from "../graphql/masking.ts";
import { InvalidDocument } from "../graphql/prepare.ts";
import type { Logger } from "../log.ts";
import { type AnswerType, answerTypeOf } from "./accept.ts";
import type { Exchange } from "./exchange.ts";

/** Answers `exchange` with `error`. Does nothing when the answer has begun or the caller has left. */
export const refuse = (
	exchange: Exchange,
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
	sendJson(exchange, statusFor(error, status, type), { errors }, type);
};

/** A whole answer of JSON. */
export const sendJson = (
	{ req, res }: Exchange,
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

// GraphQL over HTTP, section 6.4.1: with application/json a document or variables that do not fit are a well-formed answer,
// so 200; clients that want the status ask for application/graphql-response+json. Refusals of ours are 4xx with either.
const statusFor = (error: unknown, status: number, type: AnswerType): number =>
	error instanceof InvalidDocument && type === "application/json"
		? 200
		: status;

const setHeaders = ({ res }: Exchange, { code, extensions }: Failure): void => {
	if (code === "UNAUTHENTICATED")
		res.setHeader("WWW-Authenticate", 'Bearer realm="contact-graph"');
	if (code === "METHOD_NOT_ALLOWED" && Array.isArray(extensions.allow))
		res.setHeader("Allow", extensions.allow.join(", "));
	const { retryAfterMs } = extensions;
	if (typeof retryAfterMs === "number")
		res.setHeader("Retry-After", Math.ceil(retryAfterMs / 1000));
};
