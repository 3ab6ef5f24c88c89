/** The one case in which the budget refuses the whole of an answer. */
import type { ExecutionResult } from "graphql";
import { ERRORS } from "../errors.ts";
import type { Upstream } from "../upstream/client.ts";
import type { PublicError } from "./public-error.ts";

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
