/** The one Pothos builder that every entity adds its types to. */
import SchemaBuilder from "@pothos/core";
import type { FieldCost } from "../cost/field-cost.ts";
import type { Context } from "../loading/context.ts";

declare global {
	export namespace PothosSchemaTypes {
		interface ExtensionTypes {
			/** Scopes a caller's token needs for this field; checked for the whole document before anything runs. */
			scopes?: readonly string[];
			/** The REST calls resolving this field may cost; a field without it costs none. */
			cost?: FieldCost;
			/** Its value hangs on its object alone (see schema-kit/pure.ts). */
			pure?: true;
		}
	}
}

export interface SchemaTypes {
	Context: Context;
	Scalars: {
		ID: { Input: string; Output: string };
		/** Epoch milliseconds inside, or the UTC ISO 8601 text that goes outside (see timeOf). */
		DateTime: { Input: number; Output: number | string };
		/** `YYYY-MM-DD` on both sides. */
		Date: { Input: string; Output: string };
		JSON: { Input: unknown; Output: unknown };
	};
}

export const builder = new SchemaBuilder<SchemaTypes>({});

builder.queryType({
	description:
		"Everything that can be read. Each REST call an answer needed is counted in `extensions.price.made`.",
});

builder.mutationType({
	description:
		"Everything that can be changed. Mutations of one operation run one after the other; one that fails neither undoes nor stops the others. What a person can mend comes as `userErrors` of the payload, outages and limits as errors of the answer.",
});
