/** How long it takes to reckon the price of an operation: first time, with its document walked, and again. */
import { parse } from "graphql";
import { costOf } from "../src/cost/operation-cost.ts";
import { createExecutor } from "../src/executor/executor.ts";
import { createCompile } from "../src/operation/compiled-operation.ts";
import { createOperationKeys } from "../src/operation/operation-key.ts";
import { schema } from "../src/schema.ts";
import { locationFacts } from "../src/upstream/location-facts.ts";
import { operationsOf } from "../test/support/operations.ts";
import type { Scenario } from "./main.ts";

const OPERATIONS = 20_000;
const ROUNDS = 5;
const NESTED =
	"{ contacts(first: 20) { nodes { name tasks { nodes { title } } notes { nodes { body } } appointments { nodes { startTime } } } } }";

export const pricing: Scenario = {
	measures: `time to price ${OPERATIONS} random operations and the nested query`,
	async run() {
		const next = operationsOf(schema, {}, 1);
		const random = Array.from({ length: OPERATIONS }, () => {
			const { query, variables } = next();
			return { ...prepared(query), variables };
		});
		report("random operations, first time", random);
		report(
			"the nested query, again",
			Array.from({ length: OPERATIONS }, () => NESTED_PREPARED),
		);
	},
};

const prepared = (query: string) => ({
	document: parse(query),
	variables: {} as Record<string, unknown>,
});

const NESTED_PREPARED = prepared(NESTED);

const report = (
	what: string,
	operations: readonly ReturnType<typeof prepared>[],
): void => {
	const situation = {
		locationId: "sandbox-location-1",
		facts: locationFacts(),
		recentlyChanged: 0,
		maxPageSize: 100,
	};
	// The best of each operation's rounds, so that what else the machine does falls out; each round has a memory of its
	// own, so documents are new to it.
	const micros = operations.map(() => Number.POSITIVE_INFINITY);
	const executor = createExecutor({ schema });
	for (let round = 0; round < ROUNDS; round++) {
		const compile = createCompile({
			schema,
			executor,
			keys: createOperationKeys(),
			hideSuggestions: false,
		});
		for (const [index, operation] of operations.entries()) {
			const started = process.hrtime.bigint();
			costOf(
				compile(operation.document, {
					query: "",
					variables: operation.variables,
				}),
				situation,
			);
			const took = Number(process.hrtime.bigint() - started) / 1000;
			micros[index] = Math.min(micros[index] ?? took, took);
		}
	}
	micros.sort((a, b) => a - b);
	const at = (share: number) =>
		(micros[Math.floor(micros.length * share)] ?? 0).toFixed(1);
	console.log(
		`${what}: p50 ${at(0.5)} µs, p99 ${at(0.99)} µs, longest ${at(0.9999)} µs`,
	);
};
