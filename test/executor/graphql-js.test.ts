/** Random queries, answered by the compiled executor and by graphql-js: alike, byte for byte. */
import {
	execute,
	GraphQLIncludeDirective,
	GraphQLSkipDirective,
	getDirectiveValues,
	getVariableValues,
	Kind,
	type OperationDefinitionNode,
	type VariableValues,
} from "graphql";
import { expect, test } from "vitest";
import { createExecutor } from "../../src/executor/executor.ts";
import {
	type Asked,
	faultsOf,
	operationFrom,
	variablesFrom,
} from "./operations.ts";
import { newWorld, randomFrom, type World } from "./world.ts";

const WORLDS = 20;
const OPERATIONS_EACH = 1000;
const CALLERS = [{ name: "Alice" }, { name: "Bob" }];

const isIncludedBy =
	(variables: VariableValues) =>
	(directives: OperationDefinitionNode["directives"]): boolean =>
		getDirectiveValues(GraphQLSkipDirective, { directives }, variables)?.if !==
			true &&
		getDirectiveValues(GraphQLIncludeDirective, { directives }, variables)
			?.if !== false;

const byGraphql = async (
	{ schema, rootValue }: World,
	{ document }: Asked,
	variableValues: Record<string, unknown>,
	contextValue: unknown,
): Promise<string> => {
	const { data, errors = [] } = await execute({
		schema,
		document,
		rootValue,
		variableValues,
		contextValue,
	});
	return `${JSON.stringify(data)}\n${JSON.stringify(errors)}`;
};

test.each(Array.from({ length: WORLDS }, (_, index) => index + 1))(
	`${OPERATIONS_EACH} random queries of world %i are answered as graphql-js answers them`,
	async (seed) => {
		const world = newWorld(seed);
		const { schema, rootValue } = world;
		const random = randomFrom(1000 * seed);
		const fallbacks: string[] = [];
		const executor = createExecutor({
			schema,
			// So few that now and then all are forgotten.
			fragmentCharacters: 100_000,
			onFallback: ({ why }) => fallbacks.push(why),
		});
		for (let n = 0; n < OPERATIONS_EACH; n++) {
			const asked = operationFrom(schema, random);
			const variables = variablesFrom(random);
			const operation = asked.document.definitions.find(
				(one) => one.kind === Kind.OPERATION_DEFINITION,
			) as OperationDefinitionNode;
			const given = getVariableValues(
				schema,
				operation.variableDefinitions ?? [],
				variables,
			);
			if (given.errors) throw given.errors[0];
			const { variableValues } = given;
			const plan = executor.compile({
				document: asked.document,
				operation,
				isIncluded: isIncludedBy(variableValues),
			});
			if (n % 50 === 0) expect(faultsOf(schema, asked)).toEqual([]);
			// What one was given is remembered when the other asks.
			const callers = random() < 0.5 ? CALLERS : CALLERS.toReversed();
			for (const contextValue of callers) {
				const { data, errors } = await executor.run(plan, {
					variableValues,
					contextValue,
					rootValue,
				});
				const expected = await byGraphql(world, asked, variables, contextValue);
				if (`${data}\n${JSON.stringify(errors)}` === expected) continue;
				expect(
					`${data}\n${JSON.stringify(errors)}`,
					`world ${seed}, query ${n}: ${asked.text}\n${JSON.stringify(variables)}`,
				).toBe(expected);
			}
		}
		// A condition that is null is refused by both, and there is nothing else that has no plan.
		for (const why of fallbacks)
			expect(why).toContain('non-null type "Boolean!" not to be null');
		expect(executor.fallbacks).toBe(CALLERS.length * fallbacks.length);
	},
	120_000,
);
