/** What a custom field offers to choose from: options of a choice, or the boxes of a list of text boxes. */
import type { CustomFieldDefinition } from "./custom-fields.ts";

export interface Option {
	/** What a contact's value holds, and what is sent. */
	readonly stored: string;
	/** What people see; the first is the best. */
	readonly names: readonly string[];
}

/** Plain texts, or objects: `{value, name}` holds the value (contract, section 2), of `{key, name, label}` any may be meant. */
export const optionsOf = ({
	picklistOptions,
}: Pick<CustomFieldDefinition, "picklistOptions">): Option[] =>
	(picklistOptions ?? []).flatMap((option) => {
		if (typeof option === "string") return [{ stored: option, names: [] }];
		const { value, key, name, label } = (option ?? {}) as Record<
			string,
			unknown
		>;
		const names = [label, name, key].filter((one) => typeof one === "string");
		return typeof value === "string" || typeof value === "number"
			? [{ stored: String(value), names }]
			: names.map((stored) => ({ stored, names: [] }));
	});

export interface Box {
	readonly id: string;
	readonly label: string | undefined;
}

export const boxesOf = ({
	textBoxListOptions,
}: Pick<CustomFieldDefinition, "textBoxListOptions">): Box[] =>
	(textBoxListOptions ?? []).flatMap((option) => {
		const { id, label } = (option ?? {}) as Record<string, unknown>;
		return typeof id === "string"
			? [{ id, label: typeof label === "string" ? label : undefined }]
			: [];
	});
