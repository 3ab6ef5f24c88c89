/** Enums for what HighLevel says in words: those that are known, each beside the text itself, since it adds words unasked. */
import { textOf } from "../upstream/shapes.ts";
import { builder } from "./builder.ts";

interface Word<V extends string> {
	/** As HighLevel spells it; its case does not count. */
	readonly value: V;
	readonly description: string;
}

/** The enum, and what of it a text of HighLevel's is: null for a word this API does not know, and for none. */
export const wordsOf = <Name extends string, V extends string>(
	name: string,
	description: string,
	values: Readonly<Record<Name, Word<V>>>,
) => {
	const known = new Map(
		Object.values<Word<V>>(values).map(({ value }) => [
			value.toLowerCase(),
			value,
		]),
	);
	return {
		type: builder.enumType(name, { description, values }),
		read: (text: unknown): V | null =>
			known.get(textOf(text)?.toLowerCase() ?? "") ?? null,
	};
};

/** Ends the description of a field that shows one. */
export const UNKNOWN_WORD =
	"Null when there is none, and for a word that this API does not know:";
