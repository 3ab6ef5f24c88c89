/** The location's custom field definitions: what gives a contact's custom values their names, keys and types. */

import { TAG } from "../../cache/tags.ts";
import { onceForLocation } from "../../cost/field-cost.ts";
import { fail } from "../../errors.ts";
import type { Context } from "../../loading/context.ts";
import { byId, loader, whenLoaded } from "../../loading/loader.ts";
import { operation } from "../../upstream/operation.ts";
import {
	Amount,
	Flag,
	Id,
	maybe,
	type Static,
	Text,
	Type,
} from "../../upstream/shapes.ts";

const Definition = Type.Object({
	id: Id,
	name: Text,
	fieldKey: Text,
	placeholder: Text,
	dataType: Text,
	position: Amount,
	picklistOptions: maybe(Type.Array(Type.Unknown())),
	/** The boxes of a TEXTBOX_LIST: its values are kept by their ids. */
	textBoxListOptions: maybe(Type.Array(Type.Unknown())),
	isAllowedCustomOption: Flag,
	isMultiFileAllowed: Flag,
	maxFileLimit: Amount,
	model: Text,
});

export type CustomFieldDefinition = Static<typeof Definition>;

const listDefinitions = operation(
	"GET",
	"/locations/{locationId}/customFields",
	Type.Object({ customFields: Type.Array(Definition) }),
);

/** All definitions for contacts, one call for the whole location. */
export const customFieldDefinitions = loader<string, CustomFieldDefinition[]>({
	name: "customFieldDefinitions",
	ttl: "reference",
	cost: onceForLocation("custom fields"),
	keyOf: byId,
	tags: () => [TAG.customFields],
	fetch: (keys, { upstream }) =>
		Promise.all(
			keys.map(async () => {
				const { customFields } = await upstream.call(listDefinitions, {
					ids: { locationId: upstream.locationId },
					query: { model: "contact" },
				});
				return customFields.filter(
					({ model }) => model == null || model === "contact",
				);
			}),
		),
});

export const definitionsOf = (context: Context) =>
	customFieldDefinitions.load(context, context.viewer.locationId);

/** The key clients use: `contact.lead_score` is `lead_score`. */
export const keyOf = ({ fieldKey, id }: CustomFieldDefinition): string =>
	String(fieldKey ?? id).replace(/^contact\./, "");

/** Whether a key, with or without `contact.`, or an id means this field. */
export const matches = (
	definition: CustomFieldDefinition,
	key: string,
): boolean =>
	definition.id === key ||
	keyOf(definition) ===
		key.replace(/^contact\./, "").replace(/^\{\{\s*|\s*\}\}$/g, "");

/** A function from a custom field's key or id to its id, for filters. */
export const customFieldIds = (context: Context): IdOf | Promise<IdOf> =>
	whenLoaded(definitionsOf(context), (definitions) => (key) => {
		const found = definitions.find((definition) => matches(definition, key));
		if (found) return found.id;
		throw fail(
			"BAD_USER_INPUT",
			`This location has no custom field for contacts with the key or id ${JSON.stringify(key)}. location { customFields { key name } } lists them.`,
		);
	});

type IdOf = (key: string) => string;
