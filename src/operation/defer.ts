/** What `@defer` is to this graph: a directive, a question about an operation, and documents without it. */
import {
	type DirectiveNode,
	type DocumentNode,
	GraphQLDeferDirective,
	specifiedDirectives,
	type VariableValues,
	visit,
} from "graphql";
import { isDefer, isDeferred } from "../operation/conditions.ts";

/**
 * Those of the specification, and `@defer`. There is no `@stream`: a page of a list is one REST call, so its first item
 * is never at hand before its last.
 */
export const DIRECTIVES = [...specifiedDirectives, GraphQLDeferDirective];

/** True when something in the document is deferred with these variables. */
export const defers = ({
	document,
	coerced,
}: {
	readonly document: DocumentNode;
	readonly coerced: VariableValues;
}): boolean => deferralsOf(document).some((defer) => mayDefer(defer, coerced));

/** A null condition that is left stands where nothing is selected: others were refused. */
const mayDefer = (defer: DirectiveNode, coerced: VariableValues): boolean => {
	try {
		return isDeferred(defer, coerced);
	} catch {
		return false;
	}
};

/** For whoever answers in one piece, and for streams of changes, whose answers are one piece each. */
export const withoutDefer = (document: DocumentNode): DocumentNode => {
	if (deferralsOf(document).length === 0) return document;
	let plain = inlined.get(document);
	if (!plain) {
		plain = visit(document, {
			Directive: (node) => (isDefer(node) ? null : undefined),
		});
		inlined.set(document, plain);
	}
	return plain;
};

// Documents are remembered by their text, so each is looked through once.
const deferrals = new WeakMap<DocumentNode, readonly DirectiveNode[]>();
const inlined = new WeakMap<DocumentNode, DocumentNode>();

const deferralsOf = (document: DocumentNode): readonly DirectiveNode[] => {
	let found = deferrals.get(document);
	if (!found) {
		const all: DirectiveNode[] = [];
		visit(document, {
			Directive(node) {
				if (isDefer(node)) all.push(node);
			},
		});
		found = all;
		deferrals.set(document, found);
	}
	return found;
};
