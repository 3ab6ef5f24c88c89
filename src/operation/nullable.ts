/** Finds the places of an operation in which a variable that may be null is used where null may not stand. */
import {
	type DirectiveNode,
	type DocumentNode,
	type FieldNode,
	type GraphQLSchema,
	isNonNullType,
	Kind,
	type OperationDefinitionNode,
	TypeInfo,
	visit,
	visitWithTypeInfo,
} from "graphql";

/** What takes arguments. */
export type Taker = FieldNode | DirectiveNode;

/**
 * Fields and directives whose arguments may turn out to hold a null that they do not take. Validation lets that pass where
 * the variable, the argument or the input field has a default (GraphQL spec, "All Variable Usages Are Allowed").
 */
export const mayLackValue = (
	schema: GraphQLSchema,
	document: DocumentNode,
	{ variableDefinitions = [] }: OperationDefinitionNode,
): ReadonlySet<Taker> => {
	const found = new Set<Taker>();
	const nullable = new Set(
		variableDefinitions
			.filter(({ type }) => type.kind !== Kind.NON_NULL_TYPE)
			.map(({ variable }) => variable.name.value),
	);
	if (nullable.size === 0) return found;
	const types = new TypeInfo(schema);
	// A field takes what stands in its own arguments, not what stands in its directives or below.
	const takers: Taker[] = [];
	const taker = {
		enter: (node: Taker) => {
			takers.push(node);
		},
		leave: () => {
			takers.pop();
		},
	};
	visit(
		document,
		visitWithTypeInfo(types, {
			Field: taker,
			Directive: taker,
			VariableDefinition: () => false,
			Variable({ name }) {
				const innermost = takers.at(-1);
				if (
					innermost &&
					nullable.has(name.value) &&
					isNonNullType(types.getInputType())
				)
					found.add(innermost);
			},
		}),
	);
	return found;
};
