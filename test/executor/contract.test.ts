/** What the executor's contract promises beyond the answers of graphql-js (src/executor/contract.ts). */
import { setImmediate as nextTurn } from "node:timers/promises";
import {
	GraphQLList,
	GraphQLNonNull,
	GraphQLObjectType,
	GraphQLSchema,
	GraphQLString,
	GraphQLUnionType,
	getVariableValues,
	type OperationDefinitionNode,
	parse,
	type ResponsePath,
	responsePathAsArray,
} from "graphql";
import { expect, test } from "vitest";
import type { Fallback } from "../../src/executor/contract.ts";
import { createExecutor } from "../../src/executor/executor.ts";

const PURE = { pure: true };
const required = new GraphQLNonNull(GraphQLString);

interface Caller {
	readonly name: string;
}

const written = { times: 0 };

const Thing: GraphQLObjectType = new GraphQLObjectType({
	name: "Thing",
	fields: () => ({
		pure: {
			type: GraphQLString,
			extensions: PURE,
			resolve: ({ id }) => {
				written.times++;
				return id;
			},
		},
		property: { type: GraphQLString },
		method: { type: GraphQLString },
		fallsBackOnArity: {
			type: GraphQLString,
			resolve: (_thing, _args = {}, context: Caller = { name: "nobody" }) =>
				context.name,
		},
		of: {
			type: GraphQLString,
			args: { text: { type: GraphQLString } },
			extensions: PURE,
			resolve: ({ id }, { text }) => `${id}/${text}`,
		},
		self: { type: Thing, extensions: PURE, resolve: (thing) => thing },
	}),
});

const thing = {
	id: "t1",
	property: "p",
	method: (_args: unknown, { name }: Caller) => name,
};
const things = [thing, thing];
const Odd = new GraphQLObjectType({
	name: "Odd",
	isTypeOf: () => true,
	fields: { name: { type: GraphQLString, resolve: () => "odd" } },
});
const late: string[] = [];
const Query = new GraphQLObjectType({
	name: "Query",
	fields: {
		thing: { type: Thing, resolve: () => thing },
		things: { type: new GraphQLList(Thing), resolve: () => things },
		odd: { type: Odd, resolve: () => ({}) },
		either: {
			type: new GraphQLUnionType({ name: "Either", types: [Odd] }),
			resolve: () => ({}),
		},
		fails: {
			type: required,
			resolve: () => {
				throw new Error("it fails");
			},
		},
		late: {
			type: GraphQLString,
			resolve: async () => {
				await nextTurn();
				late.push("ended");
			},
		},
		strict: {
			type: new GraphQLList(required),
			resolve: () => [null, Promise.reject(new Error("nobody's"))],
		},
	},
});
const Mutation = new GraphQLObjectType({
	name: "Mutation",
	fields: { thing: { type: Thing, resolve: () => thing } },
});
const schema = new GraphQLSchema({ query: Query, mutation: Mutation });

const ALICE: Caller = { name: "Alice" };
const BOB: Caller = { name: "Bob" };

const start = (fragmentCharacters = 1000) => {
	const fallbacks: Fallback[] = [];
	const executor = createExecutor({
		schema,
		fragmentCharacters,
		onFallback: (fallback) => fallbacks.push(fallback),
	});
	const compile = (text: string) => {
		const document = parse(text);
		const operation = document.definitions[0] as OperationDefinitionNode;
		return executor.compile({ document, operation, isIncluded: () => true });
	};
	const run = (
		plan: ReturnType<typeof compile>,
		contextValue: Caller = ALICE,
		onPath?: (path: ResponsePath | undefined) => void,
	) => {
		const { variableValues } = getVariableValues(schema, [], {});
		if (!variableValues) throw new Error("no variables");
		return executor.run(plan, {
			variableValues,
			contextValue,
			...(onPath && { onPath }),
		});
	};
	return { executor, fallbacks, compile, run };
};

test.each(["fallsBackOnArity", "method", "self { method }"])(
	"Bob is never given what Alice was given: %s",
	async (field) => {
		const { compile, run } = start();
		const plan = compile(
			`{ thing { pure property ${field} } things { pure ${field} } }`,
		);
		// Often enough for everything that may be remembered.
		for (const caller of [ALICE, ALICE, ALICE, BOB, BOB]) {
			const { data } = await run(plan, caller);
			expect(data.match(/Alice|Bob/g)).toEqual(Array(3).fill(caller.name));
		}
	},
);

test("a pure field of an object is written twice, and its text given again from then on", async () => {
	const { compile, run } = start();
	const plan = compile("{ thing { pure } }");
	const times: number[] = [];
	for (let time = 0; time < 4; time++) {
		written.times = 0;
		expect((await run(plan)).data).toBe('{"thing":{"pure":"t1"}}');
		times.push(written.times);
	}
	expect(times).toEqual([1, 1, 0, 0]);
});

test("a pure field is written anew where too many characters have gathered", async () => {
	const { compile, run } = start(1);
	const plan = compile("{ thing { pure } other: thing { pure } }");
	written.times = 0;
	for (let time = 0; time < 4; time++) await run(plan);
	expect(written.times).toBe(8);
});

test("a field with arguments is not remembered, whatever it says of itself", async () => {
	const { compile, run } = start();
	const plans = ["a", "b"].map((text) =>
		compile(`{ thing { of(text: "${text}") } }`),
	);
	for (const plan of [...plans, ...plans, ...plans])
		expect((await run(plan)).data).toBe(
			`{"thing":{"of":"t1/${plan === plans[0] ? "a" : "b"}"}}`,
		);
});

test("a query that has no plan is reported once and counted each time; a mutation is neither", async () => {
	const { executor, fallbacks, compile, run } = start();
	const odd = compile("{ odd { name } }");
	const either = compile("{ either { ... on Odd { name } } }");
	const mutation = compile("mutation { thing { property } }");
	executor.compile({ ...odd, isIncluded: () => true });
	expect(fallbacks.map(({ operation, why }) => [operation, why])).toEqual([
		[odd.operation, "isTypeOf of Odd"],
		[either.operation, "Either without resolveType"],
	]);
	expect(executor.fallbacks).toBe(0);
	const answers: string[] = [];
	for (const plan of [odd, odd, either, mutation])
		answers.push((await run(plan)).data);
	expect(answers).toEqual([
		'{"odd":{"name":"odd"}}',
		'{"odd":{"name":"odd"}}',
		'{"either":{"name":"odd"}}',
		'{"thing":{"property":"p"}}',
	]);
	expect(executor.fallbacks).toBe(3);
});

test("the path of the resolver that runs is told, and taken back", async () => {
	const { compile, run } = start();
	const paths: string[] = [];
	await run(compile("{ a: things { self { fallsBackOnArity } } }"), BOB, (at) =>
		paths.push(at ? responsePathAsArray(at).join("/") : "-"),
	);
	expect(paths).toEqual([
		...["a", "-", "a/0/self", "-", "a/0/self/fallsBackOnArity", "-"],
		...["a/1/self", "-", "a/1/self/fallsBackOnArity", "-"],
	]);
});

test("an answer that is null as a whole waits for what was begun", async () => {
	const { compile, run } = start();
	late.length = 0;
	const { data, errors } = await run(compile("{ late fails }"));
	expect([data, errors.length, late]).toEqual(["null", 1, ["ended"]]);
});

test("a promise behind a list item that failed is nobody's, and no unhandled rejection", async () => {
	const { compile, run } = start();
	const { data, errors } = await run(compile("{ strict }"));
	expect(data).toBe('{"strict":null}');
	expect(errors.map(({ path }) => path)).toEqual([["strict", 0]]);
	await nextTurn();
});
