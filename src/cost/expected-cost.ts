/**
 * How many calls an operation is expected to make, by what it made recently. Its maximum cost assumes an empty cache: a
 * page of twenty contacts with everything nested in them may cost 43 calls, and costs one or two where the rest is cached.
 * A budget that reserved the maximum for each would refuse the eighth of them, though nobody makes these calls.
 */
import type { OperationDefinitionNode } from "graphql";

export interface ExpectedCosts {
	/** At most `maxCost`, and `maxCost` for an operation that was not seen yet. `location` is any object, one for each. */
	of(
		location: object,
		operation: OperationDefinitionNode,
		maxCost: number,
	): number;
	/** The operation made so many calls. One that ended before it was complete would have made more. */
	record(
		location: object,
		operation: OperationDefinitionNode,
		calls: number,
		isComplete: boolean,
	): void;
}

// The expected cost falls by this share of the difference each time an operation makes fewer calls.
const FADES = 1 / 8;

export const createExpectedCosts = (): ExpectedCosts => {
	const known = new WeakMap<object, WeakMap<OperationDefinitionNode, number>>();
	return {
		of: (location, operation, maxCost) =>
			Math.min(
				maxCost,
				Math.ceil(known.get(location)?.get(operation) ?? maxCost),
			),
		record(location, operation, calls, isComplete) {
			let own = known.get(location);
			if (!own) {
				own = new WeakMap();
				known.set(location, own);
			}
			const before = own.get(operation);
			// An answer from the cache says nothing of what the operation costs without it.
			if (calls === 0 || (before === undefined && !isComplete)) return;
			if (before === undefined || calls >= before) own.set(operation, calls);
			else if (isComplete)
				own.set(operation, before - (before - calls) * FADES);
		},
	};
};
