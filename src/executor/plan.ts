/** What an operation is compiled into: a tree of fields that write themselves as JSON text. */
import type {
	GraphQLField,
	GraphQLObjectType,
	GraphQLResolveInfo,
	ResponsePath,
} from "graphql";
import type { FieldNodes } from "./collect.ts";
import type { Run, Text } from "./run.ts";

/** @throws what makes the field fail, or its promise is rejected with it: `failed` turns it into an error with a path. */
export type Writer = (
	value: unknown,
	run: Run,
	field: FieldPlan,
	path: ResponsePath,
) => Text;

/** One field of one selection. */
export interface FieldPlan {
	readonly key: string;
	/** `"key":`, as it stands in the answer, with the `__typename` that stands before it. */
	readonly label: string;
	readonly parent: GraphQLObjectType;
	/** The parent's name. */
	readonly typename: string;
	readonly nodes: FieldNodes;
	readonly field: GraphQLField<unknown, unknown>;
	/** Arguments that depend on no variable, coerced once; undefined when they must be coerced for every request. */
	readonly args: Readonly<Record<string, unknown>> | undefined;
	/** Where a request keeps this field's arguments. */
	readonly slot: number;
	readonly strict: boolean;
	readonly write: Writer;
}

/** Fields that stand side by side and are written one after the other. */
export interface FieldGroup {
	readonly fields: readonly FieldPlan[];
	/** Its text is worth remembering: all fields are pure, and one at least says so. */
	readonly isFragment: boolean;
}

export interface SelectionPlan {
	readonly groups: readonly FieldGroup[];
	/** The `__typename` behind the last field. */
	readonly tail: string;
}

/** graphql's `info`, for the resolvers that ask for it. */
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
