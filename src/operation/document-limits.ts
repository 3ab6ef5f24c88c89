/** Refuses documents that are too large to be worth parsing or validating, in one pass and before either gets expensive. */
import {
	type DocumentNode,
	type FragmentDefinitionNode,
	Kind,
	type OperationDefinitionNode,
	type SelectionSetNode,
} from "graphql";
import { fail } from "../errors.ts";
import { limitExceeded, MAX_NESTING } from "./nesting.ts";

/** Ceilings for one document. Fragments count as often as they are spread. */
export interface DocumentLimits {
	/** Levels of fields: `{ contact { tasks { id } } }` has three. */
	readonly depth: number;
	readonly aliases: number;
	/** Fields of the operation itself, each of which starts REST calls. */
	readonly rootFields: number;
	readonly directives: number;
	/** Lexical tokens; also the ceiling for selections once fragments are expanded. */
	readonly tokens: number;
}

// Introspection queries go deeper than any data (`ofType { ofType { ...`), and graphql bounds their breadth itself.
const INTROSPECTION_DEPTH = 24;
// Pairs of fields that answer to one name in one place: each pair is compared by graphql's overlap rule.
const PAIRS = 50_000;

/** @throws Failure LIMIT_EXCEEDED naming the limit, what it allows and what came. */
export const checkDocument = (
	document: DocumentNode,
	limits: DocumentLimits,
): void => {
	const fragments = new Map<string, FragmentDefinitionNode>();
	const operations: OperationDefinitionNode[] = [];
	for (const definition of document.definitions)
		if (definition.kind === Kind.FRAGMENT_DEFINITION)
			fragments.set(definition.name.value, definition);
		else if (definition.kind === Kind.OPERATION_DEFINITION)
			operations.push(definition);

	const measure = sizer(fragments);
	const roots = operations.map(({ selectionSet }) => selectionSet);
	const total = { selections: 0, aliases: 0, directives: 0 };
	const check = (
		name: string,
		limit: number,
		got: number,
		instead: string,
	): void => {
		if (got > limit) throw limitExceeded(name, limit, got, instead);
	};
	for (const operation of operations) {
		const sum = measure.set(operation.selectionSet, 0);
		total.selections += sum.selections;
		total.aliases += sum.aliases;
		total.directives +=
			sum.directives +
			(operation.directives?.length ?? 0) +
			(operation.variableDefinitions ?? []).reduce(
				(count, { directives }) => count + (directives?.length ?? 0),
				0,
			);
		check("levels of fields", limits.depth, sum.depth, "Nest fewer levels.");
		check(
			"levels of introspection",
			INTROSPECTION_DEPTH,
			sum.introspection,
			"Nest fewer levels.",
		);
		check(
			"root fields",
			limits.rootFields,
			sum.top,
			"Spread them over several requests.",
		);
	}
	// A fragment that no operation spreads is an error, but graphql compares its fields all the same.
	for (const definition of document.definitions) {
		if (definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
		const { name, selectionSet } = definition;
		// Of two fragments with one name the map holds the last; the other is compared too.
		const counted =
			measure.known(name.value) && fragments.get(name.value) === definition;
		if (counted) continue;
		total.selections += measure.set(selectionSet, 0).selections;
		roots.push(selectionSet);
	}
	check(
		"aliases",
		limits.aliases,
		total.aliases,
		"Use lists or fewer aliases.",
	);
	check("directives", limits.directives, total.directives, "Use fewer.");
	check(
		"selections with fragments expanded",
		limits.tokens,
		total.selections,
		"Spread fragments less often.",
	);
	check(
		"pairs of fields that share a name in one place",
		PAIRS,
		pairs(roots, fragments),
		"Select each field once.",
	);
};

interface Size {
	/** Fields and spreads: fragments that hold nothing but spreads double as fast as those with fields. */
	readonly selections: number;
	readonly aliases: number;
	readonly directives: number;
	readonly depth: number;
	readonly introspection: number;
	/** Fields at this level, those of spread fragments included. */
	readonly top: number;
}

const NOTHING: Size = {
	selections: 0,
	aliases: 0,
	directives: 0,
	depth: 0,
	introspection: 0,
	top: 0,
};

/** Measures selection sets; each fragment once, so that fragments spreading fragments cost no more than their text. */
const sizer = (fragments: ReadonlyMap<string, FragmentDefinitionNode>) => {
	const known = new Map<string, Size>();
	const open = new Set<string>();
	const ofFragment = (name: string, nesting: number): Size => {
		const done = known.get(name);
		if (done) return done;
		const fragment = fragments.get(name);
		// An unknown fragment is for validation to name.
		if (!fragment) return NOTHING;
		// Circles are not: the ways through fragments that all spread one another grow with the factorial of their number.
		if (open.has(name))
			throw fail(
				"GRAPHQL_VALIDATION_FAILED",
				`Fragment "${name}" spreads itself, directly or through others. Take the spread out.`,
			);
		open.add(name);
		const size = ofSet(fragment.selectionSet, nesting + 1);
		open.delete(name);
		known.set(name, size);
		return size;
	};
	const ofSet = (set: SelectionSetNode, nesting: number): Size => {
		if (nesting > MAX_NESTING)
			throw limitExceeded("selections inside one another", MAX_NESTING, "more");
		const sum = { ...NOTHING };
		for (const selection of set.selections) {
			sum.selections++;
			sum.directives += selection.directives?.length ?? 0;
			if (selection.kind === Kind.FIELD) {
				const inner = selection.selectionSet
					? ofSet(selection.selectionSet, nesting + 1)
					: NOTHING;
				const schemaItself =
					selection.name.value === "__schema" ||
					selection.name.value === "__type";
				sum.selections += inner.selections;
				sum.aliases += (selection.alias ? 1 : 0) + inner.aliases;
				sum.directives += inner.directives;
				sum.top++;
				sum.depth = Math.max(sum.depth, schemaItself ? 1 : 1 + inner.depth);
				sum.introspection = Math.max(
					sum.introspection,
					schemaItself ? 1 + inner.depth : inner.introspection,
				);
				continue;
			}
			const inner =
				selection.kind === Kind.INLINE_FRAGMENT
					? ofSet(selection.selectionSet, nesting + 1)
					: ofFragment(selection.name.value, nesting);
			sum.selections += inner.selections;
			sum.aliases += inner.aliases;
			sum.directives += inner.directives;
			sum.top += inner.top;
			sum.depth = Math.max(sum.depth, inner.depth);
			sum.introspection = Math.max(sum.introspection, inner.introspection);
		}
		return sum;
	};
	return {
		set: ofSet,
		fragment: ofFragment,
		known: (fragment: string) => known.has(fragment),
	};
};

/** Walks the expanded selections, of which there are at most as many as tokens by now, and counts the pairs to compare. */
const pairs = (
	roots: readonly SelectionSetNode[],
	fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): number => {
	interface Place {
		count: number;
		readonly fields: Map<string, Place>;
	}
	let found = 0;
	const walk = (set: SelectionSetNode, place: Place) => {
		for (const selection of set.selections) {
			if (selection.kind === Kind.INLINE_FRAGMENT)
				walk(selection.selectionSet, place);
			else if (selection.kind === Kind.FRAGMENT_SPREAD) {
				const name = selection.name.value;
				const fragment = fragments.get(name);
				if (fragment) walk(fragment.selectionSet, place);
			} else {
				const name = selection.alias?.value ?? selection.name.value;
				let field = place.fields.get(name);
				if (!field) {
					field = { count: 0, fields: new Map() };
					place.fields.set(name, field);
				}
				found += field.count++;
				if (selection.selectionSet) walk(selection.selectionSet, field);
			}
		}
	};
	for (const root of roots) walk(root, { count: 0, fields: new Map() });
	return found;
};
