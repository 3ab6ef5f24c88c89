/** What clients see of custom fields: the definitions of a location, and a contact's values with their names and types. */

import { costOfReading } from "../../cost/field-cost.ts";
import { whenLoaded } from "../../loading/loader.ts";
import { builder, READ } from "../../schema-kit/builder.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { textOf } from "../../upstream/shapes.ts";
import { Location } from "../location/schema.ts";
import {
	type CustomFieldDefinition,
	customFieldDefinitions,
	customFieldIds,
	definitionsOf,
	keyOf,
} from "./custom-fields.ts";
import { Contact } from "./schema.ts";

const CustomFieldType = builder.objectRef<CustomFieldDefinition>("CustomField");

CustomFieldType.implement({
	extensions: READ,
	description: "A custom field that the location has defined for its contacts.",
	fields: (t) => ({
		id: t.id({
			nullable: false,
			description: "HighLevel's own id of the field.",
			extensions: PURE,
			resolve: ({ id }) => id,
		}),
		key: t.string({
			nullable: false,
			description: "Its key, such as lead_score.",
			extensions: PURE,
			resolve: keyOf,
		}),
		name: t.string({
			description: "Its name as people see it.",
			extensions: PURE,
			resolve: ({ name }) => textOf(name),
		}),
		type: t.string({
			description:
				"TEXT, LARGE_TEXT, NUMERICAL, PHONE, MONETORY (HighLevel's spelling), CHECKBOX, SINGLE_OPTIONS, MULTIPLE_OPTIONS, FLOAT, TIME, DATE, TEXTBOX_LIST, FILE_UPLOAD, SIGNATURE, RADIO, EMAIL, or another.",
			extensions: PURE,
			resolve: ({ dataType }) => textOf(dataType),
		}),
		placeholder: t.string({
			description: "The hint shown in an empty field.",
			extensions: PURE,
			resolve: ({ placeholder }) => textOf(placeholder),
		}),
		position: t.float({
			description: "Its position in forms.",
			extensions: PURE,
			resolve: ({ position }) => position ?? null,
		}),
		options: t.field({
			type: "JSON",
			description: "What can be chosen, for fields that offer a choice.",
			extensions: PURE,
			resolve: ({ picklistOptions }) => picklistOptions ?? null,
		}),
	}),
});

builder.objectField(Location, "customFields", (t) =>
	t.field({
		type: [CustomFieldType],
		nullable: { list: true, items: false },
		description: "Custom fields defined for contacts. Costs one call.",
		extensions: { cost: costOfReading(customFieldDefinitions) },
		resolve: (_, __, context) => definitionsOf(context),
	}),
);

interface CustomValue {
	readonly id: string;
	readonly value?: unknown;
}

const CustomFieldValue = builder
	.objectRef<CustomValue>("CustomFieldValue")
	.implement({
		extensions: READ,
		description:
			"What a contact has in a custom field. `key`, `name` and `type` come from the location's definitions: one call for all contacts of the request.",
		fields: (t) => {
			const fromDefinition = (
				description: string,
				read: (definition: CustomFieldDefinition) => string | null,
			) =>
				t.string({
					description,
					extensions: { cost: costOfReading(customFieldDefinitions) },
					resolve: ({ id }, _, context) =>
						whenLoaded(definitionsOf(context), (definitions) => {
							const found = definitions.find(
								(definition) => definition.id === id,
							);
							return found ? read(found) : null;
						}),
				});
			return {
				id: t.exposeID("id", {
					nullable: false,
					description: "HighLevel's own id of the field.",
				}),
				value: t.field({
					type: "JSON",
					description:
						"The value as HighLevel holds it: text, number, list or object.",
					extensions: PURE,
					resolve: ({ value }) => value ?? null,
				}),
				key: fromDefinition(
					"The field's key; null when its definition was deleted.",
					keyOf,
				),
				name: fromDefinition(
					"The field's name; null when its definition was deleted.",
					({ name }) => textOf(name),
				),
				type: fromDefinition(
					"The field's type; null when its definition was deleted.",
					({ dataType }) => textOf(dataType),
				),
			};
		},
	});

builder.objectFields(Contact, (t) => ({
	customFields: t.field({
		type: [CustomFieldValue],
		nullable: { list: false, items: false },
		description: "Its custom fields that have a value.",
		extensions: PURE,
		resolve: ({ row }) => row.customFields ?? [],
	}),
	customField: t.field({
		type: CustomFieldValue,
		description:
			"One custom field by its key or id; null when it has no value. Costs the definitions: one call for the whole request.",
		extensions: { cost: costOfReading(customFieldDefinitions) },
		args: {
			key: t.arg.string({
				required: true,
				description: "The field's key, with or without `contact.`, or its id.",
			}),
		},
		resolve: ({ row }, { key }, context) =>
			whenLoaded(customFieldIds(context), (idOf) => {
				const id = idOf(key);
				return row.customFields?.find((value) => value.id === id) ?? null;
			}),
	}),
}));
