/** What is learned of locations, and what operations may cost there. */
import type { OperationDefinitionNode } from "graphql";
import type { Viewer } from "../auth/viewer.ts";
import { createExpectedCosts } from "../cost/expected-cost.ts";
import {
	type CostedOperation,
	costOf,
	type OperationCost,
} from "../cost/operation-cost.ts";
import {
	type LocationFacts,
	locationFacts,
} from "../upstream/location-facts.ts";

export const factsByLocation = () => {
	const facts = new Map<string, LocationFacts>();
	return {
		of(locationId: string): LocationFacts {
			const known = facts.get(locationId) ?? locationFacts();
			facts.set(locationId, known);
			return known;
		},
		forget: (locationId: string) => facts.delete(locationId),
	};
};

/** What operations may cost, and what they cost of late. */
export const costs = (
	factsOf: (locationId: string) => LocationFacts,
	recentlyChanged: (locationId: string) => number,
	maxPageSize: number,
) => {
	const expected = createExpectedCosts();
	return {
		expected,
		costFor(
			{ locationId }: Viewer,
			operation: CostedOperation & {
				readonly operation: OperationDefinitionNode;
			},
		): OperationCost {
			const facts = factsOf(locationId);
			const cost = costOf(operation, {
				locationId,
				facts,
				recentlyChanged: recentlyChanged(locationId),
				maxPageSize,
			});
			return {
				...cost,
				expected: expected.of(facts, operation.operation, cost.max),
			};
		},
	};
};
