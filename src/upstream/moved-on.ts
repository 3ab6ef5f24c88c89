/** Keeps walks through pages from going in circles, where the API does not understand how it is told to continue. */
import { isDeepStrictEqual } from "node:util";
import { fail } from "../errors.ts";

/**
 * `behind` is where the page was to continue from, `end` where it ends; both undefined on what has no such place.
 * @throws Failure UPSTREAM_INVALID_RESPONSE where the page leads back to where it began.
 */
export const checkMovedOn = (
	operation: { readonly name: string },
	behind: unknown,
	end: unknown,
): void => {
	if (behind === undefined || !isDeepStrictEqual(behind, end)) return;
	throw fail(
		"UPSTREAM_INVALID_RESPONSE",
		`The Contacts API answered ${operation.name} with the page that it was asked to continue behind, so the list cannot be read to its end.`,
		{ extensions: { operation: operation.name } },
	);
};
