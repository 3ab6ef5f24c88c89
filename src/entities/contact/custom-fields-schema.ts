/** What clients see of custom fields: the definitions of a location, and a contact's values with their names and types. */

import { costOfReading } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import { whenLoaded } from "../../loading/loader.ts";
import { builder, READ, WITH_PARENT } from "../../schema-kit/builder.ts";
import { globalId } from "../../schema-kit/global-id.ts";
import { inListOf, Node, nodeReader } from "../../schema-kit/node.ts";
import { PURE } from "../../schema-kit/pure.ts";
import { UNKNOWN_WORD, wordsOf } from "../../schema-kit/words.ts";
import { textOf, wholeOf } from "../../upstream/shapes.ts";
import { Location, listsOf } from "../location/schema.ts";
import { boxesOf, optionsOf } from "./choices.ts";
import {
	type CustomFieldDefinition,
	customFieldDefinitions,
	customFieldIds,
	definitionsOf,
	keyOf,
} from "./custom-fields.ts";
import { Contact } from "./schema.ts";

const CustomField = builder.objectRef<CustomFieldDefinition>("CustomField");

const types = wordsOf("CustomFieldType", "What a custom field holds.", {
	TEXT: { value: "TEXT", description: "One line of text." },
	LARGE_TEXT: { value: "LARGE_TEXT", description: "Several lines of text." },
	NUMERICAL: { value: "NUMERICAL", description: "A number." },
	FLOAT: { value: "FLOAT", description: "A number with a fraction." },
	MONETARY: {
		value: "MONETORY",
		description: "An amount of money (HighLevel spells it MONETORY).",
	},
	PHONE: { value: "PHONE", description: "A phone number." },
	EMAIL: { value: "EMAIL", description: "An e-mail address." },
	DATE: { value: "DATE", description: "A day." },
	TIME: { value: "TIME", description: "A time of day." },
	SINGLE_OPTIONS: {
		value: "SINGLE_OPTIONS",
		description: "One of its options, from a list that drops down.",
	},
	RADIO: { value: "RADIO", description: "One of its options, by buttons." },
	CHECKBOX: {
		value: "CHECKBOX",
		description: "Some of its options, by boxes.",
	},
	MULTIPLE_OPTIONS: {
		value: "MULTIPLE_OPTIONS",
		description: "Some of its options, from a list that drops down.",
	},
	TEXTBOX_LIST: {
		value: "TEXTBOX_LIST",
		description: "Several texts, each in a box of its own.",
	},
	FILE_UPLOAD: { value: "FILE_UPLOAD", description: "Files." },
	SIGNATURE: { value: "SIGNATURE", description: "A signature." },
});

interface Choice {
	readonly value: string;
	readonly label: string;
}

const CustomFieldOption = builder
	.objectRef<Choice>("CustomFieldOption")
	.implement({
		extensions: WITH_PARENT,
		description:
			"What can be chosen in a custom field, or one of its text boxes.",
		fields: (t) => ({
			value: t.exposeString("value", {
				nullable: false,
				description:
					"What a contact's value holds, and what is written; for a text box its key in the value's object.",
			}),
			label: t.exposeString("label", {
				nullable: false,
				description: "What people see.",
			}),
		}),
	});

CustomField.implement({
	extensions: READ,
	description:
		"A custom field that the location has defined for its contacts. They are read as one list: one call for all of a request.",
	interfaces: [Node],
	fields: (t) => ({
		id: t.id({
			nullable: false,
			extensions: PURE,
			description: "Global id.",
			resolve: ({ id }, _, { viewer }) =>
				globalId("CustomField", viewer.locationId, id),
		}),
		customFieldId: t.id({
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
		type: t.field({
			type: types.type,
			description: `What it holds. ${UNKNOWN_WORD} see typeText.`,
			extensions: PURE,
			resolve: ({ dataType }) => types.read(dataType),
		}),
		typeText: t.string({
			description: "Its type exactly as HighLevel has it.",
			extensions: PURE,
			resolve: ({ dataType }) => textOf(dataType),
		}),
		placeholder: t.string({
			description: "The hint shown in an empty field.",
			extensions: PURE,
			resolve: ({ placeholder }) => textOf(placeholder),
		}),
		position: t.int({
			description: "Its position in forms.",
			extensions: PURE,
			resolve: ({ position }) => wholeOf(position),
		}),
		options: t.field({
			type: [CustomFieldOption],
			nullable: { list: false, items: false },
			description:
				"What can be chosen, or the boxes of a list of text boxes; empty for fields of any other type.",
			extensions: PURE,
			resolve: (definition) => [
				...optionsOf(definition).map(({ stored, names }) => ({
					value: stored,
					label: names[0] ?? stored,
				})),
				...boxesOf(definition).map(({ id, label = id }) => ({
					value: id,
					label,
				})),
			],
		}),
	}),
});

nodeReader(
	"CustomField",
	(context, [id]) =>
		whenLoaded(
			definitionsOf(context),
			(all) => all.find((definition) => definition.id === id) ?? null,
		),
	1,
	inListOf(customFieldDefinitions, "custom field"),
);

builder.objectField(Location, "customFields", (t) =>
	t.field({
		type: [CustomField],
		nullable: { list: true, items: false },
		description:
			"Custom fields defined for contacts, in HighLevel's order. Costs one call.",
		extensions: { cost: costOfReading(customFieldDefinitions) },
		resolve: (location, _, context) =>
			definitionsOf(listsOf(location, context)),
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
			"What a contact has in a custom field. It has no `id`: it is part of its contact. `key`, `name`, `type` and `customField` come from the location's definitions: one call for all contacts of the request.",
		fields: (t) => {
			const definitionOf = <V>(
				{ id }: CustomValue,
				context: Context,
				read: (definition: CustomFieldDefinition) => V | null,
			) =>
				whenLoaded(definitionsOf(context), (definitions) => {
					const found = definitions.find((one) => one.id === id);
					return found ? read(found) : null;
				});
			const fromDefinition = (
				description: string,
				read: (definition: CustomFieldDefinition) => string | null,
			) =>
				t.string({
					description,
					extensions: { cost: costOfReading(customFieldDefinitions) },
					resolve: (value, _, context) => definitionOf(value, context, read),
				});
			return {
				customFieldId: t.exposeID("id", {
					nullable: false,
					description: "HighLevel's own id of the field.",
				}),
				customField: t.field({
					type: CustomField,
					description: "The field; null when its definition was deleted.",
					extensions: { cost: costOfReading(customFieldDefinitions) },
					resolve: (value, _, context) =>
						definitionOf(value, context, (definition) => definition),
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
				type: t.field({
					type: types.type,
					description:
						"The field's type; null when its definition was deleted.",
					extensions: { cost: costOfReading(customFieldDefinitions) },
					resolve: (value, _, context) =>
						definitionOf(value, context, ({ dataType }) =>
							types.read(dataType),
						),
				}),
				typeText: fromDefinition(
					"The field's type exactly as HighLevel has it; null when its definition was deleted.",
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
