/** The compiled executor and the one of graphql-js, whole and in parts, answer one corpus of operations alike, byte for byte after sorting keys. */
import { setImmediate as nextTurn } from "node:timers/promises";
import {
	buildSchema,
	executeRootSelectionSet,
	type GraphQLError,
	type GraphQLObjectType,
	type GraphQLSchema,
	getVariableValues,
	isInterfaceType,
	isObjectType,
	type OperationDefinitionNode,
	parse,
	type VariableValues,
	validate,
} from "graphql";
import { expect, test } from "vitest";
import type { Plan } from "../../src/executor/contract.ts";
import { createExecutor } from "../../src/executor/executor.ts";
import type { Context } from "../../src/loading/context.ts";
import { createLog } from "../../src/log.ts";
import { createCompile } from "../../src/operation/compiled-operation.ts";
import {
	conditionsOf,
	readConditions,
} from "../../src/operation/conditions.ts";
import {
	executionArgsOf,
	type ReadOperation,
	withoutParts,
} from "../../src/operation/execution-args.ts";
import { createOperationKeys } from "../../src/operation/operation-key.ts";
import { createAnswerInParts } from "../../src/server/incremental.ts";
import type { Data } from "../support/ask.ts";
import { mergedById, mergedByPath } from "../support/in-parts.ts";

interface Execution extends ReadOperation {
	readonly context: Context;
}

const createExecute = (schema: GraphQLSchema, fragmentCharacters?: number) => {
	const executor = createExecutor({
		schema,
		...(fragmentCharacters !== undefined && { fragmentCharacters }),
	});
	const plans = new WeakMap<OperationDefinitionNode, Plan>();
	return ({ context, ...read }: Execution) => {
		const isMet = readConditions(read.variables);
		const plan =
			plans.get(read.operation) ??
			executor.compile({
				...withoutParts(read),
				isIncluded: (directives) => conditionsOf({ directives }).every(isMet),
			});
		plans.set(read.operation, plan);
		return executor.run(plan, {
			variableValues: read.variables,
			contextValue: context,
		});
	};
};

const standardExecute =
	(schema: GraphQLSchema) =>
	async ({ context, ...read }: Execution) => {
		const { data, errors = [] } = await executeRootSelectionSet(
			executionArgsOf(schema, withoutParts(read), context),
		);
		return {
			data: data === undefined ? undefined : JSON.stringify(data),
			errors,
		};
	};

const SDL = `
	directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
	interface Node { id: ID! }
	union Found = Person | Place
	enum Mood { HAPPY SAD }
	scalar Any
	type Person implements Node {
		id: ID! name: String mood: Mood age: Int height: Float vip: Boolean any: Any
		friend: Person strict: Person! friends: [Person!] maybe: [Person] matrix: [[Int!]]
		later: String laterPerson: Person laterAll: [Person]
		fails: String failsLater: String! never: String! sum(a: Int! = 1, b: Int): Int
		echo(text: String, list: [Int!], input: In): String
	}
	input In { a: Int b: [String] = ["x"] }
	type Place implements Node { id: ID! city: String! }
	type Query {
		person: Person people: [Person!]! node(id: ID!): Node nodes: [Node] found: [Found]
		nothing: Person strictNothing: Person! text(of: String = "d"): String boom: Int big: Int list: [String!] notAList: [Int]
	}
	type Mutation { set(n: Int!): Person }
`;

const newPerson = (
	n: number,
	person: (n: number) => Record<string, unknown>,
): Record<string, unknown> => ({
	__kind: "Person",
	id: `p${n}`,
	name: n % 3 ? `Ünïcode "${n}" \\ \n\u2028 😀` : null,
	mood: n % 2 ? "HAPPY" : "SAD",
	age: n,
	height: n / 7,
	vip: n % 2 === 0,
	any: { deep: [1, "two", null, { x: true }] },
	matrix: [[1, 2], null, []],
	friend: () => (n < 3 ? person(n + 1) : null),
	strict: () => (n < 3 ? person(n + 1) : null),
	friends: () => [person(n + 1), person(n + 2)],
	maybe: () => [person(n + 1), null, new Error("one is broken")],
	later: async () => `later ${n}`,
	laterPerson: async () => person(n + 1),
	laterAll: () => [
		Promise.resolve(person(1)),
		Promise.reject(new Error("lost")),
		null,
	],
	fails: () => {
		throw new Error("it fails");
	},
	failsLater: async () => {
		throw new Error("it fails later");
	},
	never: () => null,
	sum: ({ a, b }: { a: number; b?: number }) => a + (b ?? 0),
	echo: (args: unknown) => JSON.stringify(args),
});

const place = { __kind: "Place", id: "x1", city: "Łódź" };

/** `kept`: the same objects at every call, and resolvers that say that they are pure, so that texts are remembered. */
const schemaOf = (kept = false): GraphQLSchema => {
	const schema = buildSchema(SDL);
	const people = new Map<number, Record<string, unknown>>();
	const person = (n: number) => {
		const known = kept ? people.get(n) : undefined;
		const one = known ?? newPerson(n, person);
		people.set(n, one);
		return one;
	};
	const roots: Record<string, unknown> = {
		person: () => person(1),
		people: () => [person(1), person(2)],
		node: ({ id }: { id: string }) => (id === "x1" ? place : person(1)),
		nodes: () => [person(1), place, null, Promise.resolve(place)],
		found: async () => [place, person(2)],
		nothing: () => null,
		strictNothing: () => null,
		text: ({ of }: { of: string }) => of,
		boom: () => {
			throw new Error("boom");
		},
		big: () => 2 ** 40,
		list: () => ["a", null],
		notAList: () => 7,
		set: ({ n }: { n: number }) => person(n),
	};
	for (const type of Object.values(schema.getTypeMap())) {
		if (isInterfaceType(type) || type.name === "Found")
			(type as { resolveType?: unknown }).resolveType = (value: {
				__kind: string;
			}) => value.__kind;
		if (!isObjectType(type) || type.name.startsWith("__")) continue;
		for (const field of Object.values(type.getFields())) {
			const isRoot = type.name === "Query" || type.name === "Mutation";
			const resolve = (source: unknown, args: unknown) => {
				const value = isRoot
					? roots[field.name]
					: (source as Record<string, unknown>)[field.name];
				return typeof value === "function" ? value(args) : value;
			};
			field.resolve = resolve;
			if (kept && !isRoot) field.extensions = { pure: true };
		}
	}
	return schema;
};

const CORPUS: readonly [string, string, Record<string, unknown>?][] = [
	[
		"scalars of every kind",
		"{ person { id name mood age height vip any matrix } }",
	],
	[
		"aliases and a field twice",
		"{ a: person { id } b: person { id id name } person { friend { id } friend { name } } }",
	],
	[
		"fragments within fragments",
		"query { person { ...A } } fragment A on Person { id ...B friend { ...B } } fragment B on Person { name ... on Node { id } ... { age } }",
	],
	[
		"lists of objects",
		"{ people { id friends { id friends { id } } maybe { id } } }",
	],
	[
		"an interface",
		'{ a: node(id: "x1") { __typename id ... on Place { city } ... on Person { name } } b: node(id: "p") { id ... on Person { age } } }',
	],
	[
		"a list of an interface, with promises",
		"{ nodes { __typename id ... on Place { city } } }",
	],
	[
		"a union",
		"{ found { __typename ... on Person { id mood } ... on Place { id city } ... on Node { nid: id } } }",
	],
	[
		"__typename before, between and behind",
		"{ __typename person { a: __typename id b: __typename name c: __typename } t: __typename }",
	],
	["only __typename", "{ __typename }"],
	[
		"variables and defaults",
		"query ($a: Int!, $b: Int = 5, $t: String) { person { sum(a: $a, b: $b) d: sum one: sum(a: 2) echo(text: $t, list: [$a, 2], input: { a: $a }) } text(of: $t) }",
		{ a: 3 },
	],
	[
		"a null variable",
		"query ($t: String) { text(of: $t) person { echo(text: $t) } }",
		{ t: null },
	],
	[
		"a variable that is not given",
		"query ($t: String, $b: Int) { text(of: $t) person { sum(a: 1, b: $b) echo(text: $t) } }",
	],
	[
		"an input object",
		'query ($i: In) { person { echo(input: $i) e: echo(input: { a: 1, b: ["y", null] }) } }',
		{ i: { a: 4 } },
	],
	[
		"@skip and @include as literals",
		"{ person { id @skip(if: true) name @include(if: true) age @skip(if: false) @include(if: false) } }",
	],
	...[
		[true, true],
		[true, false],
		[false, true],
		[false, false],
	].map(([s, i]): [string, string, Record<string, unknown>] => [
		`@skip ${s} and @include ${i} by variables`,
		"query ($s: Boolean!, $i: Boolean!) { person { id @skip(if: $s) ... @include(if: $i) { name friend { id } } ...F @skip(if: $s) } } fragment F on Person { age friend @include(if: $i) { age } }",
		{ s, i },
	]),
	[
		"everything skipped",
		"query ($s: Boolean!) { person @skip(if: $s) { id } }",
		{ s: true },
	],
	[
		"promises at every level",
		"{ person { later laterPerson { later laterPerson { id later } } } }",
	],
	["an error in a nullable field", "{ person { id fails name } boom }"],
	["an error in a list item", "{ person { maybe { id } } }"],
	["a rejected promise in a list", "{ person { laterAll { id } } }"],
	[
		"a null that must not be, one level up",
		"{ person { id friend { id never } } }",
	],
	[
		"a null that must not be, in a list of strict items",
		"{ person { friends { id never } name } }",
	],
	[
		"a null that must not be, through strict fields",
		"{ person { friend { strict { strict { strict { id } } } } name } }",
	],
	["a rejected strict field", "{ person { id friend { failsLater } } }"],
	["a null at the root that must not be", "{ strictNothing { id } }"],
	["a strict item that is null", "{ list }"],
	["a number too big", "{ big }"],
	["no list where one is due", "{ notAList }"],
	["nothing", "{ nothing { id friends { id } } }"],
	[
		"introspection",
		'{ __schema { queryType { name } types { name } } __type(name: "Person") { fields { name args { defaultValue } } } }',
	],
	[
		"a mutation",
		"mutation { a: set(n: 1) { id friends { id } } b: set(n: 2) { fails } }",
	],
	[
		"a named operation among others",
		"query A { person { id } } query B { people { id } }",
	],
	["a deferred fragment", "{ person { id ...@defer { name friend { id } } } }"],
	[
		"deferred fragments within fragments, named and labelled",
		'query { person { ...A @defer(label: "a") } } fragment A on Person { id ...B @defer(label: "b") friend { ...B } } fragment B on Person { name ... on Node @defer { nid: id } ... { age } }',
	],
	[
		"fields both deferred and not, under aliases",
		"{ a: person { id ...@defer { id b: name friend { id } } friend { name } } ...@defer { a: person { age } c: people { id } } }",
	],
	[
		"everything deferred, and nothing left",
		"{ ...@defer { person { id } people { ...@defer { name } } } }",
	],
	[
		"a deferred fragment for each item, with promises",
		"{ people { id ...@defer { later friends { id ...@defer { laterPerson { id later } } } } } }",
	],
	[
		"deferred fragments of a union and an interface",
		"{ found { __typename ... on Person @defer { id mood } ... on Place @defer { city } } nodes { ... on Node @defer { id } ... on Place { ...@defer { city } } } }",
	],
	[
		"a deferred fragment with variables and defaults",
		"query ($a: Int!, $b: Int = 5, $t: String) { person { ...@defer { sum(a: $a, b: $b) echo(text: $t, list: [$a, 2], input: { a: $a }) } } ...F @defer } fragment F on Query { text(of: $t) }",
		{ a: 3 },
	],
	...[true, false].map((d): [string, string, Record<string, unknown>] => [
		`@defer(if: ${d}) by a variable, and by its default`,
		`query ($d: Boolean!, $e: Boolean! = ${!d}) { person { id ...@defer(if: $d) { name } ...@defer(if: $e) { age } ...@defer(if: ${d}) { vip } } }`,
		{ d },
	]),
	...[
		[true, true],
		[true, false],
		[false, true],
		[false, false],
	].map(([s, i]): [string, string, Record<string, unknown>] => [
		`@defer beside @skip ${s} and @include ${i}`,
		"query ($s: Boolean!, $i: Boolean!) { person { id ...F @skip(if: $s) @defer ...@defer @include(if: $i) { name age @skip(if: $s) friend @include(if: $i) { ...F @defer } } } } fragment F on Person { age friend @include(if: $i) { age } }",
		{ s, i },
	]),
	[
		"errors in nullable fields that are deferred",
		"{ ...@defer { boom } person { id ...@defer { fails maybe { id ...@defer { fails } } laterAll { id } } } }",
	],
	[
		"a null that must not be, below a deferred field that may be null",
		"{ person { id ...@defer { friend { failsLater } friends { id never } name } } }",
	],
	[
		"a null that must not be, above a deferred fragment",
		"{ person { id friend { never ...@defer { name later } } } people { ...@defer { id } } }",
	],
	[
		"a mutation that answers in parts",
		"mutation { a: set(n: 1) { id ...@defer { friends { id } } } b: set(n: 2) { ...@defer { fails later } } }",
	],
];

const operationOf = (schema: GraphQLSchema, text: string) => {
	const document = parse(text);
	expect(validate(schema, document)).toEqual([]);
	const operation = document.definitions.find(
		(one): one is OperationDefinitionNode => one.kind === "OperationDefinition",
	) as OperationDefinitionNode;
	return { document, operation, context: NO_CALLS };
};

const coercedOf = (
	schema: GraphQLSchema,
	{ variableDefinitions }: OperationDefinitionNode,
	variables: Record<string, unknown>,
): VariableValues => {
	const { variableValues, errors } = getVariableValues(
		schema,
		variableDefinitions ?? [],
		variables,
	);
	expect(errors).toBeUndefined();
	return variableValues as VariableValues;
};

const executionOf = (
	schema: GraphQLSchema,
	text: string,
	variables: Record<string, unknown> = {},
) => {
	const read = operationOf(schema, text);
	return { ...read, variables: coercedOf(schema, read.operation, variables) };
};

const NONE: VariableValues = { sources: {}, coerced: {} };

test.each(CORPUS)("%s", async (_, text, variables = {}) => {
	const schema = schemaOf();
	const execution = executionOf(schema, text, variables);
	const standard = await standardExecute(schema)(execution);
	const execute = createExecute(schema);
	// Twice: once compiled anew, once from the plan.
	for (let time = 0; time < 2; time++)
		expect(written(await execute(execution))).toBe(written(standard));
});

test.each(CORPUS)(
	"%s, of objects that are kept",
	async (_, text, variables = {}) => {
		const schema = schemaOf(true);
		const execution = executionOf(schema, text, variables);
		const standard = await standardExecute(schema)(execution);
		const execute = createExecute(schema);
		// The second time from the texts of the first.
		for (let time = 0; time < 2; time++)
			expect(written(await execute(execution))).toBe(written(standard));
	},
);

const askedOf = (schema: GraphQLSchema, type: string, name: string) => {
	const field = (
		schema.getType(type) as GraphQLObjectType | undefined
	)?.getFields()[name];
	if (!field) throw new Error(`no field ${type}.${name}`);
	const counted = { times: 0 };
	const { resolve } = field;
	field.resolve = (source) => {
		counted.times++;
		return resolve?.(source, {}, {}, undefined as never);
	};
	return counted;
};

test("an object that is kept is written once for a selection, and again where texts are too many to be remembered", async () => {
	const schema = schemaOf(true);
	const asked = askedOf(schema, "Person", "age");
	const execution = executionOf(schema, "{ people { age } person { age } }");
	const roomy = createExecute(schema);
	for (let time = 0; time < 4; time++) await roomy(execution);
	// Two people at one place, one of them at another; and the first two once more, since they were not met before.
	expect(asked.times).toBe(5);
	const tight = createExecute(schema, 1);
	asked.times = 0;
	for (let time = 0; time < 4; time++) await tight(execution);
	expect(asked.times).toBe(12);
});

test("an object that is met for the first time is not remembered", async () => {
	const schema = schemaOf(true);
	const asked = askedOf(schema, "Person", "age");
	const execute = createExecute(schema);
	const execution = {
		...operationOf(schema, "{ person { age } }"),
		variables: NONE,
	};
	const times: number[] = [];
	for (let time = 0; time < 4; time++) {
		await execute(execution);
		times.push(asked.times);
	}
	expect(times).toEqual([1, 2, 2, 2]);
});

test("a field that does not say that it is pure is asked every time, whatever its arity", async () => {
	const schema = schemaOf(true);
	const field = (schema.getType("Person") as GraphQLObjectType).getFields()
		.name;
	if (!field) throw new Error("no field name");
	let at = 0;
	field.extensions = {};
	field.resolve = (_source) => `${at++}`;
	const execution = {
		...operationOf(schema, "{ person { id name } }"),
		variables: NONE,
	};
	const execute = createExecute(schema);
	await execute(execution);
	expect((await execute(execution)).data).toContain('"name":"1"');
});

const SILENT = createLog({ level: "silent" });
const FORMATS = [
	["incrementalSpec=v0.2", mergedById],
	["deferSpec=20220824", mergedByPath],
] as const;

/** Parts as they are written, one by one. */
const partsOf = async (
	schema: GraphQLSchema,
	{ context, ...read }: ReturnType<typeof executionOf>,
	format: (typeof FORMATS)[number][0],
): Promise<Data[]> => {
	const parts: Data[] = [];
	const answer = createAnswerInParts(schema, SILENT);
	for await (const part of answer(read, context, format, () => {}))
		parts.push(JSON.parse(JSON.stringify(part)));
	return parts;
};

test.each(CORPUS.filter(([, text]) => text.includes("@defer")))(
	"%s: the parts together say what the whole says, in both formats",
	async (_, text, variables = {}) => {
		const schema = schemaOf();
		const execution = executionOf(schema, text, variables);
		const { data, errors } = await createExecute(schema)(execution);
		for (const [format, merged] of FORMATS) {
			const parts = await partsOf(schema, execution, format);
			const together = merged(parts);
			expect(JSON.stringify(sorted(together.data))).toBe(
				JSON.stringify(sorted(JSON.parse(String(data)))),
			);
			expect(pathsOf(together.errors ?? [])).toEqual(pathsOf(errors));
			expect(parts.map(({ hasNext }) => hasNext ?? false)).toEqual(
				parts.map((__, index) => index < parts.length - 1),
			);
		}
	},
);

test("a null that must not be fails the deferred fragment it is in, and nothing above it", async () => {
	const schema = schemaOf();
	const execution = executionOf(
		schema,
		"{ person { id friend { id ...@defer { name never } ...@defer { age } } } }",
	);
	const whole = await createExecute(schema)(execution);
	expect(whole.data).toBe('{"person":{"id":"p1","friend":null}}');
	for (const [format, merged] of FORMATS) {
		const together = merged(await partsOf(schema, execution, format));
		expect(together.data).toEqual({
			person: { id: "p1", friend: { id: "p2", age: 2 } },
		});
		expect(pathsOf(together.errors)).toEqual(pathsOf(whole.errors));
	}
});

const pathsOf = (
	errors: readonly { readonly path?: unknown }[],
): readonly string[] => errors.map(({ path }) => JSON.stringify(path)).sort();

test("a resolver that asks for info is given it", async () => {
	const schema = schemaOf();
	const field = schema.getQueryType()?.getFields().text;
	if (!field) throw new Error("no field text");
	field.resolve = (_source, _args, _context, info) => info.fieldName;
	const document = parse("{ text }");
	const { data } = await createExecute(schema)({
		document,
		operation: document.definitions[0] as OperationDefinitionNode,
		variables: NONE,
		context: NO_CALLS,
	});
	expect(data).toBe('{"text":"text"}');
});

test("an answer that is null as a whole waits for what was begun", async () => {
	const schema = schemaOf();
	const field = schema.getQueryType()?.getFields().text;
	if (!field) throw new Error("no field text");
	let hasEnded = false;
	field.resolve = async () => {
		await nextTurn();
		hasEnded = true;
		return "late";
	};
	const execution = executionOf(schema, "{ text strictNothing { id } }");
	const { data, errors } = await createExecute(schema)(execution);
	expect([data, errors.length, hasEnded]).toEqual(["null", 1, true]);
});

test("more combinations of @skip and @include than plans are kept are answered all the same", async () => {
	const schema = schemaOf();
	const names = ["a", "b", "c", "d", "e"];
	const query = `query (${names.map((name) => `$${name}: Boolean!`).join(" ")}) { ${names.map((name) => `${name}: person @include(if: $${name}) { id }`).join(" ")} }`;
	const document = parse(query);
	const operation = document.definitions[0] as OperationDefinitionNode;
	const executor = createExecutor({ schema });
	const compile = createCompile({
		schema,
		executor,
		keys: createOperationKeys(),
		hideSuggestions: false,
	});
	for (let bits = 0; bits < 32; bits++) {
		const given = Object.fromEntries(
			names.map((name, index) => [name, (bits >> index) % 2 === 1]),
		);
		const { plan, variables } = compile(document, {
			query,
			variables: given,
		});
		const made = await executor.run(plan, {
			variableValues: variables,
			contextValue: NO_CALLS,
		});
		const execution = { document, operation, variables, context: NO_CALLS };
		expect(written(made)).toBe(
			written(await standardExecute(schema)(execution)),
		);
	}
});

const NO_CALLS = {
	upstream: { maxCost: 0, meter: { made: 0 } },
	cache: { stale: new Set(), isRecurring: () => false },
} as unknown as Context;

const written = ({
	data,
	errors,
}: Awaited<ReturnType<ReturnType<typeof standardExecute>>>): string =>
	JSON.stringify({
		data: data === undefined ? undefined : sorted(JSON.parse(data)),
		errors: errors
			.map((error: GraphQLError) => JSON.stringify(sorted(error.toJSON())))
			.sort(),
	});

const sorted = (value: unknown): unknown => {
	if (Array.isArray(value)) return value.map(sorted);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([key, inner]) => [key, sorted(inner)]),
	);
};
