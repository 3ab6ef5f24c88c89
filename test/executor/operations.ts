/** Random valid queries over the world's schema, with variables for them. */
import {
	type DocumentNode,
	type GraphQLSchema,
	NoUnusedFragmentsRule,
	NoUnusedVariablesRule,
	parse,
	specifiedRules,
	validate,
} from "graphql";
import { pick, type Random } from "./world.ts";

export interface Asked {
	readonly text: string;
	readonly document: DocumentNode;
}

const VARIABLES = `$yes: Boolean!, $maybe: Boolean = true, $no: Boolean! = false, $count: Int, $strict: Int = 3,
	$text: String, $texts: [String], $list: [Int!], $choice: Choice, $mood: Mood`;

/** Values for all variables; absent, null and given ones mixed. `$strict: null` makes an error where an Int must be. */
export const variablesFrom = (random: Random): Record<string, unknown> => {
	const all: Record<string, unknown> = { yes: random() < 0.5 };
	const given: Record<string, () => unknown> = {
		maybe: () => pick(random, [true, false, true, false, null]),
		no: () => random() < 0.5,
		count: () => pick(random, [null, 1, -7]),
		strict: () => pick(random, [4, 5, null]),
		text: () => pick(random, [null, "", "given"]),
		texts: () => pick(random, [null, [], ["a", null]]),
		list: () => pick(random, [null, [], [1, 2]]),
		choice: () =>
			pick(random, [
				null,
				{},
				{ count: null, mood: "BAD" },
				{ texts: ["a"], inner: { count: 1 } },
			]),
		mood: () => pick(random, [null, "GOOD"]),
	};
	for (const [name, give] of Object.entries(given))
		if (random() < 0.6) all[name] = give();
	return all;
};

const ARGUMENTS: Record<string, readonly string[]> = {
	text: ["$text", "null", '"literal"'],
	count: ["$strict", "2"],
	list: ["$list", "[1, $strict]", "null", "[]", "5"],
	choice: [
		"$choice",
		"{ count: $count, texts: $texts }",
		'{ texts: ["x", $text], inner: { mood: BAD, inner: $choice } }',
		"{ count: null }",
		"null",
	],
	mood: ["$mood", "GOOD", "null"],
};

const INTROSPECTION = [
	"__schema { queryType { name } directives { name args { name defaultValue } } }",
	'person: __type(name: "Person") { name kind interfaces { name } fields(includeDeprecated: true) { name isDeprecated type { kind ofType { name } } args { name defaultValue } } }',
	'named: __type(name: "Named") { name possibleTypes { name } enumValues { name } }',
	'missing: __type(name: "Nobody") { name }',
	'input: __type(name: "Choice") { inputFields { name defaultValue type { name } } }',
];

const CONDITIONS = [
	"@skip(if: true)",
	"@skip(if: false)",
	"@include(if: true)",
	"@include(if: false)",
	"@skip(if: $yes)",
	"@include(if: $yes)",
	"@skip(if: $no)",
	"@include(if: $maybe)",
	"@skip(if: $no) @include(if: $maybe)",
];

const COMPOSITES: Record<string, string> = {
	other: "Person",
	others: "Person",
	found: "Found",
	foundAll: "Found",
	named: "Named",
	namedAll: "Named",
};
const OBJECTS = ["Person", "Place", "Pet"];
const CONDITION_TYPES = [...OBJECTS, "Node", "Named", "Found"];

/**
 * Valid for the schema as it is made: a response key stands for one field with one set of arguments, and fragments are
 * spread where they may apply. (To validate each would take ten times as long as to execute it.)
 */
export const operationFrom = (schema: GraphQLSchema, random: Random): Asked => {
	const text = textFrom(schema, random);
	return { text, document: parse(text) };
};

/** What is wrong with a query, but for fragments and variables that it does not use. */
export const faultsOf = (schema: GraphQLSchema, { document }: Asked) =>
	validate(
		schema,
		document,
		specifiedRules.filter(
			(rule) =>
				rule !== NoUnusedFragmentsRule && rule !== NoUnusedVariablesRule,
		),
	);

const textFrom = (schema: GraphQLSchema, random: Random): string => {
	const chance = (of: number) => random() < of;
	const fieldNames = Object.keys(schema.getQueryType()?.getFields() ?? {});
	const condition = () => (chance(0.15) ? ` ${pick(random, CONDITIONS)}` : "");
	const fragments = ["Person", "Pet", "Node", "Named", "Found", "Query"].map(
		(type, index) => ({ type, name: `F${index}` }),
	);

	/** A composite type's selection; fragments may only spread those behind them, so that there is no circle. */
	const selection = (type: string, depth: number, next: number): string => {
		const parts: string[] = [];
		for (let n = 1 + Math.floor(random() * 4); n > 0; n--)
			parts.push(part(type, depth, next));
		return `{ ${parts.join(" ")} }`;
	};
	const part = (type: string, depth: number, next: number): string => {
		const dice = random();
		if (dice < 0.1)
			return `${pick(random, ["", "", "t: ", "u: "])}__typename${condition()}`;
		if (dice < 0.25 && depth > 0) {
			const on =
				type === "Query"
					? pick(random, ["", " on Query"])
					: pick(random, [
							"",
							...CONDITION_TYPES.filter((one) => fits(type, one)).map(
								(one) => ` on ${one}`,
							),
						]);
			const inner = on === "" ? type : on.slice(4);
			return `...${on}${condition()} ${selection(inner, depth - 1, next)}`;
		}
		if (dice < 0.35 && depth > 0) {
			const usable = fragments
				.slice(next)
				.filter((one) => fits(type, one.type));
			if (usable.length > 0)
				return `...${pick(random, usable).name}${condition()}`;
		}
		if (type === "Query" && dice < 0.4) return pick(random, INTROSPECTION);
		return type === "Found" ? "__typename" : field(depth, next);
	};
	const field = (depth: number, next: number): string => {
		const name = pick(random, fieldNames);
		const composite = COMPOSITES[name.replace(/\d?_.*/, "")];
		if (composite && depth === 0) return "__typename";
		if (name === "asked") {
			const args = Object.entries(ARGUMENTS)
				.filter(() => chance(0.4))
				.map(([key, values]) => `${key}: ${pick(random, values)}`);
			// Another key for other arguments, or they could not stand side by side.
			const given = args.length > 0 ? `(${args.join(", ")})` : "";
			return `${args.length > 0 ? `k${hash(given)}: ` : ""}asked${given}${condition()}`;
		}
		const alias = chance(0.15) ? `${pick(random, ["a", "z"])}_${name}: ` : "";
		const below = composite ? ` ${selection(composite, depth - 1, next)}` : "";
		return `${alias}${name}${condition()}${below}`;
	};
	const operation = `query (${VARIABLES}) ${selection("Query", 4, 0)}`;
	const definitions = fragments.map(
		({ type, name }, index) =>
			`fragment ${name} on ${type} ${selection(type, 2, index + 1)}`,
	);
	return [operation, ...definitions].join("\n");
};

const fits = (type: string, on: string): boolean =>
	type === "Query" || on === "Query"
		? type === on
		: type === on || !OBJECTS.includes(type) || !OBJECTS.includes(on);

const hash = (text: string): number => {
	let sum = 0;
	for (const letter of text)
		sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 99_991;
	return sum;
};
