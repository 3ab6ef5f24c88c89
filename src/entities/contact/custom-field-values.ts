/** Checks a value against the type of its custom field, before HighLevel takes whatever comes and shows it to people. */

import type { Context } from "../../loading/context.ts";
import * as check from "../../schema-kit/input-checks.ts";
import type { Faults } from "../../schema-kit/user-errors.ts";
import { boxesOf, optionsOf } from "./choices.ts";
import {
	type CustomFieldDefinition,
	definitionsOf,
	matches,
} from "./custom-fields.ts";
import type { CustomFieldGiven } from "./inputs.ts";

/** As POST and PUT take it (contract, section 2). */
export interface WrittenCustomField {
	readonly id: string;
	readonly field_value: unknown;
}

/**
 * What to send for the values given. Reads the location's definitions, so it comes after all checks that need no call.
 */
export const customFieldsBody = async (
	given: readonly CustomFieldGiven[],
	context: Context,
	faults: Faults,
): Promise<WrittenCustomField[]> => {
	const definitions = await definitionsOf(context);
	const written = new Map<string, WrittenCustomField>();
	for (const [index, { key, value }] of given.entries()) {
		const path = ["customFields", index];
		const definition = definitions.find((one) => matches(one, key));
		if (!definition) {
			faults.add(
				[...path, "key"],
				`This location has no custom field for contacts with the key or id ${check.quoted(key)}. location { customFields { key name } } lists them.`,
			);
			continue;
		}
		if (written.has(definition.id))
			faults.add(
				[...path, "key"],
				"Each custom field may be given once, but this one is given twice. Remove one of the two.",
			);
		const field_value =
			value === null || value === undefined
				? emptyOf(definition)
				: checkedValue(definition, value, [...path, "value"], context, faults);
		written.set(definition.id, { id: definition.id, field_value });
	}
	return [...written.values()];
};

type Kind =
	| "text"
	| "choice"
	| "choices"
	| "number"
	| "day"
	| "time"
	| "boxes"
	| "email"
	| "phone"
	| "file";

// Types as the API names them (`MONETORY` is its spelling). One that is not listed is taken as text.
const KINDS: Readonly<Record<string, Kind>> = {
	NUMERICAL: "number",
	MONETORY: "number",
	FLOAT: "number",
	CHECKBOX: "choices",
	MULTIPLE_OPTIONS: "choices",
	SINGLE_OPTIONS: "choice",
	RADIO: "choice",
	DATE: "day",
	TIME: "time",
	TEXTBOX_LIST: "boxes",
	EMAIL: "email",
	PHONE: "phone",
	FILE_UPLOAD: "file",
	SIGNATURE: "file",
};

const kindOf = ({ dataType }: CustomFieldDefinition): Kind =>
	KINDS[String(dataType)] ?? "text";

// Empty text is ignored by some types although the API answers 200 (contract, section 11). null, which those get, is not in
// the spec and unproven upstream; it is what is left.
const emptyOf = (definition: CustomFieldDefinition): unknown => {
	const kind = kindOf(definition);
	if (kind === "choices") return [];
	if (kind === "boxes")
		return Object.fromEntries(boxesOf(definition).map(({ id }) => [id, ""]));
	return kind === "text" || kind === "email" || kind === "phone" ? "" : null;
};

const checkedValue = (
	definition: CustomFieldDefinition,
	value: unknown,
	path: check.Path,
	{ upstream }: Context,
	faults: Faults,
): unknown => {
	const name = `${String(definition.name ?? definition.id)} (${String(definition.dataType ?? "TEXT")})`;
	const wrong = (expected: string): undefined =>
		faults.add(
			path,
			`${name} takes ${expected}, but got ${check.quoted(value)}.`,
		);
	const options = optionsOf(definition);
	const listed = options.length
		? `: ${options.map(({ stored }) => JSON.stringify(stored)).join(", ")}`
		: "";
	/** What HighLevel holds for the option that is meant; undefined where there is none. */
	const storedOf = (one: unknown): string | undefined => {
		if (typeof one !== "string") return undefined;
		const option =
			options.find(({ stored }) => stored === one) ??
			options.find(({ names }) => names.includes(one));
		const isFree =
			options.length === 0 || definition.isAllowedCustomOption === true;
		return option?.stored ?? (isFree ? one : undefined);
	};
	switch (kindOf(definition)) {
		case "number": {
			const number =
				typeof value === "string" && value.trim() !== ""
					? Number(value)
					: value;
			// As text: the spec takes no other form for a single value.
			return typeof number === "number" && Number.isFinite(number)
				? String(number)
				: wrong("a number");
		}
		case "choice":
			return storedOf(value) ?? wrong(`one of its options${listed}`);
		case "choices": {
			const stored = Array.isArray(value) ? value.map(storedOf) : [undefined];
			return stored.includes(undefined)
				? wrong(`a list of its options${listed}`)
				: [...new Set(stored)];
		}
		case "day":
			return typeof value === "string"
				? check.day(faults, path, value)
				: wrong("a day as YYYY-MM-DD");
		case "time":
			return typeof value === "string" &&
				/^([01]\d|2[0-3]):[0-5]\d$/.test(value)
				? value
				: wrong("a time of day as HH:MM");
		case "email":
			return typeof value === "string"
				? check.email(faults, path, value)
				: wrong("an e-mail address");
		case "phone":
			return typeof value === "string"
				? check.phone(faults, path, value, upstream.facts.knownCountry())
				: wrong("a phone number with country code");
		case "boxes":
			return (
				boxesValue(definition, value) ??
				wrong(
					`an object of texts by box: ${boxesOf(definition)
						.map(({ id, label }) => label ?? id)
						.join(", ")}`,
				)
			);
		case "file":
			return wrong("files, which cannot be written through this API");
		default:
			return typeof value === "string" && value.trim() !== ""
				? value
				: wrong("text that is not empty (null clears it)");
	}
};

/** Keys may be the boxes' ids or labels; ids are what the API takes. */
const boxesValue = (
	definition: CustomFieldDefinition,
	value: unknown,
): Record<string, string> | undefined => {
	if (typeof value !== "object" || value === null || Array.isArray(value))
		return undefined;
	const boxes = boxesOf(definition);
	const written: Record<string, string> = {};
	for (const [key, text] of Object.entries(value)) {
		const box = boxes.find(({ id, label }) => id === key || label === key);
		if (typeof text !== "string" || (boxes.length > 0 && !box))
			return undefined;
		written[box?.id ?? key] = text;
	}
	return Object.keys(written).length ? written : undefined;
};
