/** What the Contacts API says when it says no, kept whole for whoever must tell one no from another. */
import { type ErrorCode, Failure } from "../errors.ts";

/**
 * An answer with a 4xx status. Its public message names the operation and the status only; `reason` (the upstream's
 * own words) and `body` are for the entity that asked: a missing contact and a malformed request are both 400
 * (contract, section 6), so meaning is read from the words, never from the status alone.
 */
export class Refusal extends Failure {
	readonly operation: string;
	readonly status: number;
	/** The upstream's `message`, several joined by `; `, or the start of a body that is not the documented shape. */
	readonly reason: string;
	readonly body: unknown;

	constructor(
		operation: string,
		status: number,
		text: string,
		retryAfterMs?: number,
	) {
		const body = parsed(text);
		const reason = reasonOf(body, text);
		const code = codeOf(status);
		const fault = faultIn(status, reason);
		super(
			code,
			MESSAGES[code](operation, status) +
				(code === "UPSTREAM_UNAUTHORIZED" ? ADVICE[fault ?? "unknown"] : ""),
			{
				cause: { operation, status, body: body ?? text.slice(0, 2000) },
				extensions: {
					operation,
					upstreamStatus: status,
					...(retryAfterMs === undefined ? {} : { retryAfterMs }),
				},
			},
		);
		this.operation = operation;
		this.status = status;
		this.reason = reason;
		this.body = body;
	}
}

/** For a write whose thing was read first and is gone: refused as the API would, but not sent. */
export const gone = (operation: string, what: string): Refusal =>
	new Refusal(operation, 404, JSON.stringify({ message: `${what} not found` }));

/** True for the answers that mean "there is no such thing": 400 or 404 with the words, never another 400. */
export const saysNotFound = (error: unknown): error is Refusal =>
	error instanceof Refusal &&
	(error.status === 400 || error.status === 404 || error.status === 422) &&
	/not found|does not exist|no .{1,40} found|\b(event|appointment|contact|task|note) id is invalid/i.test(
		error.reason,
	);

/**
 * What the API holds against the token itself, by its words (contract, sections 6 and 8):
 * - `dead`: it has ended or was revoked; another one of the same grant may do.
 * - `elsewhere`: it is another location's.
 * - `kind`: it is a company's where a location's is wanted.
 * - `scope`: it was never granted what this call needs; other calls may do well.
 */
export type TokenFault = "dead" | "elsewhere" | "kind" | "scope";

/** Undefined for a refusal that is not about the token, such as a missing Version header. */
export const tokenFaultOf = (error: unknown): TokenFault | undefined => {
	if (!(error instanceof Refusal)) return undefined;
	return faultIn(error.status, error.reason);
};

const faultIn = (status: number, reason: string): TokenFault | undefined => {
	if (status !== 401 && status !== 403) return undefined;
	if (/user type mismatch|authClass type/i.test(reason)) return "kind";
	if (/not authorized for this scope/i.test(reason)) return "scope";
	if (/does not have access to this location/i.test(reason)) return "elsewhere";
	return status === 401 && DEAD.test(reason) ? "dead" : undefined;
};

const DEAD =
	/invalid jwt|invalid token|invalid private integration token|token (is |has )?(invalid|expired|revoked)|jwt expired/i;

/** Whether a refused search means that the route takes no such batch at all, or only fewer keys. */
export const batchRefusal = (
	error: unknown,
): "refused" | "too many" | undefined => {
	if (!(error instanceof Refusal)) return undefined;
	if (error.status !== 400 && error.status !== 404 && error.status !== 422)
		return undefined;
	return /\b(max|limit|too many|exceed|at most|no more|larger|fewer)/i.test(
		error.reason,
	)
		? "too many"
		: "refused";
};

type RefusalCode = Extract<
	ErrorCode,
	"UPSTREAM_UNAUTHORIZED" | "RATE_LIMITED" | "UPSTREAM_REJECTED"
>;

const codeOf = (status: number): RefusalCode => {
	if (status === 401 || status === 403) return "UPSTREAM_UNAUTHORIZED";
	return status === 429 ? "RATE_LIMITED" : "UPSTREAM_REJECTED";
};

const MESSAGES: Record<
	RefusalCode,
	(operation: string, status: number) => string
> = {
	UPSTREAM_UNAUTHORIZED: (operation, status) =>
		`The Contacts API refused this gateway's token for ${operation} (${status}).`,
	RATE_LIMITED: (operation) =>
		`The Contacts API's rate limit for this location is used up (${operation}). Try again after retryAfterMs.`,
	UPSTREAM_REJECTED: (operation, status) =>
		`The Contacts API refused ${operation} (${status}).`,
};

const ADVICE: Record<TokenFault | "unknown", string> = {
	unknown: " An operator must check the token and its scopes.",
	dead: " It has ended or was revoked: an operator must configure a valid Private Integration Token, or reconnect the location at /oauth/connect.",
	elsewhere:
		" It is another location's: an operator must configure this location's own token, or connect it at /oauth/connect.",
	kind: " It is an agency's: an operator must use a token of the location, or connect the agency at /oauth/connect, which gets one.",
	scope:
		" It lacks a scope: an operator must add it to the app or the Private Integration, and connect again; docs/connecting.md lists all.",
};

const parsed = (text: string): unknown => {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};

// `message` is a string, but an array of strings on 422 (contract, section 6).
const reasonOf = (body: unknown, text: string): string => {
	if (typeof body === "object" && body !== null && "message" in body) {
		const { message } = body;
		if (typeof message === "string") return message;
		if (Array.isArray(message)) return message.map(String).join("; ");
	}
	return text.slice(0, 500);
};
