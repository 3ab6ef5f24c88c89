/** Executes admitted operations: compiles each once for each way its conditions fall, and runs it with its variables. */
import {
	type DocumentNode,
	type GraphQLError,
	type GraphQLSchema,
	getVariableValues,
	Kind,
	type OperationDefinitionNode,
	visit,
} from "graphql";
import type { Executor, Plan } from "../executor/contract.ts";
import type { Context } from "../loading/context.ts";
import { setCurrentPath } from "../loading/response-path.ts";
import { areMet, conditionsOf } from "../operation/conditions.ts";
import { withoutDefer } from "../operation/defer.ts";

/** An answer's data as JSON text (`null` when it failed as a whole), and what went wrong on the way. */
export interface Executed {
	readonly data: string | undefined;
	readonly errors: readonly GraphQLError[];
}

export interface Execution {
	readonly document: DocumentNode;
	readonly operation: OperationDefinitionNode;
	/** As they came: valid, but not coerced. */
	readonly variables: Readonly<Record<string, unknown>>;
	readonly context: Context;
}

export type Execute = (execution: Execution) => Promise<Executed>;

// Each combination of the variables in `@skip` and `@include` is a plan of its own; of more than these none is kept.
const MAX_PLANS = 16;

interface Known {
	/** Names of the variables that decide over fields. */
	readonly deciding: readonly string[];
	readonly plans: Map<string, Plan>;
}

/** Documents are remembered by whoever prepares them; plans live as long as their document does. */
export const createExecute = (
	schema: GraphQLSchema,
	executor: Executor,
): Execute => {
	const known = new WeakMap<OperationDefinitionNode, Known>();
	return async ({ document, operation, variables, context }) => {
		const given = getVariableValues(
			schema,
			operation.variableDefinitions ?? [],
			variables,
		);
		if (given.errors) return { data: undefined, errors: given.errors };
		const { variableValues } = given;
		let mine = known.get(operation);
		if (!mine) {
			mine = { deciding: decidingVariables(document), plans: new Map() };
			known.set(operation, mine);
		}
		const { deciding, plans } = mine;
		const combination = JSON.stringify(
			deciding.map((name) => variableValues.coerced[name]),
		);
		let plan = plans.get(combination);
		if (!plan) {
			plan = executor.compile({
				...plainly(document, operation),
				isIncluded: (directives) =>
					areMet(conditionsOf({ directives }), variableValues),
			});
			if (plans.size < MAX_PLANS) plans.set(combination, plan);
		}
		return executor.run(plan, {
			variableValues,
			contextValue: context,
			onPath: setCurrentPath,
		});
	};
};

const plainly = (
	document: DocumentNode,
	operation: OperationDefinitionNode,
) => {
	const plain = withoutDefer(document);
	const index = document.definitions.indexOf(operation);
	return {
		document: plain,
		operation: plain.definitions[index] as OperationDefinitionNode,
	};
};

const decidingVariables = (document: DocumentNode): string[] => {
	const names = new Set<string>();
	visit(document, {
		Directive({ name, arguments: args }) {
			if (name.value !== "skip" && name.value !== "include") return;
			const value = args?.[0]?.value;
			if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
		},
	});
	return [...names].sort();
};
