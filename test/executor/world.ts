/** A schema with everything an executor can meet, over objects that stay the same from run to run. */
import { setImmediate as nextTurn } from "node:timers/promises";
import {
	GraphQLBoolean,
	GraphQLEnumType,
	type GraphQLFieldConfig,
	GraphQLFloat,
	GraphQLID,
	GraphQLInputObjectType,
	GraphQLInt,
	GraphQLInterfaceType,
	GraphQLList,
	GraphQLNonNull,
	GraphQLObjectType,
	type GraphQLOutputType,
	GraphQLScalarType,
	GraphQLSchema,
	GraphQLString,
	GraphQLUnionType,
} from "graphql";

export type Random = () => number;

/** Equal seeds, equal numbers (mulberry32). */
export const randomFrom = (seed: number): Random => {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
};

export const pick = <T>(random: Random, all: readonly T[]): T =>
	all[Math.floor(random() * all.length)] as T;

export interface Caller {
	readonly name: string;
}

type Thing = Record<string, unknown> & { readonly kind: string };

/** How a value comes: at once, or at one of several moments later. */
const COMING: readonly ((give: () => unknown) => unknown)[] = [
	(give) => give(),
	(give) => give(),
	(give) => give(),
	async (give) => give(),
	async (give) => {
		await null;
		return give();
	},
	async (give) => {
		await nextTurn();
		return give();
	},
	(give) => nextTurn().then(give),
	// A promise of somebody else's making.
	(give) => ({
		// biome-ignore lint/suspicious/noThenProperty: that is the point.
		then: (met: (value: unknown) => void, failed: (error: unknown) => void) =>
			Promise.resolve().then(give).then(met, failed),
	}),
];

/** The fields that each object has, by how their values are found. */
const FOUND_BY = ["property", "pure", "resolver"] as const;

const TEXTS = [
	"plain",
	"",
	'Ünïcode "quoted" \\ \n\u2028 😀',
	"\ud800 alone",
	"a text that is longer than forty characters, so that it is written another way",
];

export interface World {
	readonly schema: GraphQLSchema;
	readonly rootValue: unknown;
}

export const newWorld = (seed: number): World => {
	const random = randomFrom(seed);
	const chance = (of: number) => random() < of;
	const things: Thing[] = [];
	const thing = () => pick(random, things);

	const VALUES: Record<string, () => unknown> = {
		text: () =>
			chance(0.1) ? pick(random, [7, true, {}]) : pick(random, TEXTS),
		id: () => pick(random, ["x1", 12, 1.5]),
		count: () => pick(random, [0, -3, 2 ** 31 - 1, 2 ** 40, 1.5, "9", "x"]),
		size: () => pick(random, [0.1, -0, 1e21, Number.NaN, "2.5", 3]),
		flag: () => pick(random, [true, false, 1, "yes"]),
		mood: () => pick(random, [1, 1, 2, 3]),
		any: () =>
			pick(random, [null, { deep: [1, { x: "y" }] }, "text", 4, "refused", []]),
		other: thing,
		found: thing,
		named: thing,
		texts: () => some(VALUES.text),
		matrix: () => some(() => some(VALUES.count)),
		others: () => some(thing),
		foundAll: () => (chance(0.1) ? "no list" : some(thing)),
		namedAll: () => some(() => some(thing)),
	};

	/** A value that is now and then missing, an error, or both at once in a list. */
	const rough = (give: () => unknown): unknown => {
		const dice = random();
		if (dice < 0.06) return null;
		if (dice < 0.09) return undefined;
		if (dice < 0.12) return new Error("an error as a value");
		return give();
	};
	const some = (give: (() => unknown) | undefined): unknown => {
		const items = Array.from({ length: Math.floor(random() * 4) }, () => {
			const value = rough(give ?? (() => null));
			return chance(0.15) ? coming(value) : value;
		});
		return chance(0.15) ? new Set(items) : items;
	};
	/** A promise is made when it is asked for: one that is kept would be rejected before anybody waits. */
	const coming = (value: unknown): unknown => {
		const come = pick(random, COMING.slice(3));
		return new Lazy(() => {
			const promise = come(() => thrown(value));
			// graphql-js lets go of what comes behind its answer, rejected or not.
			if (promise instanceof Promise) promise.catch(() => undefined);
			return promise;
		});
	};

	const mood = new GraphQLEnumType({
		name: "Mood",
		values: { GOOD: { value: 1 }, BAD: { value: 2 } },
	});
	const any = new GraphQLScalarType({
		name: "Any",
		coerceOutputValue(value) {
			if (value === "refused") throw new Error("Any refuses this");
			return value === 4 ? undefined : value;
		},
	});
	const choice = new GraphQLInputObjectType({
		name: "Choice",
		fields: () => ({
			count: { type: GraphQLInt, default: { value: 3 } },
			texts: { type: new GraphQLList(GraphQLString) },
			mood: { type: mood },
			inner: { type: choice },
		}),
	});
	const fieldsOf = () => fields;
	const node = new GraphQLInterfaceType({
		name: "Node",
		fields: fieldsOf,
		resolveType: (value: Thing) => value.kind,
	});
	const named = new GraphQLInterfaceType({
		name: "Named",
		fields: fieldsOf,
		// Sometimes of no type, of one that is not there, or of one that it cannot be.
		resolveType: (value: Thing) => value.resolvesTo as Promise<string> | string,
	});
	const kinds = ["Person", "Place", "Pet"].map(
		(name) =>
			new GraphQLObjectType({
				name,
				interfaces: [node, named],
				fields: fieldsOf,
			}),
	);
	const [person] = kinds as [GraphQLObjectType];
	const found = new GraphQLUnionType({
		name: "Found",
		types: kinds,
		resolveType: async (value: Thing) => value.kind,
	});

	const strict = (type: GraphQLOutputType) =>
		new GraphQLNonNull(type as GraphQLObjectType);
	const list = (type: GraphQLOutputType) => new GraphQLList(type);
	const TYPES: Record<string, readonly GraphQLOutputType[]> = {
		text: [GraphQLString, strict(GraphQLString)],
		id: [GraphQLID],
		count: [GraphQLInt],
		size: [GraphQLFloat],
		flag: [GraphQLBoolean],
		mood: [mood],
		any: [any],
		other: [person, strict(person)],
		found: [found],
		named: [named, strict(named)],
		texts: [list(strict(GraphQLString)), strict(list(GraphQLString))],
		matrix: [list(list(strict(GraphQLInt)))],
		others: [list(person), list(strict(person)), strict(list(strict(person)))],
		foundAll: [list(found)],
		namedAll: [list(list(strict(named)))],
	};

	const fields: Record<string, GraphQLFieldConfig<Thing, Caller>> = {
		greets: {
			type: GraphQLString,
			// Takes one parameter by its arity, and knows who asks for all that.
			resolve: (_thing, _args = {}, context = { name: "nobody" }) =>
				`Hello ${context.name}`,
		},
		asked: {
			type: GraphQLString,
			args: {
				text: { type: GraphQLString, default: { value: "none" } },
				count: { type: new GraphQLNonNull(GraphQLInt), default: { value: 1 } },
				list: { type: new GraphQLList(new GraphQLNonNull(GraphQLInt)) },
				choice: { type: choice },
				mood: { type: mood },
			},
			resolve: (_thing, args, { name }) => JSON.stringify([name, args]),
		},
		where: {
			type: GraphQLString,
			resolve: (_thing, _args, _context, { path, parentType, fieldNodes }) =>
				`${parentType}/${path.key}/${path.prev?.key}/${fieldNodes.length}`,
		},
		speaks: { type: GraphQLString },
	};
	for (const [what, types] of Object.entries(TYPES))
		for (const by of FOUND_BY)
			types.forEach((type, index) => {
				const name = `${what}${index || ""}_${by}`;
				fields[name] = {
					type,
					...(by === "pure" && { extensions: { pure: true } }),
					...(by !== "property" && {
						resolve: (thing: Thing) => awake(thing[name]),
					}),
				};
			});

	/** What an object holds for a field: a value, or a method that gives it in one of many ways. */
	const held = (what: string, by: string): unknown => {
		const value = rough(VALUES[what] as () => unknown);
		if (by === "property")
			return chance(0.2) ? inOneWay(value) : chance(0.5) ? value : plain(value);
		return chance(by === "pure" ? 0.1 : 0.4)
			? new Lazy(inOneWay(value))
			: value;
	};
	const inOneWay = (value: unknown): (() => unknown) => {
		const come = pick(random, COMING);
		const fails = chance(0.1);
		return () =>
			come(() => {
				if (fails) throw new Error("it fails");
				return awake(value);
			});
	};
	for (let n = 0; n < 24; n++) things.push({ kind: pick(random, kinds).name });
	for (const one of things) {
		const dice = random();
		const wrong = dice < 0.03 ? "Mood" : dice < 0.06 ? "Nobody" : undefined;
		one.resolvesTo =
			dice > 0.96 ? null : dice > 0.94 ? 12 : (wrong ?? one.kind);
		if (chance(0.3)) one.resolvesTo = Promise.resolve(one.resolvesTo);
		one.speaks = (_args: unknown, context: Caller) => `I know ${context.name}`;
		for (const what of Object.keys(TYPES))
			for (const by of FOUND_BY)
				(TYPES[what] ?? []).forEach((_, index) => {
					one[`${what}${index || ""}_${by}`] = held(what, by);
				});
	}

	const query = new GraphQLObjectType({ name: "Query", fields: fieldsOf });
	const schema = new GraphQLSchema({ query, types: kinds });
	return { schema, rootValue: things[0] };
};

/** A value that is made anew whenever it is asked for. */
class Lazy {
	readonly give: () => unknown;
	constructor(give: () => unknown) {
		this.give = give;
	}
}

const awake = (value: unknown): unknown => {
	if (value instanceof Lazy) return awake(value.give());
	if (value instanceof Set && [...value].some((one) => one instanceof Lazy))
		return new Set([...value].map(awake));
	if (Array.isArray(value) && value.some((one) => one instanceof Lazy))
		return value.map(awake);
	return value;
};

/** For a property, which nobody wakes: what would come later is left out. */
const plain = (value: unknown): unknown => {
	if (value instanceof Lazy) return null;
	if (Array.isArray(value)) return value.map(plain);
	return value instanceof Set ? new Set([...value].map(plain)) : value;
};

const thrown = (value: unknown): unknown => {
	if (value instanceof Error) throw value;
	return value;
};
