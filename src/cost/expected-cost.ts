/**
 * How many calls an operation is likely to make, by what it made lately. Its worst price reckons with nothing at hand: a
 * page of twenty contacts with all that hangs on them may cost 43 calls, and costs one or two where the rest is kept. Who
 * reserved the worst for each would refuse the eighth of them for want of calls that nobody makes.
 */
import type { OperationDefinitionNode } from "graphql";

export interface ExpectedCosts {
	/** At most `worst`, and `worst` for an operation that was not seen yet. `location` is whatever stands for one. */
	of(
		location: object,
		operation: OperationDefinitionNode,
		worst: number,
	): number;
	/** It made so many. One that ended before it was complete would have made more. */
	record(
		location: object,
		operation: OperationDefinitionNode,
		calls: number,
		isComplete: boolean,
	): void;
}

// What it made once counts less each time it made fewer: after five times about half.
const FADES = 1 / 8;

export const createExpectedCosts = (): ExpectedCosts => {
	const known = new WeakMap<object, WeakMap<OperationDefinitionNode, number>>();
	return {
		of: (location, operation, worst) =>
			Math.min(worst, Math.ceil(known.get(location)?.get(operation) ?? worst)),
		record(location, operation, calls, isComplete) {
			let own = known.get(location);
			if (!own) {
				own = new WeakMap();
				known.set(location, own);
			}
			const before = own.get(operation);
			// What needs no call reserves none either.
			if (calls === 0 || (before === undefined && !isComplete)) return;
			if (before === undefined || calls >= before) own.set(operation, calls);
			else if (isComplete)
				own.set(operation, before - (before - calls) * FADES);
		},
	};
};
