/** How much of the schema itself a document asks for: reckoned before it is validated or runs, since no REST call pays for it. */
import {
	type DocumentNode,
	type FragmentDefinitionNode,
	type GraphQLOutputType,
	type GraphQLSchema,
	getIntrospectionQuery,
	isEnumType,
	isInputObjectType,
	isInterfaceType,
	isObjectType,
	isWrappingType,
	Kind,
	parse,
	type SelectionSetNode,
} from "graphql";
import { limitExceeded } from "./nesting.ts";

/**
 * At most half as much again as all there is: what GraphiQL and code generators read passes, several of it do not.
 * @throws Failure LIMIT_EXCEEDED; `extensions` hold `limit` and `got`, in values of the answer.
 */
export const createCheckIntrospection = (
	schema: GraphQLSchema,
): ((document: DocumentNode) => void) => {
	const sizes = sizesOf(schema);
	const most = Math.ceil(1.5 * valuesOf(parse(EVERYTHING), sizes));
	return (document) => {
		const got = valuesOf(document, sizes);
		if (got > most)
			throw limitExceeded(
				"values of the schema in one answer",
				most,
				Math.ceil(got),
				"Ask for less of `__schema` and `__type`, or in several requests.",
			);
	};
};

const EVERYTHING = getIntrospectionQuery({
	directiveIsRepeatable: true,
	inputValueDeprecation: true,
	oneOf: true,
	schemaDescription: true,
	specifiedByUrl: true,
});

/** How many objects a field of the introspection gives: on average, and of the one type or directive that has most. */
interface Size {
	readonly mean: number;
	readonly most: number;
}

/** By the field's name; every field that is not in it gives one value. */
type Sizes = ReadonlyMap<string, Size>;

const sizesOf = (schema: GraphQLSchema): Sizes => {
	const types = Object.values(schema.getTypeMap());
	const directives = schema.getDirectives();
	const composite = types.filter(
		(type) => isObjectType(type) || isInterfaceType(type),
	);
	const fields = composite.flatMap((type) => Object.values(type.getFields()));
	const sizes = (counts: readonly number[], among: number): Size => ({
		mean: counts.reduce((sum, count) => sum + count, 0) / among,
		most: Math.max(0, ...counts),
	});
	const all = (count: number): Size => ({ mean: count, most: count });
	const wrappers =
		fields.reduce((sum, { type }) => sum + wrappersOf(type), 0) / fields.length;
	const perType = (counts: readonly number[]) => sizes(counts, types.length);
	return new Map([
		["types", all(types.length)],
		["directives", all(directives.length)],
		// Each level that is asked for is there in fewer cases than the one above it.
		["ofType", all(wrappers / (1 + wrappers))],
		[
			"fields",
			perType(composite.map((type) => Object.keys(type.getFields()).length)),
		],
		[
			"interfaces",
			perType(composite.map((type) => type.getInterfaces().length)),
		],
		[
			"possibleTypes",
			perType(
				composite
					.filter(isInterfaceType)
					.map((type) => schema.getPossibleTypes(type).length),
			),
		],
		[
			"inputFields",
			perType(
				types
					.filter(isInputObjectType)
					.map((type) => Object.keys(type.getFields()).length),
			),
		],
		[
			"enumValues",
			perType(types.filter(isEnumType).map((type) => type.getValues().length)),
		],
		[
			"args",
			sizes(
				fields.map(({ args }) => args.length),
				fields.length,
			),
		],
	]);
};

/** `[Contact!]!` has three. */
const wrappersOf = (type: GraphQLOutputType): number =>
	isWrappingType(type) ? 1 + wrappersOf(type.ofType) : 0;

/** Of the operation that asks for most. Fragments count as often as they are spread, conditions as met. */
const valuesOf = ({ definitions }: DocumentNode, sizes: Sizes): number => {
	const fragments = new Map<string, FragmentDefinitionNode>();
	for (const one of definitions)
		if (one.kind === Kind.FRAGMENT_DEFINITION)
			fragments.set(one.name.value, one);

	/** For each object the set is asked of; `named` for one type that the caller chose. */
	const below = (
		{ selections }: SelectionSetNode,
		isIntrospection: boolean,
		named: boolean,
	): number => {
		let sum = 0;
		for (const one of selections) {
			if (one.kind !== Kind.FIELD) {
				const inner =
					one.kind === Kind.INLINE_FRAGMENT
						? one
						: fragments.get(one.name.value);
				if (inner) sum += below(inner.selectionSet, isIntrospection, named);
				continue;
			}
			const name = one.name.value;
			const isRoot = name === "__schema" || name === "__type";
			if (isIntrospection || isRoot) sum++;
			if (!one.selectionSet) continue;
			const size = isIntrospection ? sizes.get(name) : undefined;
			const items = (named ? size?.most : size?.mean) ?? 1;
			const isNamed = name === "__type" || (named && !size);
			sum +=
				items * below(one.selectionSet, isIntrospection || isRoot, isNamed);
		}
		return sum;
	};
	return definitions.reduce(
		(most, one) =>
			one.kind === Kind.OPERATION_DEFINITION
				? Math.max(most, below(one.selectionSet, false, false))
				: most,
		0,
	);
};
