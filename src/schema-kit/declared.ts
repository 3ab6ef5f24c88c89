/**
 * What the graph must declare, checked when it is built: a field that may call REST says its `cost`, a type says which
 * `scopes` reading it needs. Forgotten, the one would be free of charge and the other open to everybody.
 */
import {
	type GraphQLField,
	type GraphQLInterfaceType,
	type GraphQLObjectType,
	type GraphQLOutputType,
	type GraphQLSchema,
	getNamedType,
	isInterfaceType,
	isObjectType,
} from "graphql";

type Field = GraphQLField<unknown, unknown>;
type Owner = GraphQLObjectType | GraphQLInterfaceType;
type Scopes = readonly string[];

/**
 * The schema, in which every field that costs calls carries its scopes: its own; else those of its type together with
 * those of the type it gives. What an object holds already needs no more than the field that gave the object.
 * @throws Error that names every field and type without the declaration it needs.
 */
export const declared = (schema: GraphQLSchema): GraphQLSchema => {
	const faults: string[] = [];
	const roots = new Set<Owner | null | undefined>([
		schema.getQueryType(),
		schema.getMutationType(),
		schema.getSubscriptionType(),
	]);
	for (const type of Object.values(schema.getTypeMap())) {
		if (!isOwner(type) || type.name.startsWith("__")) continue;
		if (isObjectType(type) && !roots.has(type) && !scopesOf(type))
			faults.push(
				`type ${type.name} says no scopes. Say which ones reading it needs (extensions: READ), or that it comes with the object that holds it (extensions: WITH_PARENT).`,
			);
		for (const field of Object.values(type.getFields())) {
			const name = `${type.name}.${field.name}`;
			if (!isPure(field) && field.extensions.cost === undefined)
				faults.push(
					`${name} says no cost. Say which calls its resolver may make (extensions: { cost }), or that it makes none (cost: FREE).`,
				);
			if (field.extensions.scopes) continue;
			if (roots.has(type))
				faults.push(
					`${name} says no scopes. A field at the root says its own (extensions: READ).`,
				);
			else if (field.extensions.cost)
				Object.assign(field.extensions, {
					scopes: [
						...new Set([
							...(scopesOf(type) ?? []),
							...(scopesOf(given(field.type)) ?? []),
						]),
					],
				});
		}
	}
	if (faults.length)
		throw new Error(`The schema is incomplete:\n- ${faults.join("\n- ")}`);
	return schema;
};

const isOwner = (type: unknown): type is Owner =>
	isObjectType(type) || isInterfaceType(type);

/** Its own, or those of the interfaces it implements. */
const scopesOf = (type: unknown): Scopes | undefined => {
	if (!isOwner(type)) return undefined;
	if (type.extensions.scopes) return type.extensions.scopes as Scopes;
	const inherited = type
		.getInterfaces()
		.map(({ extensions }) => extensions.scopes as Scopes | undefined)
		.filter((scopes) => scopes !== undefined);
	return inherited.length ? inherited.flat() : undefined;
};

/** The type a field gives; of a connection that of its nodes. */
const given = (type: GraphQLOutputType): unknown => {
	const named = getNamedType(type);
	const nodes = isObjectType(named) ? named.getFields().nodes : undefined;
	return nodes ? getNamedType(nodes.type) : named;
};

/** Whether it reads its object alone, and so can call nobody. */
const isPure = ({ resolve, extensions }: Field): boolean =>
	resolve === undefined || extensions.pure === true || takesNoContext(resolve);

/** Arguments with a default, and the rest of them, are not in a function's length. */
const takesNoContext = (resolve: NonNullable<Field["resolve"]>): boolean =>
	resolve.length <= 2 &&
	!/^(async\s*)?\(?[^)]*(=[^>]|\.\.\.)/.test(head(resolve));

const head = (resolve: NonNullable<Field["resolve"]>): string => {
	const text = String(resolve);
	return text.slice(0, text.indexOf("=>") + 2 || text.indexOf("{"));
};
