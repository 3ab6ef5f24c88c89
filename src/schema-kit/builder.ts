/** The one Pothos builder that every entity adds its types to. */
import SchemaBuilder from "@pothos/core";
import type { FieldCost } from "../cost/field-cost.ts";
import type { Context } from "../loading/context.ts";

declare global {
	export namespace PothosSchemaTypes {
		interface ExtensionTypes {
			/**
			 * Scopes a caller's token needs for this field, or for objects of this type; checked for the whole document
			 * before anything runs. What must say them, and who inherits: see declared.ts.
			 */
			scopes?: readonly string[];
			/** The REST calls resolving this field may cost; FREE for none. Every field that could make one says so. */
			cost?: FieldCost | typeof FREE;
			/** Its value depends on its object alone (see schema-kit/pure.ts). */
			pure?: true;
		}
	}
}

export interface SchemaTypes {
	Context: Context;
	Scalars: {
		ID: { Input: string; Output: string };
		/** In: any text, to be checked (input-checks.ts). Out: epoch milliseconds, or UTC ISO 8601 text (see timeOf). */
		DateTime: { Input: string; Output: number | string };
		/** In: any text, to be checked (input-checks.ts). Out: `YYYY-MM-DD`. */
		Date: { Input: string; Output: string };
		JSON: { Input: unknown; Output: unknown };
	};
}

export const builder = new SchemaBuilder<SchemaTypes>({});

builder.queryType({
	description:
		"Reads. `extensions.price.made` counts the REST calls that an answer took.",
});

builder.mutationType({
	description:
		"Writes. Mutations of one operation run one after the other. One that fails neither undoes nor stops the others. What the user can fix is in `userErrors` of the payload; outages and limits are in `errors` of the response.",
});

/** What every read of the contact graph needs. */
export const READ = { scopes: ["contacts.readonly"] } as const;

/** Of a type that comes with the object that holds it: who may read that one may read this. */
export const WITH_PARENT = { scopes: [] } as const;

/** The `cost` of a field that knows its caller and calls nobody. */
export const FREE = null;
