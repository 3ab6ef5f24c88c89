/** The building bricks of answer shapes: wide enough for a CRM's dirty data, narrow enough that the graph can rely on them. */
import type typebox from "typebox";
import type { Static, TProperties, TSchema } from "typebox";

export type { Static };

/**
 * JSON Schema, in typebox's words and with its types. Its values are made here: its own builder and compiler are 680
 * modules and a third of the time to start, for checks that `fits.ts` makes as well.
 */
export const Type = {
	String: (options?: object) => ({ type: "string", ...options }),
	Number: () => ({ type: "number" }),
	Boolean: () => ({ type: "boolean" }),
	Null: () => ({ type: "null" }),
	Unknown: () => ({}),
	Literal: (value: unknown) => ({ type: typeof value, const: value }),
	Array: (items: object) => ({ type: "array", items }),
	Union: (anyOf: readonly object[]) => ({ anyOf }),
	Optional: (shape: object) => ({ ...shape, [OPTIONAL]: true }),
	Object: (properties: Readonly<Record<string, object>>, options?: object) => ({
		type: "object",
		properties,
		required: Object.keys(properties).filter(
			(key) => !(OPTIONAL in (properties[key] as object)),
		),
		...options,
	}),
	Record: (_key: object, value: object) => ({
		type: "object",
		patternProperties: { "^.*$": value },
	}),
} as unknown as Pick<
	typeof typebox,
	| "String"
	| "Number"
	| "Boolean"
	| "Null"
	| "Unknown"
	| "Literal"
	| "Array"
	| "Union"
	| "Optional"
	| "Object"
	| "Record"
>;

const OPTIONAL = "~optional";

/** A key that may be missing or null: HighLevel leaves out what is empty. */
export const maybe = <S extends TSchema>(shape: S) =>
	Type.Optional(Type.Union([shape, Type.Null()]));

/**
 * A small thing inside another, all of whose keys may be missing. One with other keys than these alone has been renamed
 * upstream: it is told, since each of its values reads as null.
 */
export const part = <P extends TProperties>(properties: P) =>
	Type.Object(properties, {
		anyOf: [
			...Object.keys(properties).map((key) => ({ required: [key] })),
			{ maxProperties: 0 },
		],
	});

/** Rows of a page. One that cannot be used is null: left out it would make the page look like the last. */
export const paged = <S extends TSchema>(row: S) =>
	Type.Array(Type.Union([row, Type.Null()]));

export const usable = <R>(rows: readonly (R | null)[]): R[] =>
	rows.filter((row) => row !== null);

/** Text as HighLevel holds it; a number where someone typed one into a text field. */
export const Text = maybe(Type.Union([Type.String(), Type.Number()]));

export const Flag = maybe(Type.Boolean());

export const Amount = maybe(Type.Number());

export const Texts = maybe(Type.Array(Type.String()));

/** A time or a day in whatever form it was entered; read with `schema-kit/instant.ts`, never trusted. */
export const Timestamp = Text;

/**
 * What a write says that answers with nothing else, in whichever spelling; one that says false is an answer nobody can
 * read, and is read back.
 */
const True = Type.Optional(Type.Literal(true));
export const Done = Type.Object({
	succeded: True,
	succeeded: True,
	success: True,
});

/** The id of the thing itself: without one the answer cannot be used. */
export const Id = Type.String({ minLength: 1 });

/** What a `Text` says; null where HighLevel holds nothing, which it spells in several ways. */
export const textOf = (value: unknown): string | null =>
	value === null || value === undefined || value === "" ? null : String(value);

const LARGEST_INT = 2 ** 31 - 1;

/** What an `Amount` is that counts something: the nearest whole number; null where GraphQL's Int cannot hold it. */
export const wholeOf = (value: number | null | undefined): number | null => {
	if (value == null) return null;
	const whole = Math.round(value);
	return Math.abs(whole) <= LARGEST_INT ? whole : null;
};

/** What is read through a contact is its own, whether the answer says so or not. */
export const ofContact = <R extends { contactId?: unknown }>(
	row: R,
	contactId: string,
): R & { contactId: string } =>
	row.contactId === contactId
		? (row as R & { contactId: string })
		: { ...row, contactId };
