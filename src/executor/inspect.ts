/** A value as graphql-js shows it in its messages, which it does not export: an enum without the value says it. */
import { GraphQLEnumType } from "graphql";

const NOTHING_OF_IT = new GraphQLEnumType({
	name: "Shown",
	values: { NOTHING: { value: Symbol("nothing") } },
});
const BEFORE = 'Enum "Shown" cannot represent value: ';

export const inspect = (value: unknown): string => {
	try {
		NOTHING_OF_IT.coerceOutputValue(value);
	} catch (error) {
		return (error as Error).message.slice(BEFORE.length);
	}
	return "";
};
