/**
 * The closed table of everything that can go wrong as a caller sees it: one stable code each, its HTTP status
 * when the whole request fails for it, and whether the same request may succeed later.
 */
export const ERRORS = {
	BAD_REQUEST: { status: 400, retryable: false },
	BAD_USER_INPUT: { status: 400, retryable: false },
	GRAPHQL_PARSE_FAILED: { status: 400, retryable: false },
	GRAPHQL_VALIDATION_FAILED: { status: 400, retryable: false },
	/** The document or the request is larger than this gateway takes. */
	LIMIT_EXCEEDED: { status: 400, retryable: false },
	/** Apollo's word for a hash it is not known by: with status 200, as Apollo Server has it; clients send the text then. */
	PERSISTED_QUERY_NOT_FOUND: { status: 200, retryable: false },
	/** Apollo's word again: clients send the text from now on. */
	PERSISTED_QUERY_NOT_SUPPORTED: { status: 200, retryable: false },
	/** No trusted document has this `documentId`. */
	PERSISTED_DOCUMENT_NOT_FOUND: { status: 404, retryable: false },
	/** The gateway runs trusted documents only, and this is none. */
	PERSISTED_QUERY_ONLY: { status: 400, retryable: false },
	PRICE_TOO_HIGH: { status: 400, retryable: false },
	UNAUTHENTICATED: { status: 401, retryable: false },
	FORBIDDEN: { status: 403, retryable: false },
	NOT_FOUND: { status: 404, retryable: false },
	METHOD_NOT_ALLOWED: { status: 405, retryable: false },
	NOT_ACCEPTABLE: { status: 406, retryable: false },
	IDEMPOTENCY_CONFLICT: { status: 409, retryable: false },
	/** The idempotencyKey says that it was made before keys are remembered, and its outcome is not known any more. */
	IDEMPOTENCY_KEY_EXPIRED: { status: 409, retryable: false },
	PAYLOAD_TOO_LARGE: { status: 413, retryable: false },
	UNSUPPORTED_MEDIA_TYPE: { status: 415, retryable: false },
	RATE_LIMITED: { status: 429, retryable: true },
	/** One caller has as many requests, sockets, operations or as much CPU time as one caller may have. */
	CALLER_LIMIT_EXCEEDED: { status: 429, retryable: true },
	/** The Contacts API refused the call for a reason that is not the caller's input. */
	UPSTREAM_REJECTED: { status: 502, retryable: false },
	/** The Contacts API refused the gateway's own token: an operator must reconnect the location. */
	UPSTREAM_UNAUTHORIZED: { status: 502, retryable: false },
	/** The Contacts API answered something this gateway cannot read. */
	UPSTREAM_INVALID_RESPONSE: { status: 502, retryable: true },
	/** The Contacts API cannot be reached, or answers 5xx. */
	UPSTREAM_UNAVAILABLE: { status: 503, retryable: true },
	UPSTREAM_TIMEOUT: { status: 504, retryable: true },
	/** The caller's own deadline passed before the answer was complete. */
	DEADLINE_EXCEEDED: { status: 504, retryable: true },
	/** The gateway cannot write to its own disk, so it sent nothing it could not remember. */
	STORAGE_UNAVAILABLE: { status: 503, retryable: true },
	/** A write was sent and it is not known whether it took effect. */
	OUTCOME_UNKNOWN: { status: 503, retryable: false },
	/** A subscriber fell further behind than its queue; it goes on from the cursor in `extensions`. */
	SUBSCRIBER_TOO_SLOW: { status: 429, retryable: true },
	SHUTTING_DOWN: { status: 503, retryable: true },
	INTERNAL_SERVER_ERROR: { status: 500, retryable: false },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/**
 * A failure whose message is meant for the caller. The cause is not: it is logged and never sent.
 * `extensions` travel to the client beside `code`, so they hold public facts only.
 */
export class Failure extends Error {
	override readonly name = "Failure";
	readonly code: ErrorCode;
	readonly extensions: Readonly<Record<string, unknown>>;

	constructor(
		code: ErrorCode,
		message: string,
		options: { cause?: unknown; extensions?: Record<string, unknown> } = {},
	) {
		super(
			message,
			options.cause === undefined ? undefined : { cause: options.cause },
		);
		this.code = code;
		this.extensions = options.extensions ?? {};
	}
}

/** `throw fail("BAD_USER_INPUT", "first must be ...")`: anything thrown that is not a Failure is a bug and is masked. */
export const fail = (
	code: ErrorCode,
	message: string,
	options?: { cause?: unknown; extensions?: Record<string, unknown> },
): Failure => new Failure(code, message, options);
