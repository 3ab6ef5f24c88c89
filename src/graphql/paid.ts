/** What an answer cost, and the one case in which the budget refuses the whole of it. */
import type { ExecutionResult } from "graphql";
import { ERRORS } from "../errors.ts";
import type { Upstream } from "../upstream/client.ts";
import type { PublicError } from "./masking.ts";
import type { Price } from "./price.ts";

/** `extensions.price`: the most it might have cost, what it did cost, and what sharing, caching and sparse data saved. */
export const paid = ({
	worst,
	meter: { made },
}: Pick<Upstream, "worst" | "meter">) => ({
	worst,
	made,
	saved: Math.max(0, worst - made),
});

/** The answer to a dry run: what the operation may cost, field by field, without a single call. */
export const dryRun = ({ worst, fields }: Price, limit: number) => ({
	data: null,
	extensions: { price: { worst, made: 0, saved: worst, limit, fields } },
});

/** The refusal of an answer that holds nothing, because the budget let none of its calls go. */
export const refusedWhole = (
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
export const tooManyRequests = ({ extensions }: PublicError) => ({
	status: ERRORS.RATE_LIMITED.status,
	headers: {
		"Retry-After": String(Math.ceil(Number(extensions.retryAfterMs) / 1000)),
	},
});
