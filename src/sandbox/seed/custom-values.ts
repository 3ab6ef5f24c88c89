// Values of custom fields in every form the upstream was seen to give: string, number, array, object.
import type { CustomFieldRecord } from "../store/account-records.ts";
import type { CustomValue } from "../store/records.ts";
import { iso, momentWithin } from "./dates.ts";
import type { Random } from "./random.ts";

/** A few filled-in fields of one contact. */
export function customValues(
	chance: Random,
	fields: readonly CustomFieldRecord[],
): { id: string; value: CustomValue }[] {
	return fields
		.filter(() => chance.chance(0.35))
		.map((field) => ({ id: field.id, value: exampleValue(chance, field) }));
}

function exampleValue(chance: Random, field: CustomFieldRecord): CustomValue {
	const options = field.picklistOptions ?? [];
	switch (field.dataType) {
		case "LARGE_TEXT":
			return "Met at the fair.\nAsked for a quote, then went quiet.";
		case "NUMERICAL":
			// Old imports left numbers as text.
			return chance.chance(0.1)
				? String(chance.between(1, 900))
				: chance.between(1, 900);
		case "MONETORY":
			return chance.between(1, 90_000) / 100;
		case "FLOAT":
			return chance.between(0, 1_000) / 1_000;
		case "PHONE":
			return `+1414555${String(chance.between(0, 9999)).padStart(4, "0")}`;
		case "CHECKBOX":
		case "MULTIPLE_OPTIONS":
			return chance.some(options, chance.between(1, 3));
		case "SINGLE_OPTIONS":
		case "RADIO":
			return chance.pick(options);
		case "TIME":
			return `${String(chance.between(8, 18)).padStart(2, "0")}:30`;
		case "DATE":
			return chance.chance(0.15)
				? Math.floor(momentWithin(chance, -900, 300) / 86_400_000) * 86_400_000
				: iso(momentWithin(chance, -900, 300)).slice(0, 10);
		case "TEXTBOX_LIST":
			return Object.fromEntries(
				field.textBoxes.map((box) => [
					box.id,
					chance.pick(["Golf", "Transit", ""]),
				]),
			);
		case "FILE_UPLOAD":
		case "SIGNATURE": {
			const id = chance.text(8, "0123456789abcdef");
			return {
				[id]: {
					meta: {
						originalname: "scan.pdf",
						mimetype: "application/pdf",
						size: 18_311,
					},
					documentId: id,
					url: `https://files.example/${id}.pdf`,
				},
			};
		}
		case "EMAIL":
			return `billing${chance.between(1, 500)}@invoices.example`;
		default:
			return chance.pick([
				"Owner",
				"Head of sales",
				"Geschäftsführer",
				"経理",
				"",
			]);
	}
}
