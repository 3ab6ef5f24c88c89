/** Headers that Yoga does not know of: a strict policy for the page of GraphiQL, and `Vary` where answers differ by origin. */
import type { Origins } from "../cors.ts";
import { PAGE_HEADERS } from "../graphiql.ts";
import type { OperationPlugin } from "../operation-context.ts";

export const usePageHeaders = (origins: Origins): OperationPlugin => ({
	onResponse({ response, serverContext }) {
		if (serverContext?.isPage)
			for (const [name, value] of Object.entries(PAGE_HEADERS))
				response.headers.set(name, value);
		if (!origins.none) response.headers.append("Vary", "Origin");
	},
});
