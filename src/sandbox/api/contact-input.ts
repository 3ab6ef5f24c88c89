// How what a caller wrote lands in a contact's record.

import type { CustomFieldRecord } from "../store/account-records.ts";
import type { LocationData } from "../store/location-data.ts";
import type {
	ContactRecord,
	CustomValue,
	DndChannel,
} from "../store/records.ts";
import { dayOf } from "./contact-rules.ts";

/** Keys that go into the record as they are; empty text clears. */
const PLAIN = [
	"address1",
	"city",
	"state",
	"postalCode",
	"website",
	"timezone",
	"source",
	"country",
	"assignedTo",
	"gender",
	"companyName",
] as const;

export interface InputStyle {
	/** Whether tag names are lower-cased on write (unknown upstream; all names seen live were lower case). */
	tagCase: "lower" | "keep";
}

/** The record with what the body says; tags are replaced as a whole, custom fields and channels one by one. */
export function withInput(
	before: ContactRecord,
	body: Record<string, unknown>,
	location: LocationData,
	style: InputStyle,
	at: number,
): ContactRecord {
	const after: ContactRecord = {
		...before,
		...nameFrom(before, body),
		dateUpdated: new Date(at).toISOString(),
	};
	for (const key of PLAIN)
		if (body[key] !== undefined)
			after[key] = body[key] === "" ? null : (body[key] as string | null);
	if (body.email !== undefined) {
		after.email = (body.email as string) || null;
		after.validEmail = after.email === null ? null : true;
	}
	if (body.phone !== undefined)
		after.phone = normalPhone(body.phone as string | null, location);
	if (body.dateOfBirth !== undefined)
		after.dateOfBirth = dayOf(String(body.dateOfBirth ?? "")) ?? null;
	if (typeof body.dnd === "boolean") after.dnd = body.dnd;
	if (body.dndSettings !== undefined)
		after.dndSettings = {
			...before.dndSettings,
			...(body.dndSettings as Record<string, DndChannel>),
		};
	if (body.inboundDndSettings !== undefined)
		after.inboundDndSettings =
			body.inboundDndSettings as ContactRecord["inboundDndSettings"];
	if (body.tags !== undefined)
		after.tags = tagNames(body.tags as string[], style);
	if (body.customFields !== undefined)
		after.customFields = customFieldsAfter(before, body, location);
	return after;
}

/** Trimmed and without doubles. */
export function tagNames(
	names: readonly string[],
	style: InputStyle,
): string[] {
	const cased = names.map((name) =>
		style.tagCase === "lower" ? name.trim().toLowerCase() : name.trim(),
	);
	return [...new Set(cased)].filter((name) => name !== "");
}

/** First and last name win over `name`; a lone `name` is split at its first blank (precedence is unknown upstream). */
function nameFrom(
	before: ContactRecord,
	body: Record<string, unknown>,
): Pick<ContactRecord, "firstName" | "lastName" | "name"> {
	let { firstName, lastName } = before;
	if (body.firstName === undefined && body.lastName === undefined) {
		if (body.name === undefined)
			return { firstName, lastName, name: before.name };
		const [first = "", ...rest] = String(body.name ?? "")
			.trim()
			.split(/\s+/);
		firstName = first || null;
		lastName = rest.join(" ") || null;
	}
	if (body.firstName !== undefined)
		firstName = (body.firstName as string) || null;
	if (body.lastName !== undefined) lastName = (body.lastName as string) || null;
	const name = [firstName, lastName].filter((part) => part !== null).join(" ");
	return { firstName, lastName, name: name || null };
}

/** Formatting goes; a number without a plus gets the country code of the location (assumed). */
export function normalPhone(
	phone: string | null,
	location: LocationData,
): string | null {
	const digits = (phone ?? "").replaceAll(/[^\d+]/g, "");
	if (digits === "") return null;
	if (digits.startsWith("+")) return digits;
	const code = location.record.country === "DE" ? "+49" : "+1";
	return code + digits.replace(/^0+/, "");
}

function customFieldsAfter(
	before: ContactRecord,
	body: Record<string, unknown>,
	location: LocationData,
): ContactRecord["customFields"] {
	const values = new Map(before.customFields.map((one) => [one.id, one.value]));
	for (const input of body.customFields as Record<string, unknown>[]) {
		const definition = definitionOf(input, location);
		// An unknown field is passed over without a word.
		if (definition === undefined) continue;
		const value = storedValue(input.field_value, definition);
		if (value === null) values.delete(definition.id);
		else if (value !== undefined) values.set(definition.id, value);
	}
	return [...values].map(([id, value]) => ({ id, value }));
}

function definitionOf(
	input: Record<string, unknown>,
	location: LocationData,
): CustomFieldRecord | undefined {
	if (typeof input.id === "string") return location.customFields.get(input.id);
	for (const field of location.customFields.values())
		if (
			field.fieldKey === input.key ||
			field.fieldKey === `contact.${String(input.key)}`
		)
			return field;
	return undefined;
}

/** Null clears, undefined leaves: an empty text is ignored by some types (contract, section 11). */
function storedValue(
	value: unknown,
	field: CustomFieldRecord,
): CustomValue | null | undefined {
	if (value === null || value === undefined) return null;
	const isText = ["TEXT", "LARGE_TEXT", "PHONE", "EMAIL"].includes(
		field.dataType,
	);
	if (value === "") return isText ? null : undefined;
	if (field.dataType === "DATE")
		return dayOf(String(value)) ?? String(value).slice(0, 10);
	return value as CustomValue;
}
