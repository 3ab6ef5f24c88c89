/** The compiled executor against graphql-js and JSON.stringify, without a gateway around: CPU for one answer. */
import {
	execute,
	GraphQLID,
	GraphQLInt,
	GraphQLList,
	GraphQLObjectType,
	GraphQLSchema,
	GraphQLString,
	getVariableValues,
	type OperationDefinitionNode,
	parse,
} from "graphql";
import { createExecutor } from "../src/executor/executor.ts";
import type { Scenario } from "./main.ts";

interface Row {
	readonly id: string;
	readonly name: string;
	readonly email: string;
	readonly city: string;
	readonly tags: readonly string[];
	readonly owner: Row | undefined;
}

const CONTACTS = 50;

const newRows = (): readonly Row[] => {
	const row = (n: number, owner: Row | undefined): Row => ({
		id: `c${n}`,
		name: `Contact number ${n}`,
		email: `contact-${n}@example.com`,
		city: "Łódź",
		tags: ["lead", "newsletter"],
		owner,
	});
	const owners = Array.from({ length: 5 }, (_, n) => row(1000 + n, undefined));
	return Array.from({ length: CONTACTS }, (_, n) => row(n, owners[n % 5]));
};

interface Context {
	readonly rows: readonly Row[];
	/** How a value that is not the object's own comes: at once, or promised. */
	give<T>(value: T): T | Promise<T>;
}

const pure = <T>(type: T, resolve: (row: Row) => unknown) => ({
	type,
	resolve,
	extensions: { pure: true },
});

const Contact: GraphQLObjectType<Row, Context> = new GraphQLObjectType({
	name: "Contact",
	fields: () => ({
		id: pure(GraphQLID, ({ id }) => id),
		name: pure(GraphQLString, ({ name }) => name),
		email: pure(GraphQLString, ({ email }) => email),
		city: pure(GraphQLString, ({ city }) => city),
		tags: pure(new GraphQLList(GraphQLString), ({ tags }) => tags),
		owner: { type: Contact, resolve: ({ owner }, _, { give }) => give(owner) },
		visits: { type: GraphQLInt, resolve: ({ id }) => id.length },
	}),
});

const schema = new GraphQLSchema({
	query: new GraphQLObjectType<unknown, Context>({
		name: "Query",
		fields: {
			contacts: {
				type: new GraphQLList(Contact),
				resolve: (_source, _args, { rows }) => rows,
			},
		},
	}),
});

const document = parse(
	"{ contacts { id name email city tags visits owner { id name email visits } } }",
);
const operation = document.definitions[0] as OperationDefinitionNode;

const cpuOf = async (
	times: number,
	answer: (n: number) => Promise<string>,
): Promise<number> => {
	const before = process.cpuUsage();
	for (let n = 0; n < times; n++) Buffer.from(await answer(n));
	const { user, system } = process.cpuUsage(before);
	return (user + system) / times;
};

const middle = (all: number[]): number =>
	all.sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;

const GIVE: Readonly<Record<string, Context["give"]>> = {
	"at hand": (value) => value,
	promised: (value) => Promise.resolve(value),
};

export const executor: Scenario = {
	measures:
		"CPU of the compiled executor for one answer, as a share of graphql-js's",
	async run({ rounds, queries }) {
		const { variableValues } = getVariableValues(schema, [], {});
		if (!variableValues) throw new Error("no variables");
		const compiled = createExecutor({ schema });
		const isIncluded = () => true;
		const plan = compiled.compile({ document, operation, isIncluded });
		const kept = newRows();
		for (const rowsAre of ["met before", "new"])
			for (const [come, give] of Object.entries(GIVE)) {
				const ours: number[] = [];
				const theirs: number[] = [];
				for (let round = 0; round < rounds; round++) {
					const rows = Array.from({ length: queries }, () =>
						rowsAre === "new" ? newRows() : kept,
					);
					const contextOf = (n: number): Context => ({
						rows: rows[n] ?? kept,
						give,
					});
					const options = (n: number) => ({
						variableValues,
						contextValue: contextOf(n),
					});
					ours.push(
						await cpuOf(
							queries,
							async (n) => (await compiled.run(plan, options(n))).data,
						),
					);
					theirs.push(
						await cpuOf(queries, async (n) => {
							const contextValue = contextOf(n);
							const { data } = await execute({
								schema,
								document,
								contextValue,
							});
							return JSON.stringify(data);
						}),
					);
				}
				const [mine, standard] = [middle(ours), middle(theirs)];
				console.log(
					`objects ${rowsAre}, values ${come}: ${mine.toFixed(0)} µs, graphql-js ${standard.toFixed(0)} µs, ${(mine / standard).toFixed(2)} x`,
				);
			}
	},
};
