/** Reckons what the operation may cost, refuses what costs too much, and answers who asks for the price alone. */

import type { Viewer } from "../../auth/viewer.ts";
import { checkCost, type OperationCost } from "../../cost/operation-cost.ts";
import { dryRunResult } from "../../cost/price-extension.ts";
import type { CompiledOperation } from "../../operation/compiled-operation.ts";
import type { OperationPlugin } from "../operation-context.ts";
import { beforeExecution } from "./before-execution.ts";

export type CostFor = (
	viewer: Viewer,
	operation: CompiledOperation,
) => OperationCost;

/** `ceiling`: the most REST calls one operation may cost. */
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
