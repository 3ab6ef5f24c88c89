/** Tells which fields are pure: written the same for as long as their object lives, whoever asks (see contract.ts). */
import {
	type GraphQLField,
	type GraphQLNamedType,
	type GraphQLOutputType,
	getNamedType,
	isLeafType,
	isObjectType,
} from "graphql";
import { collectFields, type FieldNodes, type Reading } from "./collect.ts";

type Field = GraphQLField<unknown, unknown>;

export const saysPure = ({ extensions }: Field): boolean =>
	extensions.pure === true;

/** Whether the field is pure, and so is all that is selected below it. */
export const isPure = (
	reading: Reading,
	field: Field,
	nodes: FieldNodes,
): boolean => {
	if (field.args.length > 0) return false;
	if (field.resolve !== undefined && !saysPure(field)) return false;
	const type = getNamedType(field.type);
	return (
		isLeafType(type) ||
		selected(reading, type, nodes)?.every(([inner, innerNodes]) =>
			isPure(reading, inner, innerNodes),
		) === true
	);
};

/**
 * Whether the items of a list are written the same for as long as the list lives. Where no field says that it is pure
 * there is nothing but properties to read, which costs less than to remember them.
 */
export const areItemsPure = (
	reading: Reading,
	item: GraphQLOutputType,
	nodes: FieldNodes,
): boolean => {
	const fields = selected(reading, getNamedType(item), nodes);
	if (!fields?.some(([field]) => saysPure(field))) return false;
	return fields.every(([field, inner]) => isPure(reading, field, inner));
};

/** The fields selected of an object type, but for `__typename`; undefined for another type. */
const selected = (
	reading: Reading,
	type: GraphQLNamedType,
	nodes: FieldNodes,
): (readonly [Field, FieldNodes])[] | undefined => {
	if (!isObjectType(type)) return undefined;
	const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
	const fields: (readonly [Field, FieldNodes])[] = [];
	for (const [, inner] of collectFields(reading, type, sets)) {
		const name = inner[0].name.value;
		const field = reading.schema.getField(type, name);
		if (field && name !== "__typename") fields.push([field, inner]);
	}
	return fields;
};
