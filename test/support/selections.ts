/** Selections made from the schema, so that a test meets every field there is and every one that is added. */
import {
	type GraphQLNamedType,
	type GraphQLObjectType,
	type GraphQLSchema,
	getNamedType,
	isLeafType,
	isObjectType,
	isRequiredArgument,
} from "graphql";

/** Types that can be fetched by their global id. */
export const nodeTypes = (schema: GraphQLSchema): GraphQLObjectType[] =>
	Object.values(schema.getTypeMap()).filter(isObjectType).filter(isNode);

export const isNode = (type: GraphQLNamedType): boolean =>
	isObjectType(type) &&
	type.getInterfaces().some(({ name }) => name === "Node");

/** What a connection is told by. */
export const isConnection = (type: GraphQLNamedType): boolean =>
	isObjectType(type) && type.getFields().pageInfo !== undefined;

/**
 * All that an object says itself: its leaves, and those of the parts it holds which are no objects of their own.
 * `except` are fields as `Type.field`.
 */
export const ownFields = (
	type: GraphQLObjectType,
	except: ReadonlySet<string> = new Set(),
): string =>
	Object.values(type.getFields())
		.filter(
			({ name, args }) =>
				!args.some(isRequiredArgument) && !except.has(`${type.name}.${name}`),
		)
		.flatMap(({ name, type: given }) => {
			const named = getNamedType(given);
			if (isLeafType(named)) return [name];
			if (!isObjectType(named) || isNode(named) || isConnection(named))
				return [];
			return [`${name} { ${ownFields(named, except)} }`];
		})
		.join(" ");

export interface Link {
	readonly name: string;
	readonly target: GraphQLObjectType;
	readonly isConnection: boolean;
}

/** Objects of their own and lists of them that an object leads to. */
export const linkedFields = (type: GraphQLObjectType): Link[] =>
	Object.values(type.getFields())
		.filter(({ args }) => !args.some(isRequiredArgument))
		.flatMap(({ name, type: given }): Link[] => {
			const named = getNamedType(given);
			if (!isObjectType(named)) return [];
			if (isNode(named)) return [{ name, target: named, isConnection: false }];
			const nodes = named.getFields().nodes;
			const target = nodes && getNamedType(nodes.type);
			return isConnection(named) && isObjectType(target)
				? [{ name, target, isConnection: true }]
				: [];
		});
