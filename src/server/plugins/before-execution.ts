/** A step that every operation passes before it runs, whatever it is. */
import type { ExecutionArgs, ExecutionResult } from "graphql";
import type {
	OperationContext,
	OperationPlugin,
} from "../operation-context.ts";
import { refused } from "../refused.ts";

/**
 * @param step returns the result where there is nothing to run. What it throws is the result too, so that the plugins that
 * wait for one see it.
 */
export const beforeExecution = (
	step: (
		args: Pick<ExecutionArgs, "document"> & { contextValue: OperationContext },
	) => ExecutionResult | undefined,
): OperationPlugin => {
	const hook = ({
		args,
		setResultAndStopExecution,
	}: {
		args: Parameters<typeof step>[0];
		setResultAndStopExecution(result: ExecutionResult): void;
	}): void => {
		let result: ExecutionResult | undefined;
		try {
			result = step(args);
		} catch (error) {
			result = refused(error);
		}
		if (result) setResultAndStopExecution(result);
	};
	return { onExecute: hook as never, onSubscribe: hook as never };
};
