/**
 * The closed table of everything that can go wrong as a caller sees it: one stable code each, its HTTP status
 * when the whole request fails for it, whether the same request may succeed later, what it means and what a client
 * does about it. docs/errors.md is made from it.
 */
export const ERRORS = {
	BAD_REQUEST: {
		status: 400,
		retryable: false,
		means:
			"The HTTP request is not one of GraphQL: its body, its parameters or its target.",
		todo: "Correct the request; the message says what was expected and what came.",
	},
	BAD_USER_INPUT: {
		status: 400,
		retryable: false,
		means:
			"A variable or an argument is not what the schema or HighLevel takes.",
		todo: "Correct the value. Faults of a mutation's input come as `userErrors` instead, all at once.",
	},
	GRAPHQL_PARSE_FAILED: {
		status: 400,
		retryable: false,
		means: "The document is not GraphQL.",
		todo: "Correct the document at `locations`.",
	},
	GRAPHQL_VALIDATION_FAILED: {
		status: 400,
		retryable: false,
		means: "The document does not fit the schema.",
		todo: "Correct the document; generated types find this before it is sent.",
	},
	LIMIT_EXCEEDED: {
		status: 400,
		retryable: false,
		means: "The document or the request is larger than the gateway takes.",
		todo: "Ask for less, or in several requests; the message names the limit.",
	},
	PERSISTED_QUERY_NOT_FOUND: {
		status: 200,
		retryable: false,
		means: "Apollo's word for a hash that the gateway does not know.",
		todo: "Apollo's clients send the text then, by themselves.",
	},
	PERSISTED_QUERY_NOT_SUPPORTED: {
		status: 200,
		retryable: false,
		means: "Apollo's word where the gateway keeps no texts for hashes.",
		todo: "Apollo's clients send the text from then on, by themselves.",
	},
	PERSISTED_DOCUMENT_NOT_FOUND: {
		status: 404,
		retryable: false,
		means: "No trusted document has this `documentId`.",
		todo: "Publish the client's manifest to the gateway before the client.",
	},
	PERSISTED_QUERY_ONLY: {
		status: 400,
		retryable: false,
		means: "The gateway runs trusted documents only, and this is none.",
		todo: "Add the document to the manifest that the operator gives the gateway.",
	},
	PRICE_TOO_HIGH: {
		status: 400,
		retryable: false,
		means: "The operation may cost more REST calls than the gateway allows.",
		todo: "Ask for smaller pages or fewer nested lists; the message says what to change.",
	},
	UNAUTHENTICATED: {
		status: 401,
		retryable: false,
		means: "The token is missing, malformed, expired or revoked.",
		todo: "Get a new token, then send the request again.",
	},
	FORBIDDEN: {
		status: 403,
		retryable: false,
		means: "The token lacks a scope or the location.",
		todo: "Get a token with what the message names. `viewer` says what a token may do.",
	},
	NOT_FOUND: {
		status: 404,
		retryable: false,
		means: "The object, or the path, does not exist.",
		todo: "Take it out of lists and caches.",
	},
	METHOD_NOT_ALLOWED: {
		status: 405,
		retryable: false,
		means:
			"This path does not take the HTTP method, or the operation may not be sent by GET.",
		todo: "Use POST.",
	},
	NOT_ACCEPTABLE: {
		status: 406,
		retryable: false,
		means: "`Accept` names no type that the gateway can answer with.",
		todo: "Accept `application/graphql-response+json`.",
	},
	IDEMPOTENCY_CONFLICT: {
		status: 409,
		retryable: false,
		means:
			"The `idempotencyKey` was used with another input, or its first request is still running.",
		todo: "Make a new key for a new action. Where `retryAfterMs` is given, ask again then with the same key.",
	},
	IDEMPOTENCY_KEY_EXPIRED: {
		status: 409,
		retryable: false,
		means:
			"The `idempotencyKey` says that it was made longer ago than keys are remembered, and its outcome is not known any more.",
		todo: "Read what the write would have changed, and decide; a new write needs a new key.",
	},
	PAYLOAD_TOO_LARGE: {
		status: 413,
		retryable: false,
		means: "The body is larger than the gateway takes.",
		todo: "Send less at once.",
	},
	UNSUPPORTED_MEDIA_TYPE: {
		status: 415,
		retryable: false,
		means: "The body is of another type than JSON.",
		todo: "Send `Content-Type: application/json`.",
	},
	RATE_LIMITED: {
		status: 429,
		retryable: true,
		means:
			"HighLevel's calls of this window, or the caller's share of them, are spent.",
		todo: "Send the same request again after `retryAfterMs` (also the header `Retry-After`).",
	},
	CALLER_LIMIT_EXCEEDED: {
		status: 429,
		retryable: true,
		means:
			"This caller has as many requests, sockets or operations open, or used as much CPU, as one caller may.",
		todo: "Let some end first, and send the same request again after `retryAfterMs`.",
	},
	UPSTREAM_REJECTED: {
		status: 502,
		retryable: false,
		means:
			"HighLevel refused the call for a reason that is not the caller's input.",
		todo: "Tell the operator, with the `requestId`.",
	},
	UPSTREAM_UNAUTHORIZED: {
		status: 502,
		retryable: false,
		means: "HighLevel refused the gateway's own token.",
		todo: "The operator must reconnect the location.",
	},
	UPSTREAM_INVALID_RESPONSE: {
		status: 502,
		retryable: true,
		means: "HighLevel answered something that cannot be read.",
		todo: "Try again later; tell the operator if it stays.",
	},
	UPSTREAM_UNAVAILABLE: {
		status: 503,
		retryable: true,
		means: "HighLevel cannot be reached, or answers 5xx.",
		todo: "Try again later, less often each time.",
	},
	UPSTREAM_TIMEOUT: {
		status: 504,
		retryable: true,
		means: "HighLevel did not answer in time.",
		todo: "Try again later; a mutation with its `idempotencyKey`.",
	},
	DEADLINE_EXCEEDED: {
		status: 504,
		retryable: true,
		means:
			"The caller's deadline (`X-Deadline-Ms`) passed before the answer was complete.",
		todo: "Allow more time or ask for less; a mutation with its `idempotencyKey`.",
	},
	STORAGE_UNAVAILABLE: {
		status: 503,
		retryable: true,
		means:
			"The gateway cannot write to its own disk, so it sent nothing that it could not remember.",
		todo: "Try again later with the same `idempotencyKey`; the operator must make room.",
	},
	OUTCOME_UNKNOWN: {
		status: 503,
		retryable: false,
		means: "A write was sent, and it is not known whether it took effect.",
		todo: "Read before you write again. With an `idempotencyKey`, the same request tells the outcome once it is known.",
	},
	SUBSCRIBER_TOO_SLOW: {
		status: 429,
		retryable: true,
		means: "A subscriber fell further behind than its queue.",
		todo: "Subscribe again with `after` set to the `cursor` in `extensions`.",
	},
	SHUTTING_DOWN: {
		status: 503,
		retryable: true,
		means: "The gateway is stopping.",
		todo: "Connect again; a subscription with its last `cursor`.",
	},
	INTERNAL_SERVER_ERROR: {
		status: 500,
		retryable: false,
		means: "A fault of the gateway. Details are in its log only.",
		todo: "Tell the operator, with the `requestId`.",
	},
} as const satisfies Readonly<Record<string, ErrorRow>>;

interface ErrorRow {
	/** HTTP's, when the whole request fails for it. */
	readonly status: number;
	/** Whether the same request may succeed later. */
	readonly retryable: boolean;
	readonly means: string;
	readonly todo: string;
}

export type ErrorCode = keyof typeof ERRORS;

/**
 * Whether the same request may be sent again: by its code, or because the error says when (`retryAfterMs`). A code that
 * is not of the table is a plugin's, and not retryable unless it says when.
 */
export const isRetryable = (
	code: string,
	{ retryAfterMs }: Readonly<Record<string, unknown>> = {},
): boolean =>
	typeof retryAfterMs === "number" ||
	(code in ERRORS && ERRORS[code as ErrorCode].retryable);

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
