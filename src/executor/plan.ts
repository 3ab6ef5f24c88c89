/** What an operation is compiled into: a tree of fields that write themselves as JSON text. */
import type { GraphQLField, GraphQLObjectType, ResponsePath } from "graphql";
import type { FieldNodes } from "./collect.ts";
import type { Run } from "./run.ts";
import type { Text } from "./text.ts";

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
	/** Arguments that hang on no variable, coerced once; undefined when they must be coerced for every request. */
	readonly args: Readonly<Record<string, unknown>> | undefined;
	/** Where a request keeps this field's arguments. */
	readonly slot: number;
	readonly strict: boolean;
	readonly write: Writer;
}

/** Fields that stand side by side and are written one after the other. */
export interface Stretch {
	readonly fields: readonly FieldPlan[];
	/** Its text is worth remembering: all fields are pure, and one at least says so. */
	readonly isFragment: boolean;
}

export interface SelectionPlan {
	readonly stretches: readonly Stretch[];
	/** The `__typename` behind the last field. */
	readonly tail: string;
}
