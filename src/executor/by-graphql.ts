/** Answers by graphql-js: mutations, which run in order, and the queries that no plan was made for. */
import {
	defaultFieldResolver,
	defaultTypeResolver,
	executeRootSelectionSet,
	type FragmentDefinitionNode,
	type GraphQLSchema,
	Kind,
	type ValidatedExecutionArgs,
} from "graphql";
import type { Executed, Plan, RunOptions } from "./contract.ts";

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
