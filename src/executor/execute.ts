/** Executes queries from compiled plans to JSON text; what a plan cannot do is left to the standard executor. */
import {
	type DocumentNode,
	executeRootSelectionSet,
	type FragmentDefinitionNode,
	type GraphQLError,
	type GraphQLSchema,
	getVariableValues,
	Kind,
	type OperationDefinitionNode,
	type VariableValues,
	validateExecutionArgs,
	visit,
} from "graphql";
import type { Context } from "../loading/context.ts";
import { withoutDefer } from "../operation/defer.ts";
import { createTexts, type Texts } from "./fragment-cache.ts";
import { type Planner, planSelection, type SelectionPlan } from "./plan.ts";
import { writeObject } from "./write.ts";

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

// Each combination of the variables in `@skip` and `@include` is a plan of its own.
const MOST_PLANS = 16;
// Null and absent are neither: what they are read as hangs on where they stand.
const DECIDED = new Map<unknown, string>([
	[true, "1"],
	[false, "0"],
	[null, "n"],
]);
// Characters of the texts that are remembered where nobody says how many.
const MOST_TEXT = 16_000_000;

interface Compiled {
	readonly slots: number;
	readonly selection: SelectionPlan;
}

interface Known {
	/** Names of the variables that decide over fields. */
	readonly deciding: readonly string[];
	readonly plans: Map<string, Compiled | undefined>;
}

/** Documents are remembered by whoever prepares them; plans live as long as their document does. */
export const createExecute = (
	schema: GraphQLSchema,
	texts: Texts = createTexts(MOST_TEXT),
): Execute => {
	const known = new WeakMap<OperationDefinitionNode, Known>();
	const standard = standardExecute(schema);
	return async (execution) => {
		const { operation, document } = execution;
		if (operation.operation !== "query") return standard(execution);
		const given = getVariableValues(
			schema,
			operation.variableDefinitions ?? [],
			execution.variables,
		);
		if (given.errors) return { data: undefined, errors: given.errors };
		const variables = given.variableValues;
		let mine = known.get(operation);
		if (!mine) {
			mine = { deciding: decidingVariables(document), plans: new Map() };
			known.set(operation, mine);
		}
		const { deciding, plans } = mine;
		const combination = deciding
			.map((name) => DECIDED.get(variables.coerced[name]) ?? "-")
			.join("");
		if (!plans.has(combination) && plans.size < MOST_PLANS)
			plans.set(combination, compiled(schema, execution, variables));
		const plan = plans.get(combination);
		if (!plan) return standard(execution);
		const errors: GraphQLError[] = [];
		const run = {
			context: execution.context,
			variables,
			errors,
			args: new Array(plan.slots).fill(undefined),
			texts,
			areKept: () => execution.context.upstream.news.count === 0,
		};
		const data = await writeObject(plan.selection, undefined, run, undefined);
		return { data: data ?? "null", errors };
	};
};

/** The same by the book: for mutations, which run in order, and for whatever a plan cannot do. */
export const standardExecute =
	(schema: GraphQLSchema): Execute =>
	async ({ document, operation, variables, context }) => {
		// Not `execute`, which takes no schema with `@defer`, whatever the document.
		const validated = validateExecutionArgs({
			schema,
			document: withoutDefer(document),
			variableValues: variables,
			operationName: operation.name?.value ?? null,
			contextValue: context,
		});
		if (!("schema" in validated)) return { data: undefined, errors: validated };
		const { data, errors = [] } = await executeRootSelectionSet(validated);
		return {
			data: data === undefined ? undefined : JSON.stringify(data),
			errors,
		};
	};

const compiled = (
	schema: GraphQLSchema,
	{ document, operation }: Execution,
	variables: VariableValues,
): Compiled | undefined => {
	const type = schema.getQueryType();
	if (!type) return undefined;
	const fragments = new Map<string, FragmentDefinitionNode>();
	for (const definition of document.definitions)
		if (definition.kind === Kind.FRAGMENT_DEFINITION)
			fragments.set(definition.name.value, definition);
	const planner: Planner = {
		reading: { schema, fragments, variables },
		slots: 0,
	};
	try {
		const selection = planSelection(planner, type, [operation.selectionSet]);
		return { selection, slots: planner.slots };
	} catch {
		// Whatever stood in the way, the standard executor says it in the specification's words.
		return undefined;
	}
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
