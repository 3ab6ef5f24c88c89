/** What a caller may write into a contact, and what is checked before any call is made for it. */
import type { InputFieldBuilder } from "@pothos/core";
import type { Context } from "../../loading/context.ts";
import { builder } from "../../schema-kit/builder.ts";
import * as check from "../../schema-kit/input-checks.ts";
import type { Faults } from "../../schema-kit/user-errors.ts";
import { DndChannel, DndStatus } from "./facets.ts";
import type { ContactBody } from "./writes.ts";

type Types = (typeof builder)["$inferSchemaTypes"];
type Builder = InputFieldBuilder<Types, "InputObject">;

const DndInput = builder.inputType("DndSettingInput", {
	description: "Do not disturb on one channel.",
	fields: (t) => ({
		channel: t.field({
			type: DndChannel,
			required: true,
			description: "Which channel.",
		}),
		status: t.field({
			type: DndStatus,
			required: true,
			description: "On or off.",
		}),
		message: t.string({ description: "Why." }),
		code: t.string({ description: "A code for the reason." }),
	}),
});

const CustomFieldInput = builder.inputType("CustomFieldValueInput", {
	description: "A value for one custom field; the others are left alone.",
	fields: (t) => ({
		key: t.string({
			required: true,
			description:
				"The field's key as `location { customFields { key } }` gives it, with or without `contact.`; or its id.",
		}),
		value: t.field({
			type: "JSON",
			description:
				"Fits the field's type: text; a number; true or false are not taken; a list of options; a day as YYYY-MM-DD; an object of text boxes by id or label. null clears it.",
		}),
	}),
});

/** Fields of create, update and upsert alike. `clears` ends the descriptions of what null empties. */
export const contactFields = (t: Builder, clears: string) => {
	const text = (description: string) =>
		t.string({ description: `${description}${clears}` });
	return {
		firstName: text("First name."),
		lastName: text("Last name."),
		name: text(
			"Whole name, for those who have no first and last name to give.",
		),
		email: text("Primary e-mail address."),
		phone: text(
			"Primary phone number: with country code (+13125550142), or national with phoneCountry.",
		),
		phoneCountry: t.string({
			description:
				"Two-letter code of the country a national `phone` is from; else `country`, else the location's country.",
		}),
		address1: text("Street and number."),
		city: text("City."),
		state: text("State or province."),
		postalCode: text("Postal code."),
		country: text("Two-letter country code, such as US."),
		website: text("Web address."),
		timezone: text("IANA time zone, such as America/Chicago."),
		source: text("Where it came from."),
		dateOfBirth: t.field({
			type: "Date",
			description: `Day of birth.${clears}`,
		}),
		assignedUserId: t.id({
			description: `User it is assigned to: a global or HighLevel's own id.${clears}`,
		}),
		dnd: t.boolean({ description: "Do not disturb on any channel." }),
		dndSettings: t.field({
			type: [DndInput],
			description: "Do not disturb by channel; channels left out stay.",
		}),
		inboundDnd: t.field({
			type: DndStatus,
			description: "Do not disturb for messages from the contact.",
		}),
		customFields: t.field({
			type: [CustomFieldInput],
			description: "Custom fields to write; those left out stay.",
		}),
	};
};

/** Fields that only create and upsert take (contract, section 2). */
export const newContactFields = (t: Builder) => ({
	companyName: t.string({ description: "Company name." }),
	gender: t.string({ description: "Gender." }),
});

export interface CustomFieldGiven {
	readonly key: string;
	readonly value?: unknown;
}

type Given = string | number | null | undefined;

export interface ContactInput {
	readonly firstName?: Given;
	readonly lastName?: Given;
	readonly name?: Given;
	readonly email?: string | null | undefined;
	readonly phone?: string | null | undefined;
	readonly phoneCountry?: string | null | undefined;
	readonly assignedUserId?: string | null | undefined;
	readonly dnd?: boolean | null | undefined;
	readonly dndSettings?:
		| readonly {
				readonly channel: string;
				readonly status: string;
				readonly message?: string | null | undefined;
				readonly code?: string | null | undefined;
		  }[]
		| null
		| undefined;
	readonly inboundDnd?: string | null | undefined;
	readonly customFields?: readonly CustomFieldGiven[] | null | undefined;
	readonly companyName?: string | null | undefined;
	readonly gender?: string | null | undefined;
	readonly country?: string | null | undefined;
}

const LINES: Readonly<
	Record<string, (f: Faults, p: check.Path, v: string) => string | undefined>
> = {
	firstName: check.line,
	lastName: check.line,
	name: check.line,
	email: check.email,
	address1: check.line,
	city: check.line,
	state: check.line,
	postalCode: check.line,
	country: check.country,
	website: check.website,
	timezone: check.timeZone,
	source: check.line,
	dateOfBirth: check.day,
	companyName: check.line,
	gender: check.line,
};

// The spec does not let these two be null; empty text is how they are cleared.
const CLEARED_BY_EMPTY = new Set(["postalCode", "country"]);

/**
 * The REST body for what was given, without custom fields (see custom-field-values.ts). With `clearing`, null empties a
 * field; without, null is as good as leaving it out, since a new contact has nothing to clear.
 */
export const contactBody = async (
	input: ContactInput,
	context: Context,
	faults: Faults,
	{ clearing }: { clearing: boolean },
): Promise<ContactBody> => {
	const body: Record<string, unknown> = {};
	for (const [field, read] of Object.entries(LINES)) {
		const value = (input as Record<string, unknown>)[field];
		if (value === undefined || (value === null && !clearing)) continue;
		body[field] =
			value === null
				? CLEARED_BY_EMPTY.has(field)
					? ""
					: null
				: read(faults, [field], String(value));
	}
	if (input.name != null && (input.firstName != null || input.lastName != null))
		faults.add(
			["name"],
			"name is given with firstName or lastName, and HighLevel does not say which counts. Pass the whole name or its parts.",
		);
	const { assignedUserId, dnd, dndSettings, inboundDnd } = input;
	if (assignedUserId != null)
		body.assignedTo = check.id(
			faults,
			["assignedUserId"],
			"User",
			assignedUserId,
			context,
		);
	else if (assignedUserId === null && clearing) body.assignedTo = null;
	for (const field of [
		"dnd",
		"dndSettings",
		"inboundDnd",
		"customFields",
	] as const)
		if (input[field] === null && clearing)
			faults.add(
				[field],
				`${field} cannot be cleared as a whole. Leave it out, or say what it shall be.`,
			);
	if (dnd != null) body.dnd = dnd;
	if (dndSettings?.length) body.dndSettings = channelsOf(dndSettings, faults);
	if (inboundDnd === "permanent")
		faults.add(
			["inboundDnd"],
			"inboundDnd must be ACTIVE or INACTIVE, but got PERMANENT. Only the DND of a channel may be permanent: see dndSettings.",
		);
	else if (inboundDnd != null)
		body.inboundDndSettings = { all: { status: inboundDnd } };
	await addPhone(input, body, context, faults, clearing);
	return body;
};

/** After everything else, since a national number may need the location's country, which may cost a call. */
const addPhone = async (
	{ phone, phoneCountry, country }: ContactInput,
	body: Record<string, unknown>,
	context: Context,
	faults: Faults,
	clearing: boolean,
): Promise<void> => {
	const region =
		phoneCountry == null
			? undefined
			: check.country(faults, ["phoneCountry"], phoneCountry);
	if (phone == null) {
		if (phone === null && clearing) body.phone = null;
		return;
	}
	// A country that is wrong is reported already; the number is not judged by it.
	if (phoneCountry != null && region === undefined) return;
	const known =
		region ??
		country ??
		(check.isInternational(phone)
			? undefined
			: await context.upstream.facts.country(context.upstream));
	body.phone = check.phone(faults, ["phone"], phone, known);
};

const channelsOf = (
	settings: NonNullable<ContactInput["dndSettings"]>,
	faults: Faults,
): Record<string, object> => {
	const channels: Record<string, object> = {};
	for (const [
		index,
		{ channel, status, message, code },
	] of settings.entries()) {
		if (channels[channel])
			faults.add(
				["dndSettings", index, "channel"],
				"Each channel may be given once, but this one is given twice. Remove one of the two.",
			);
		channels[channel] = {
			status,
			...(message != null && { message }),
			...(code != null && { code }),
		};
	}
	return channels;
};
