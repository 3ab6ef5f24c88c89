/** The building bricks of answer shapes: wide enough for a CRM's dirty data, narrow enough that the graph can rely on them. */
import Type, { type TSchema } from "typebox";

/** A key that may be missing or null: HighLevel leaves out what is empty. */
export const maybe = <S extends TSchema>(shape: S) =>
	Type.Optional(Type.Union([shape, Type.Null()]));

/** Text as HighLevel holds it; a number where someone typed one into a text field. */
export const Text = maybe(Type.Union([Type.String(), Type.Number()]));

export const Flag = maybe(Type.Boolean());

export const Texts = maybe(Type.Array(Type.String()));

/** A time or a day in whatever form it was entered; read with `graphql/instant.ts`, never trusted. */
export const Moment = Type.Optional(Type.Unknown());

/** The id of the thing itself: without one the answer cannot be used. */
export const Id = Type.String({ minLength: 1 });

/** What a `Text` says; null where HighLevel holds nothing, which it spells in several ways. */
export const textOf = (value: unknown): string | null =>
	value === null || value === undefined || value === "" ? null : String(value);

/** What is read through a contact is its own, whether the answer says so or not. */
export const ofContact = <R extends { contactId?: unknown }>(
	row: R,
	contactId: string,
): R & { contactId: string } =>
	row.contactId === contactId
		? (row as R & { contactId: string })
		: { ...row, contactId };
