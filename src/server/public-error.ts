/** Errors as callers see them: a Failure of the table passes, anything else is masked and logged whole. */
import { type ExecutionResult, GraphQLError } from "graphql";
import { ERRORS, type ErrorCode, Failure, isRetryable } from "../errors.ts";
import type { Logger } from "../log.ts";
import { InvalidDocument } from "../operation/document.ts";

/** An error as it travels: `{ message, locations?, path?, extensions: { code, retryable, requestId, ... } }`. */
export interface PublicError {
	readonly message: string;
	readonly locations?: readonly { line: number; column: number }[];
	readonly path?: readonly (string | number)[];
	readonly extensions: Readonly<Record<string, unknown>> & {
		readonly code: string;
		/** Whether the same request may be sent again, after `retryAfterMs` where that is given. */
		readonly retryable: boolean;
		readonly requestId: string;
	};
}

/** What every error carries beside its own facts. */
export const publicExtensions = (
	code: string,
	extensions: Readonly<Record<string, unknown>>,
	requestId: string,
): PublicError["extensions"] => ({
	...extensions,
	code,
	retryable: isRetryable(code, extensions),
	requestId,
});

export interface MaskingOptions {
	readonly log: Logger;
	readonly requestId: string;
	/** Goes into the log line, so that an error is found by the operation it broke. */
	readonly operationName?: string | undefined;
}

// A fault in one field of a list fails in each of its items, and the first few lines say all there is to say.
const MOST_LINES = 3;

// Of an answer. Each has its path, so that a client knows for which null it stands; who meets more has met an outage.
const MOST_ERRORS = 100;
// graphql repeats what it was given in its messages.
const LONGEST_MESSAGE = 1_000;

/** For the errors of one answer, with their paths: the first few of each level are logged, whatever their number. */
export const masker = (
	options: MaskingOptions,
): ((error: unknown) => PublicError) => {
	const written = new Map<Level, number>();
	const write = (level: Level, line: object, message: string): void => {
		const before = written.get(level) ?? 0;
		written.set(level, before + 1);
		if (before < MOST_LINES)
			options.log[level]({ ...line, ...about(options) }, message);
		else if (before === MOST_LINES)
			options.log[level](
				about(options),
				"more errors of this answer, which are not logged",
			);
	};
	return (error) => {
		if (made.has(error as object)) return error as PublicError;
		return markPublic(masked(error, options.requestId, write));
	};
};

const made = new WeakSet<object>();

/** What was made for callers once passes through every later hand as it is. */
export const markPublic = (error: PublicError): PublicError => {
	made.add(error);
	return error;
};

/** All errors of one answer, or of one part of it: the first of very many, and how many there are beside them. */
export const maskedErrors = (
	errors: readonly unknown[],
	mask: (error: unknown) => PublicError,
): readonly PublicError[] => {
	if (errors.length <= MOST_ERRORS) return errors.map(mask);
	const shown = errors.slice(0, MOST_ERRORS - 1).map(mask);
	const [{ extensions }] = shown as [PublicError];
	const { code, requestId, retryable } = extensions;
	return [
		...shown,
		markPublic({
			message: `${errors.length - shown.length} more errors of this answer are left out.`,
			extensions: { code, retryable, requestId },
		}),
	];
};

const short = (message: string): string =>
	message.length > LONGEST_MESSAGE
		? `${message.slice(0, LONGEST_MESSAGE)}…`
		: message;

/** For one error that is all there is. */
export const publicError = (
	error: unknown,
	options: MaskingOptions,
): PublicError => masker(options)(error);

const masked = (
	error: unknown,
	requestId: string,
	write: (level: Level, line: object, message: string) => void,
): PublicError => {
	const cause = origin(error);
	const location = error instanceof GraphQLError ? locationOf(error) : {};
	if (cause instanceof Failure) {
		const { code, message } = cause;
		write(levelOf(code), { code, err: cause, ...location }, message);
		return {
			message: short(message),
			...location,
			extensions: publicExtensions(code, cause.extensions, requestId),
		};
	}
	// A code is what marks a GraphQLError as meant for callers; those without are graphql's own, about values in the answer.
	if (
		cause instanceof GraphQLError &&
		(cause.extensions.code || httpOf(cause))
	) {
		const { message } = cause;
		const { http: _, code = "BAD_REQUEST", ...extensions } = cause.extensions;
		return {
			message: short(message),
			...location,
			extensions: publicExtensions(String(code), extensions, requestId),
		};
	}
	write("error", { err: cause, ...location }, "unexpected error");
	return {
		message: "Unexpected error.",
		...location,
		extensions: publicExtensions("INTERNAL_SERVER_ERROR", {}, requestId),
	};
};

/** Status and headers of a refused request, as HTTP wants them. */
export interface HttpRefusal {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	/** The document or its variables do not fit: to a client that names application/json, a well-formed answer. */
	readonly isInvalidDocument: boolean;
}

/** For a request that fails as a whole: everything wrong with it, and what HTTP says of it. */
export const publicErrors = (
	error: unknown,
	options: MaskingOptions,
): { readonly errors: readonly PublicError[] } & HttpRefusal => {
	const all =
		error instanceof InvalidDocument
			? error.errors
			: Array.isArray(error)
				? error
				: [error];
	const first = origin(all[0]);
	const errors = maskedErrors(all, masker(options));
	const code = errors[0]?.extensions.code as ErrorCode;
	const http = httpOf(first);
	return {
		errors,
		// A code that is not of the table is a plugin's: it speaks to callers, and says the status where it is another.
		status: ERRORS[code]?.status ?? http?.status ?? 400,
		headers:
			first instanceof Failure ? headersOf(first) : (http?.headers ?? {}),
		isInvalidDocument:
			first instanceof GraphQLError && DOCUMENT_CODES.has(code),
	};
};

const DOCUMENT_CODES: ReadonlySet<string> = new Set<ErrorCode>([
	"GRAPHQL_PARSE_FAILED",
	"GRAPHQL_VALIDATION_FAILED",
	"BAD_USER_INPUT",
]);

/** Where an error of a Yoga plugin says what HTTP shall say. */
const httpOf = (
	error: unknown,
):
	| { readonly status?: number; readonly headers?: Record<string, string> }
	| undefined =>
	error instanceof GraphQLError
		? (error.extensions.http as ReturnType<typeof httpOf>)
		: undefined;

const headersOf = ({ code, extensions }: Failure): Record<string, string> => ({
	...(code === "UNAUTHENTICATED" && {
		"WWW-Authenticate": 'Bearer realm="contact-graph"',
	}),
	...(code === "METHOD_NOT_ALLOWED" &&
		Array.isArray(extensions.allow) && { Allow: extensions.allow.join(", ") }),
	...(typeof extensions.retryAfterMs === "number" && {
		"Retry-After": String(Math.ceil(extensions.retryAfterMs / 1000)),
	}),
});

/** graphql wraps what a resolver throws to add the place; what counts is what was thrown. */
const origin = (error: unknown): unknown => {
	let at = error;
	while (at instanceof GraphQLError && at.originalError) at = at.originalError;
	return at;
};

const locationOf = ({ locations, path }: GraphQLError) => ({
	...(locations?.length
		? {
				locations: locations.map(({ line, column }) => ({ line, column })),
			}
		: {}),
	...(path ? { path: [...path] } : {}),
});

type Level = "error" | "warn" | "debug";

/** How much an operator should care: our own fault, the upstream's, or the caller's (who may have left, or been in a hurry). */
const levelOf = (code: ErrorCode): Level => {
	if (code === "INTERNAL_SERVER_ERROR") return "error";
	if (code === "DEADLINE_EXCEEDED") return "debug";
	return ERRORS[code].status >= 500 ? "warn" : "debug";
};

const about = ({ requestId, operationName }: MaskingOptions) => ({
	requestId,
	...(operationName === undefined ? {} : { operationName }),
});

/** For `setResultAndStopExecution`: the failure itself is in `originalError`. */
export const refused = (error: unknown): ExecutionResult => ({
	errors:
		error instanceof InvalidDocument
			? error.errors
			: [
					error instanceof GraphQLError
						? error
						: new GraphQLError("", { originalError: error as Error }),
				],
});
