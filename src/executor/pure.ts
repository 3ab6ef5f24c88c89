/**
 * Tells which fields are written the same for as long as their object is kept: those whose resolver takes the object
 * and nothing else. What hangs on the caller, the clock or further reads takes the context, and is asked anew.
 */
import {
	type FieldNode,
	type GraphQLField,
	type GraphQLNamedType,
	type GraphQLObjectType,
	type GraphQLOutputType,
	getNamedType,
	isLeafType,
	isObjectType,
} from "graphql";
import { collectFields, type Reading } from "./collect.ts";

/** Types whose objects are values of the cache themselves, rather than made for one answer. */
export const isEntity = (type: GraphQLObjectType): boolean =>
	type.getInterfaces().some(({ name }) => name === "Node");

/**
 * A field says `extensions: { lasts: true }` where it takes the context and yet never gives anything else for the same
 * object, such as a global id.
 */
export const lastsOf = (
	reading: Reading,
	field: GraphQLField<unknown, unknown>,
	nodes: readonly FieldNode[],
): boolean => {
	const { resolve, extensions, args } = field;
	const ofObjectAlone = resolve === undefined || resolve.length === 1;
	if (args.length || !(extensions.lasts ?? ofObjectAlone)) return false;
	const type = getNamedType(field.type);
	return isLeafType(type) || selectionLasts(reading, type, nodes);
};

/** Whether a list of entities is written the same for as long as the list is kept. */
export const itemsLast = (
	reading: Reading,
	item: GraphQLOutputType,
	nodes: readonly FieldNode[],
): boolean => {
	const type = getNamedType(item);
	return (
		isObjectType(type) && isEntity(type) && selectionLasts(reading, type, nodes)
	);
};

const selectionLasts = (
	reading: Reading,
	type: GraphQLNamedType,
	nodes: readonly FieldNode[],
): boolean => {
	if (!isObjectType(type)) return false;
	const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
	for (const [, inner] of collectFields(reading, type, sets)) {
		const name = inner[0].name.value;
		if (name === "__typename") continue;
		const field = reading.schema.getField(type, name);
		if (!field || !lastsOf(reading, field, inner)) return false;
	}
	return true;
};
