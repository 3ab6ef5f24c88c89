/** The result of an operation that is refused before it runs. */
import { type ExecutionResult, GraphQLError } from "graphql";
import { InvalidDocument } from "../operation/document.ts";

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
