/** What `@defer` is to this graph: a directive, and documents without it. */
import {
	type DocumentNode,
	GraphQLDeferDirective,
	specifiedDirectives,
	visit,
} from "graphql";
import { isDefer } from "./conditions.ts";

/**
 * Those of the specification, and `@defer`. There is no `@stream`: a page of a list is one REST call, so its first item
 * is never at hand before its last.
 */
export const DIRECTIVES = [...specifiedDirectives, GraphQLDeferDirective];

// Documents are remembered by their text, so each is looked through once.
const inlined = new WeakMap<DocumentNode, DocumentNode>();

/** For whoever answers in one piece, and for streams of changes, whose answers are one piece each. */
export const withoutDefer = (document: DocumentNode): DocumentNode => {
	let plain = inlined.get(document);
	if (!plain) {
		plain = visit(document, {
			Directive: (node) => (isDefer(node) ? null : undefined),
		});
		inlined.set(document, plain);
	}
	return plain;
};
