/** Failures a person can mend, as data beside the field they belong to; outages and limits are never among them. */
import { Failure } from "../errors.ts";
import { builder, WITH_PARENT } from "./builder.ts";

const CODES = {
	INVALID: {
		description:
			"A value is missing, malformed, or not one that HighLevel takes.",
	},
	DUPLICATE_CONTACT: {
		description:
			"The location forbids duplicates, and another contact has this e-mail address or phone number. The error is a DuplicateContactError and holds that contact.",
	},
	NOT_FOUND: {
		description: "The object with this id does not exist, or no longer does.",
	},
	FORBIDDEN: {
		description: "The id belongs to another location than this request's.",
	},
	CONFLICT: {
		description:
			"The write conflicts with what is there: a slot is taken, a name is in use.",
	},
} as const;

export type UserErrorCode = keyof typeof CODES;

export interface UserErrorValue {
	readonly code: UserErrorCode;
	/** Says what was expected, what came, and what to do. */
	readonly message: string;
	/** Path inside `input`: `["customFields", "0", "value"]`; null for the input as a whole. */
	readonly field: readonly string[] | null;
	/** Of the contact that exists already, for DUPLICATE_CONTACT. */
	readonly contactId?: string;
}

const UserErrorCodeType = builder.enumType("UserErrorCode", {
	description:
		"Why a mutation refused its input. This list is closed: a new reason is a change of this API.",
	values: CODES,
});

export const UserError = builder
	.interfaceRef<UserErrorValue>("UserError")
	.implement({
		extensions: WITH_PARENT,
		description:
			"Why a mutation refused its input, for the user to fix. Outages and limits are in `errors` of the response.",
		resolveType: ({ code }) =>
			code === "DUPLICATE_CONTACT" ? "DuplicateContactError" : "InputError",
		fields: (t) => ({
			code: t.field({
				type: UserErrorCodeType,
				nullable: false,
				description: "The reason, for programs.",
				resolve: ({ code }) => code,
			}),
			message: t.exposeString("message", {
				nullable: false,
				description: "The reason, for people.",
			}),
			field: t.stringList({
				nullable: { list: true, items: false },
				description:
					"Path inside `input`: field names, and positions from 0 in lists. Null when the error is about the input as a whole.",
				resolve: ({ field }) => field as string[] | null,
			}),
		}),
	});

builder.objectRef<UserErrorValue>("InputError").implement({
	description: "A value of the input cannot be used.",
	interfaces: [UserError],
});

/** The contact entity adds the field `contact` to it. */
export const DuplicateContactError = builder
	.objectRef<UserErrorValue>("DuplicateContactError")
	.implement({
		description:
			"Another contact has this e-mail address or phone number already.",
		interfaces: [UserError],
	});

/** Gathers every fault of an input, so that a form can show all of them at once. */
export class Faults {
	readonly list: UserErrorValue[] = [];

	add(
		field: readonly (string | number)[] | null,
		message: string,
		code: UserErrorCode = "INVALID",
	): undefined {
		this.list.push({ code, message, field: field ? field.map(String) : null });
		return undefined;
	}

	/** Runs a check that throws a Failure of its own and files that under the field. */
	of<T>(field: readonly (string | number)[], check: () => T): T | undefined {
		try {
			return check();
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			return this.add(
				field,
				error.message,
				error.code === "FORBIDDEN" ? "FORBIDDEN" : "INVALID",
			);
		}
	}
}
