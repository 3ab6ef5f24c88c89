/** `extensions.price` of an answer: what it may cost, and what it did cost. */
import type { OperationCost } from "./operation-cost.ts";

/** `extensions.price`: the most it might have cost, what it did cost, and what sharing, caching and sparse data saved. */
export const priceExtension = ({
	maxCost,
	meter: { made },
}: {
	readonly maxCost: number;
	readonly meter: { readonly made: number };
}) => ({
	worst: maxCost,
	made,
	saved: Math.max(0, maxCost - made),
});

/** The answer to a dry run: what the operation may cost, field by field, without a single call. */
export const dryRunResult = (
	{ max, fields }: OperationCost,
	limit: number,
) => ({
	data: null,
	extensions: { price: { worst: max, made: 0, saved: max, limit, fields } },
});
