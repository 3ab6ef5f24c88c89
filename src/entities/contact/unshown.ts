/** HighLevel answers 200 to custom fields that it did not take: what was written is looked for in the answer. */
import type { Context } from "../../loading/context.ts";
import type { Warned } from "../../schema-kit/warnings.ts";
import type { WrittenCustomField } from "./custom-field-values.ts";
import { customFieldDefinitions, keyOf } from "./custom-fields.ts";
import { isEmpty } from "./read-back.ts";
import type { ContactBody, ShownCustomFields } from "./writes.ts";

/**
 * A warning for each custom field that was given a value and shows none, or was cleared and shows one. Another value than
 * was written is none: HighLevel holds numbers, days and phones in forms of its own.
 */
export const unshown = (
	body: ContactBody,
	shown: ShownCustomFields,
	context: Context,
): Warned => {
	const written = body.customFields as
		| readonly WrittenCustomField[]
		| undefined;
	if (!written || !shown) return {};
	const warnings = written.flatMap(({ id, field_value }, index) => {
		const found = shown.find((one) => one.id === id);
		// One that is there, but not with its value under the key that is known, says nothing.
		if (found && !("value" in found)) return [];
		const cleared = isEmpty(field_value);
		if (isEmpty(found?.value) === cleared) return [];
		const name = nameOf(id, context);
		return [
			{
				message: cleared
					? `HighLevel took the write, but its answer still shows a value in custom field ${name}. Read the contact to see whether it was cleared.`
					: `HighLevel took the write, but its answer does not show custom field ${name}. Read the contact to see whether it was written, and check the field's type and options in HighLevel.`,
				// The definitions were found for all of them, in the order they were given.
				field: ["customFields", String(index)],
			},
		];
	});
	return warnings.length ? { warnings } : {};
};

const nameOf = (id: string, context: Context): string => {
	const definition = customFieldDefinitions
		.peek(context, context.viewer.locationId)
		?.find((one) => one.id === id);
	return definition ? keyOf(definition) : id;
};
