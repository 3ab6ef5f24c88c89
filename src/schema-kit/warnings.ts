/** What a write that was done leaves to be looked at: beside `userErrors`, which say that nothing was done. */
import type { ObjectFieldBuilder } from "@pothos/core";
import { builder, WITH_PARENT } from "./builder.ts";
import type { Payload } from "./mutation.ts";
import { PURE } from "./pure.ts";

type Types = (typeof builder)["$inferSchemaTypes"];

export interface WarningValue {
	/** Says what was expected, what came, and what to do. */
	readonly message: string;
	/** Path inside `input`. */
	readonly field: readonly string[];
}

/** Part of an outcome, so that a repeat of the write with its key tells the same. */
export interface Warned {
	readonly warnings?: readonly WarningValue[];
}

const Warning = builder.objectRef<WarningValue>("Warning").implement({
	extensions: WITH_PARENT,
	description:
		"What a write that was done leaves to be looked at. Unlike a UserError it refuses nothing.",
	fields: (t) => ({
		message: t.exposeString("message", {
			nullable: false,
			description: "What is to be looked at, for people.",
		}),
		field: t.stringList({
			nullable: { list: false, items: false },
			description:
				"Path inside `input`: field names, and positions from 0 in lists.",
			extensions: PURE,
			resolve: ({ field }) => field as string[],
		}),
	}),
});

/** The field `warnings` of a payload. */
export const warningsIn = <O extends Warned>(
	t: ObjectFieldBuilder<Types, Payload<O>>,
) => ({
	warnings: t.field({
		type: [Warning],
		nullable: { list: false, items: false },
		description:
			"What was written and does not show in HighLevel's answer. Empty when all of it does, or when the input was refused.",
		extensions: PURE,
		resolve: ({ outcome }) => (outcome?.warnings ?? []) as WarningValue[],
	}),
});
