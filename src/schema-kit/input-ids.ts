/** How an input names an object: by its global id, or by HighLevel's own with that of the object it is read through. */
import type { InputFieldBuilder, InputFieldMap } from "@pothos/core";
import type { Context } from "../loading/context.ts";
import type { builder } from "./builder.ts";
import * as check from "./input-checks.ts";
import type { Faults } from "./user-errors.ts";

export type Inputs = InputFieldBuilder<
	(typeof builder)["$inferSchemaTypes"],
	"InputObject"
>;

/** HighLevel's ids, by the input field that brings each: `{ contactId, taskId }`. */
export type Ids<K extends string> = Readonly<Record<K, string>>;

/** The fields of an input that name an object, and what they say. */
export interface IdInputs<K extends string> {
	fields(t: Inputs): InputFieldMap;
	/** Undefined with faults where they name nothing. */
	read(
		input: Readonly<Record<string, unknown>>,
		context: Context,
		faults: Faults,
	): Ids<K> | undefined;
}

/** By one field: `The contact: its global id, or HighLevel's own id.` */
export const idAlone = <K extends string>(
	field: K,
	type: string,
	noun: string,
): IdInputs<K> => ({
	fields: (t) => ({
		[field]: t.id({
			required: true,
			description: `The ${noun}: its global id, or HighLevel's own id.`,
		}),
	}),
	read(input, context, faults) {
		const id = check.id(faults, [field], type, String(input[field]), context);
		return id === undefined ? undefined : ({ [field]: id } as Ids<K>);
	},
});

/** By two, of which the parent's is needed beside HighLevel's own id only. */
export const idWithin = <K extends string, P extends string>(
	field: K,
	type: string,
	noun: string,
	parent: { readonly type: string; readonly id: P },
): IdInputs<K | P> => ({
	fields: (t) => ({
		[field]: t.id({
			required: true,
			description: `The ${noun}: its global id, or HighLevel's own id with ${parent.id}.`,
		}),
		[parent.id]: t.id({
			description: `The ${noun}'s ${parent.type.toLowerCase()}; needed when ${field} is HighLevel's own id, since a global id holds it.`,
		}),
	}),
	read(input, context, faults) {
		const ids = check.idWithin(
			faults,
			context,
			{ path: [field], type, value: String(input[field]) },
			{
				path: [parent.id],
				type: parent.type,
				value: input[parent.id] as string | null | undefined,
			},
		);
		return (
			ids && ({ [parent.id]: ids.parentId, [field]: ids.childId } as Ids<K | P>)
		);
	},
});

/** For what is created in no other object. */
export const NO_IDS: IdInputs<never> = {
	fields: () => ({}),
	read: () => ({}),
};
