/** graphql's `info`, for the resolvers that ask for it. */
import type { GraphQLResolveInfo, ResponsePath } from "graphql";
import type { FieldPlan } from "./plan.ts";
import type { Run } from "./run.ts";

export const infoOf = (
	{ field, nodes, parent }: FieldPlan,
	run: Run,
	path: ResponsePath,
): GraphQLResolveInfo => {
	const { about } = run;
	return {
		fieldName: field.name,
		fieldNodes: nodes,
		returnType: field.type,
		parentType: parent,
		path,
		schema: about.schema,
		fragments: about.fragmentDefinitions,
		rootValue: run.rootValue,
		operation: about.operation,
		variableValues: run.variableValues,
		getAbortSignal: run.getAbortSignal,
		getAsyncHelpers: run.getAsyncHelpers,
	};
};
