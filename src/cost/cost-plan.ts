/** What of a document can cost calls: the priced fields with their way to them. */
import type { DirectiveNode, FieldNode, GraphQLField } from "graphql";
import type { FieldCost } from "./field-cost.ts";

export interface CostedField {
	/** Response names from the root: `contacts.nodes.notes`. */
	readonly path: string;
	readonly node: FieldNode;
	readonly field: GraphQLField<unknown, unknown>;
	readonly cost: FieldCost | undefined;
	/** `@skip` and `@include` on the way to it from its parent field. */
	readonly when: readonly DirectiveNode[];
	readonly below: CostPlan;
}

/** The fields that count, by the type of the object they are asked of. */
export type CostPlan = ReadonlyMap<string, readonly CostedField[]>;
