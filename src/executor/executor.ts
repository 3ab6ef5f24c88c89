/** The compiled executor (its contract: contract.ts): queries by their plans, everything else by graphql-js. */
import {
	defaultFieldResolver,
	defaultTypeResolver,
	executeRootSelectionSet,
	type FragmentDefinitionNode,
	type GraphQLSchema,
	Kind,
	type OperationDefinitionNode,
	type ValidatedExecutionArgs,
} from "graphql";
import { type CompiledSelection, compileSelection } from "./compile.ts";
import type {
	CompileOptions,
	Executed,
	Executor,
	ExecutorOptions,
	Plan,
	RunOptions,
} from "./contract.ts";
import { allEnded, createFragmentCache, newRun } from "./run.ts";
import { writeRoot } from "./write-object.ts";

const FRAGMENT_CHARACTERS = 16_000_000;

interface CompiledPlan extends Plan {
	/** Undefined where graphql-js answers. */
	readonly compiled: CompiledSelection | undefined;
}

export const createExecutor = ({
	schema,
	fragmentCharacters = FRAGMENT_CHARACTERS,
	onFallback,
}: ExecutorOptions): Executor => {
	const fragments = createFragmentCache(fragmentCharacters);
	const reported = new WeakSet<OperationDefinitionNode>();
	let fallbacks = 0;

	const report = (operation: OperationDefinitionNode, why: string): void => {
		if (reported.has(operation)) return;
		reported.add(operation);
		onFallback?.({ operation, why });
	};

	const compile = (options: CompileOptions): CompiledPlan => {
		const { document, operation } = options;
		const byGraphql = { document, operation, compiled: undefined };
		if (operation.operation !== "query")
			return { ...byGraphql, fallback: undefined };
		try {
			const compiled = compileSelection(schema, options);
			return { document, operation, compiled, fallback: undefined };
		} catch (error) {
			const why = error instanceof Error ? error.message : String(error);
			report(operation, why);
			return { ...byGraphql, fallback: why };
		}
	};

	return {
		get fallbacks() {
			return fallbacks;
		},
		compile,
		async run(plan, options) {
			const { compiled } = plan as CompiledPlan;
			if (!compiled) {
				if (plan.fallback !== undefined) fallbacks++;
				return executeByGraphql(schema, plan, options);
			}
			const { selection, fragmentDefinitions, slots } = compiled;
			const run = newRun(options, fragments, {
				schema,
				operation: plan.operation,
				fragmentDefinitions,
				slots,
			});
			const data = await writeRoot(selection, run);
			await allEnded(run);
			return { data, errors: run.errors };
		},
	};
};

/** Answers by graphql-js: mutations, which run in order, and the queries that no plan was made for. */
export const executeByGraphql = async (
	schema: GraphQLSchema,
	plan: Pick<Plan, "document" | "operation">,
	options: RunOptions,
): Promise<Executed> => {
	const result = await executeRootSelectionSet(
		validatedArgs(schema, plan, options),
	);
	const { data = null, errors = [] } = result;
	return { data: JSON.stringify(data), errors };
};

/** What graphql's `validateExecutionArgs` makes, but for the variables, which are coerced by now and only once. */
const validatedArgs = (
	schema: GraphQLSchema,
	{ document, operation }: Pick<Plan, "document" | "operation">,
	{ variableValues, contextValue, rootValue }: RunOptions,
): ValidatedExecutionArgs => {
	const fragmentDefinitions: Record<string, FragmentDefinitionNode> =
		Object.create(null);
	const fragments: Record<string, { definition: FragmentDefinitionNode }> =
		Object.create(null);
	for (const definition of document.definitions) {
		if (definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
		fragmentDefinitions[definition.name.value] = definition;
		fragments[definition.name.value] = { definition };
	}
	return {
		schema,
		document,
		fragmentDefinitions,
		fragments,
		rootValue,
		contextValue,
		operation,
		variableValues,
		rawVariableValues: variableValues.coerced,
		fieldResolver: defaultFieldResolver,
		typeResolver: defaultTypeResolver,
		subscribeFieldResolver: defaultFieldResolver,
		hideSuggestions: false,
		errorPropagation: !operation.directives?.some(
			({ name }) => name.value === "experimental_disableErrorPropagation",
		),
		externalAbortSignal: undefined,
		enableEarlyExecution: false,
		hooks: undefined,
	};
};
