/** What `@defer` is to this graph: a directive, a question about an operation, and documents without it. */
import {
	type BooleanValueNode,
	type DirectiveNode,
	type DocumentNode,
	GraphQLDeferDirective,
	Kind,
	type OperationDefinitionNode,
	specifiedDirectives,
	type VariableNode,
	visit,
} from "graphql";

/**
 * Those of the specification, and `@defer`. There is no `@stream`: a page of a list is one REST call, so its first item
 * is never at hand before its last.
 */
export const DIRECTIVES = [...specifiedDirectives, GraphQLDeferDirective];

/** True when something in the operation is deferred with these variables, which are valid, but not coerced. */
export const defers = ({
	document,
	operation,
	variables,
}: {
	readonly document: DocumentNode;
	readonly operation: OperationDefinitionNode;
	readonly variables: Readonly<Record<string, unknown>>;
}): boolean =>
	conditionsOf(document).some((condition) => {
		if (condition.kind === Kind.BOOLEAN) return condition.value;
		const name = condition.name.value;
		return (variables[name] ?? defaultOf(operation, name)) !== false;
	});

/** For whoever answers in one piece, and for streams of changes, whose answers are one piece each. */
export const withoutDefer = (document: DocumentNode): DocumentNode => {
	if (conditionsOf(document).length === 0) return document;
	let plain = inlined.get(document);
	if (!plain) {
		plain = visit(document, {
			Directive: (node) => (isDefer(node) ? null : undefined),
		});
		inlined.set(document, plain);
	}
	return plain;
};

type Condition = BooleanValueNode | VariableNode;

const ALWAYS: Condition = { kind: Kind.BOOLEAN, value: true };

// Documents are remembered by their text, so each is looked through once.
const conditions = new WeakMap<DocumentNode, readonly Condition[]>();
const inlined = new WeakMap<DocumentNode, DocumentNode>();

/** What each `@defer` of the document hangs on. */
const conditionsOf = (document: DocumentNode): readonly Condition[] => {
	let found = conditions.get(document);
	if (!found) {
		const all: Condition[] = [];
		visit(document, {
			Directive(node) {
				if (isDefer(node)) all.push(conditionOf(node));
			},
		});
		found = all;
		conditions.set(document, found);
	}
	return found;
};

const isDefer = ({ name }: DirectiveNode): boolean =>
	name.value === GraphQLDeferDirective.name;

const conditionOf = ({ arguments: given }: DirectiveNode): Condition =>
	(given?.find(({ name }) => name.value === "if")?.value as
		| Condition
		| undefined) ?? ALWAYS;

const defaultOf = (
	{ variableDefinitions }: OperationDefinitionNode,
	name: string,
): unknown => {
	const found = variableDefinitions?.find(
		({ variable }) => variable.name.value === name,
	)?.defaultValue;
	return found?.kind === Kind.BOOLEAN ? found.value : undefined;
};
