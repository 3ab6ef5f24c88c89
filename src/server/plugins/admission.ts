/** Whether an operation may run, whichever way it came: variables, scopes and page sizes, then its cost. */
import type { ExecutionArgs, ExecutionResult } from "graphql";
import type { Viewer } from "../../auth/viewer.ts";
import { checkCost, type OperationCost } from "../../cost/operation-cost.ts";
import { dryRunResult } from "../../cost/price-extension.ts";
import { checkPageSizes, checkScopes } from "../../operation/admission.ts";
import type {
	Compile,
	CompiledOperation,
} from "../../operation/compiled-operation.ts";
import type {
	OperationContext,
	OperationPlugin,
} from "../operation-context.ts";
import { refused } from "../public-error.ts";

/**
 * A step that every operation passes before it runs.
 *
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

/** Compiles the operation and decides whether this caller may run it: variables, scopes, page sizes. */
export const useAdmission = (
	compile: Compile,
	pageSize: number,
): OperationPlugin =>
	beforeExecution(({ document, contextValue: context }) => {
		const { params, viewer } = context as OperationContext;
		const compiled = compile(document, params);
		checkScopes(compiled, viewer);
		checkPageSizes(compiled, pageSize);
		context.compiled = compiled;
		return undefined;
	});

export type CostFor = (
	viewer: Viewer,
	operation: CompiledOperation,
) => OperationCost;

/**
 * Reckons what the operation may cost, refuses what costs too much, and answers who asks for the price alone. `ceiling`: the
 * most REST calls one operation may cost.
 */
export const useCost = (costFor: CostFor, ceiling: number): OperationPlugin =>
	beforeExecution(({ contextValue: context }) => {
		const { viewer, compiled, params } = context;
		const cost = costFor(viewer, compiled);
		context.cost = cost;
		if (params.extensions?.priceOnly === true)
			return dryRunResult(cost, ceiling);
		checkCost(cost, ceiling);
		return undefined;
	});
