/** What an answer cost, and the one case in which the budget refuses the whole of it. */
import type { ExecutionResult } from "graphql";
import { ERRORS } from "../errors.ts";
import type { PublicError } from "../server/public-error.ts";
import type { Upstream } from "../upstream/client.ts";
import type { OperationCost } from "./operation-cost.ts";

/** `extensions.price`: the most it might have cost, what it did cost, and what sharing, caching and sparse data saved. */
export const priceExtension = ({
	maxCost,
	meter: { made },
}: Pick<Upstream, "maxCost" | "meter">) => ({
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

/** The refusal of an answer that holds nothing, because the budget let none of its calls go. */
export const wholeRefusal = (
	{ data }: ExecutionResult,
	errors: readonly PublicError[],
	{ meter }: Pick<Upstream, "meter">,
): PublicError | undefined => {
	const empty = !data || Object.values(data).every((value) => value === null);
	if (!empty || meter.made > 0) return undefined;
	if (!errors.every(({ extensions }) => extensions.code === "RATE_LIMITED"))
		return undefined;
	const [first] = errors;
	return (
		first && { message: first.message, extensions: { ...first.extensions } }
	);
};

/** Status and headers for it, as HTTP wants them. */
export const tooManyRequestsResponse = ({ extensions }: PublicError) => ({
	status: ERRORS.RATE_LIMITED.status,
	headers: {
		"Retry-After": String(Math.ceil(Number(extensions.retryAfterMs) / 1000)),
	},
});
