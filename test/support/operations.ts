/** Random operations over a whole schema, the same for the same seed: valid, and about things that mostly exist. */
import {
	type GraphQLArgument,
	type GraphQLField,
	type GraphQLInputType,
	type GraphQLObjectType,
	type GraphQLOutputType,
	type GraphQLSchema,
	getNamedType,
	isEnumType,
	isInputObjectType,
	isInterfaceType,
	isLeafType,
	isListType,
	isNonNullType,
	isObjectType,
} from "graphql";

export interface Pools {
	/** Values by argument or input field (`first`), or by field and argument (`contact.id`); the rest is made up. */
	readonly [argument: string]: readonly unknown[];
}

export interface RandomOperation {
	readonly query: string;
	readonly variables: Record<string, unknown>;
}

/** Mulberry32: small, and the same everywhere. */
export const randomOf = (seed: number): (() => number) => {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
};

/**
 * `pools` hold what ids and the like are drawn from; `rootOf` draws the fields of the operation itself; `deferred` is
 * the share of selections behind `@defer`.
 */
export const operationsOf = (
	schema: GraphQLSchema,
	pools: Pools,
	seed: number,
	kind: "query" | "mutation" = "query",
	deferred = 0,
): (() => RandomOperation) => {
	const random = randomOf(seed);
	const chance = (share: number) => random() < share;
	const pick = <T>(all: readonly T[]): T =>
		all[Math.floor(random() * all.length)] as T;

	const someOf = (
		type: GraphQLInputType,
		name: string,
		depth: number,
	): unknown => {
		if (isNonNullType(type)) return someOf(type.ofType, name, depth);
		const pool = pools[name];
		if (isListType(type))
			return Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
				someOf(type.ofType, name, depth),
			);
		if (pool && isLeafType(type)) return pick(pool);
		if (isEnumType(type)) return pick(type.getValues()).name;
		if (isInputObjectType(type)) {
			const fields = Object.values(type.getFields());
			const required = fields.filter(({ type }) => isNonNullType(type));
			const optional = fields.filter(({ type }) => !isNonNullType(type));
			const chosen = [...required];
			if (optional.length && depth < 3) chosen.push(pick(optional));
			return Object.fromEntries(
				chosen.map((field) => [
					field.name,
					someOf(field.type, field.name, depth + 1),
				]),
			);
		}
		switch (getNamedType(type).name) {
			case "Int":
				return Math.floor(random() * 6);
			case "Float":
				return Math.round(random() * 100);
			case "Boolean":
				return chance(0.5);
			case "DateTime":
				return "2026-03-01T10:00:00Z";
			case "Date":
				return "1990-05-17";
			default:
				return pick(["one", "two", "three"]);
		}
	};

	return () => {
		const variables: Record<string, unknown> = {};
		const declared: string[] = [];
		const fragments: string[] = [];
		let left = 30;
		let names = 0;

		const argumentOf = (
			field: string,
			{ name, type }: GraphQLArgument,
		): string => {
			const variable = `v${names++}`;
			const own = `${field}.${name}`;
			declared.push(`$${variable}: ${type}`);
			variables[variable] = someOf(type, pools[own] ? own : name, 0);
			return `${name}: $${variable}`;
		};
		const conditionOf = (): string => {
			if (!chance(0.05)) return "";
			const variable = `v${names++}`;
			declared.push(`$${variable}: Boolean!`);
			variables[variable] = chance(0.7);
			return ` @include(if: $${variable})`;
		};
		const deferOf = (): string => {
			if (!deferred || !chance(deferred)) return "";
			if (chance(0.2)) return ` @defer(label: "d${names++}")`;
			if (!chance(0.2)) return " @defer";
			const variable = `v${names++}`;
			declared.push(`$${variable}: Boolean! = ${chance(0.5)}`);
			if (chance(0.5)) variables[variable] = chance(0.5);
			return ` @defer(if: $${variable})`;
		};
		const fieldOf = (
			field: GraphQLField<unknown, unknown>,
			depth: number,
			alias: boolean,
		): string => {
			left--;
			const given = field.args.filter(
				({ name, type }) =>
					isNonNullType(type) || chance(name === "first" ? 0.8 : 0.15),
			);
			const args = given.length
				? `(${given.map((one) => argumentOf(field.name, one)).join(", ")})`
				: "";
			const inner = selectionOf(field.type, depth + 1);
			if (inner === undefined) return "";
			const name = alias || args ? `f${names++}: ` : "";
			return `${name}${field.name}${args}${conditionOf()}${inner}`;
		};
		// Beside other types of an interface, fields of one name may differ in type: each gets a name of its own.
		const fieldsOf = (
			type: GraphQLObjectType,
			depth: number,
			beside = false,
		): string[] => {
			const all = Object.values(type.getFields());
			const leaves = all.filter(({ type }) => isLeafType(getNamedType(type)));
			const objects = all.filter(({ type }) => !isLeafType(getNamedType(type)));
			const found: string[] = [];
			const wanted = 1 + Math.floor(random() * 3);
			for (let at = 0; at < wanted && left > 0; at++) {
				const deep = objects.length > 0 && depth < 9 && chance(0.65);
				if (!deep && !leaves.length) continue;
				found.push(
					fieldOf(pick(deep ? objects : leaves), depth, beside || chance(0.1)),
				);
			}
			return found.filter(Boolean);
		};
		const selectionOf = (
			type: GraphQLOutputType,
			depth: number,
		): string | undefined => {
			const named = getNamedType(type);
			if (isLeafType(named)) return "";
			if (isObjectType(named)) {
				const fields = fieldsOf(named, depth);
				const inside = fields.length ? fields.join(" ") : "__typename";
				const later = deferOf();
				if (!chance(0.1))
					return later ? ` { ...${later} { ${inside} } }` : ` { ${inside} }`;
				const name = `F${names++}`;
				fragments.push(`fragment ${name} on ${named.name} { ${inside} }`);
				return ` { ...${name}${later} }`;
			}
			const possible =
				isInterfaceType(named) || "getTypes" in named
					? schema.getPossibleTypes(named)
					: [];
			const parts = possible
				.filter(() => chance(0.5))
				.map((one) => {
					const fields = fieldsOf(one, depth, true);
					return `... on ${one.name} { ${fields.join(" ") || "__typename"} }`;
				});
			return ` { __typename ${parts.join(" ")} }`;
		};

		const root = schema.getRootType(kind as never) as GraphQLObjectType;
		const entries = Object.values(root.getFields());
		const count = 1 + Math.floor(random() * 3);
		const body = Array.from({ length: count }, () =>
			fieldOf(pick(entries), 0, true),
		)
			.filter(Boolean)
			.join(" ");
		const head = declared.length ? `(${declared.join(", ")})` : "";
		return {
			query: `${kind} R${head} { ${body || "__typename"} } ${fragments.join(" ")}`,
			variables,
		};
	};
};
