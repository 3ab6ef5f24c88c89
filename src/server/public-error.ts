/** What a caller is told of an error: failures of the table pass, anything else is masked and logged whole. */
import { GraphQLError } from "graphql";
import { ERRORS, type ErrorCode, Failure } from "../errors.ts";
import type { Logger } from "../log.ts";
import { InvalidDocument } from "../operation/prepare.ts";

/** An error as it travels: `{ message, locations?, path?, extensions: { code, requestId, ... } }`. */
export interface PublicError {
	readonly message: string;
	readonly locations?: readonly { line: number; column: number }[];
	readonly path?: readonly (string | number)[];
	readonly extensions: Readonly<Record<string, unknown>> & {
		readonly code: string;
		readonly requestId: string;
	};
}

export interface MaskingOptions {
	readonly log: Logger;
	readonly requestId: string;
	/** Goes into the log line, so that an error is found by the operation it broke. */
	readonly operationName?: string | undefined;
}

/** For one error of an answer, with its path. */
export const publicError = (
	error: unknown,
	options: MaskingOptions,
): PublicError => {
	const cause = origin(error);
	const place = error instanceof GraphQLError ? placeOf(error) : {};
	const { requestId } = options;
	if (cause instanceof Failure) {
		logFailure(cause, place, options);
		return {
			message: cause.message,
			...place,
			extensions: { ...cause.extensions, code: cause.code, requestId },
		};
	}
	// A code is what marks a GraphQLError as meant for callers; those without are graphql's own, about values in the answer.
	if (cause instanceof GraphQLError && cause.extensions.code) {
		const { message, extensions } = cause;
		return {
			message,
			...place,
			extensions: { ...extensions, code: String(extensions.code), requestId },
		};
	}
	options.log.error(
		{ err: cause, ...place, ...about(options) },
		"unexpected error",
	);
	return {
		message: "Unexpected error.",
		...place,
		extensions: { code: "INTERNAL_SERVER_ERROR", requestId },
	};
};

/** For a request that fails as a whole: everything wrong with it, and the HTTP status that says so. */
export const publicErrors = (
	error: unknown,
	options: MaskingOptions,
): { readonly errors: readonly PublicError[]; readonly status: number } => {
	const all = error instanceof InvalidDocument ? error.errors : [error];
	const errors = all.map((one) => publicError(one, options));
	const code = errors[0]?.extensions.code as ErrorCode;
	return { errors, status: ERRORS[code]?.status ?? 500 };
};

/** graphql wraps what a resolver throws to add the place; what counts is what was thrown. */
const origin = (error: unknown): unknown => {
	let at = error;
	while (at instanceof GraphQLError && at.originalError) at = at.originalError;
	return at;
};

const placeOf = ({ locations, path }: GraphQLError) => ({
	...(locations?.length
		? {
				locations: locations.map(({ line, column }) => ({ line, column })),
			}
		: {}),
	...(path ? { path: [...path] } : {}),
});

const logFailure = (
	failure: Failure,
	place: object,
	options: MaskingOptions,
): void => {
	options.log[levelOf(failure.code)](
		{ code: failure.code, err: failure, ...place, ...about(options) },
		failure.message,
	);
};

/** How much an operator should care: our own fault, the upstream's, or the caller's (who may have left, or been in a hurry). */
const levelOf = (code: ErrorCode): "error" | "warn" | "debug" => {
	if (code === "INTERNAL_SERVER_ERROR") return "error";
	if (code === "DEADLINE_EXCEEDED") return "debug";
	return ERRORS[code].status >= 500 ? "warn" : "debug";
};

const about = ({ requestId, operationName }: MaskingOptions) => ({
	requestId,
	...(operationName === undefined ? {} : { operationName }),
});
