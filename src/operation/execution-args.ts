/** What graphql-js executes by, made of an operation that is read already: it coerces and looks for nothing itself. */
import {
	type DocumentNode,
	defaultFieldResolver,
	defaultTypeResolver,
	type GraphQLSchema,
	Kind,
	type OperationDefinitionNode,
	type ValidatedExecutionArgs,
	type VariableValues,
} from "graphql";
import { withoutDefer } from "./defer.ts";

export interface ReadOperation {
	readonly document: DocumentNode;
	readonly operation: OperationDefinitionNode;
	/** As graphql reads them, with their defaults. */
	readonly variables: VariableValues;
}

export const executionArgsOf = (
	schema: GraphQLSchema,
	{ document, operation, variables }: ReadOperation,
	contextValue: unknown,
	hooks?: ValidatedExecutionArgs["hooks"],
): ValidatedExecutionArgs => {
	const fragmentDefinitions: ValidatedExecutionArgs["fragmentDefinitions"] =
		Object.create(null);
	const fragments: ValidatedExecutionArgs["fragments"] = Object.create(null);
	for (const definition of document.definitions)
		if (definition.kind === Kind.FRAGMENT_DEFINITION) {
			fragmentDefinitions[definition.name.value] = definition;
			fragments[definition.name.value] = { definition };
		}
	return {
		schema,
		document,
		fragmentDefinitions,
		fragments,
		rootValue: undefined,
		contextValue,
		operation,
		variableValues: variables,
		rawVariableValues: undefined,
		fieldResolver: defaultFieldResolver,
		typeResolver: defaultTypeResolver,
		subscribeFieldResolver: defaultFieldResolver,
		hideSuggestions: true,
		errorPropagation: true,
		externalAbortSignal: undefined,
		enableEarlyExecution: false,
		hooks,
	};
};

/** The same operation with nothing deferred. */
export const withoutParts = (read: ReadOperation): ReadOperation => {
	const document = withoutDefer(read.document);
	if (document === read.document) return read;
	const name = read.operation.name?.value;
	const operation = document.definitions.find(
		(one): one is OperationDefinitionNode =>
			one.kind === Kind.OPERATION_DEFINITION && one.name?.value === name,
	);
	return { ...read, document, operation: operation ?? read.operation };
};
