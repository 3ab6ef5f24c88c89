/**
 * What callers are told of errors. Yoga's own masking knows no request, so neither its id nor its log line; this stands
 * behind all other plugins, and sees what they made of a result.
 */
import type { ExecutionResult } from "graphql";
import { isAsyncIterable } from "graphql-yoga";
import type { Logger } from "../../log.ts";
import { answerTypeOf, namesJson } from "../media-types.ts";
import type {
	OperationContext,
	OperationPlugin,
} from "../operation-context.ts";
import { publicErrors } from "../public-error.ts";
import { serializedOf } from "../serialized-result.ts";

export const useErrors = (log: Logger): OperationPlugin => ({
	onResultProcess({ result: given, setResult, serverContext }) {
		if (isAsyncIterable(given) || serializedOf(given)) return;
		const result = given as ExecutionResult;
		if (!result.errors) return;
		const { call, compiled } = serverContext as OperationContext;
		const { errors, status, headers, isInvalidDocument } = publicErrors(
			result.errors,
			{
				log,
				requestId: call.requestId,
				operationName: compiled?.operation.name?.value,
			},
		);
		const isRefused = result.data == null;
		if (isRefused) call.notes.code = errors[0]?.extensions.code;
		const { accept } = call.exchange?.req.headers ?? {};
		// GraphQL over HTTP, section 6.4.1: to a client that names application/json, a document or variables that do not fit
		// are a well-formed answer, so 200. Whoever takes anything gets the status, and so does every refusal of ours.
		const isWellFormed =
			isInvalidDocument &&
			namesJson(accept) &&
			answerTypeOf(accept) === "application/json";
		setResult({
			...result,
			errors: errors as never,
			extensions: {
				...result.extensions,
				...(isRefused && {
					http: { status: isWellFormed ? 200 : status, headers },
				}),
			},
		});
	},
});
