/** Lets pages of listed origins call us; everyone else's browser is told nothing, which refuses them. */
import type { RequestContext } from "./request-context.ts";

// Bearer tokens travel in a header, so credentials (cookies) are never allowed.
const HEADERS =
	"Authorization, Content-Type, X-Location-Id, X-Request-Id, Cache-Control";

/** Sets the headers for a listed origin and answers a preflight. True when the exchange is answered. */
export const answerCors = (
	exchange: RequestContext,
	origins: readonly string[],
): boolean => {
	const { req } = exchange;
	const { origin } = req.headers;
	const preflight =
		req.method === "OPTIONS" &&
		req.headers["access-control-request-method"] !== undefined;
	if (!origins.length && !preflight) return false;
	const { res } = exchange;
	if (origins.length) res.setHeader("Vary", "Origin");
	if (origin !== undefined && origins.includes(origin)) {
		res.setHeader("Access-Control-Allow-Origin", origin);
		res.setHeader("Access-Control-Expose-Headers", "X-Request-Id, Age, ETag");
		if (preflight) {
			res.setHeader("Access-Control-Allow-Methods", "GET, POST");
			res.setHeader("Access-Control-Allow-Headers", HEADERS);
			res.setHeader("Access-Control-Max-Age", "7200");
		}
	}
	if (!preflight) return false;
	// A preflight from elsewhere gets a 204 without the headers: the browser then reports the origin, not a failed request.
	res.writeHead(204).end();
	return true;
};
