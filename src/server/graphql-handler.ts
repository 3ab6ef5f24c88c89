/** The listener's way to GraphQL: a kept answer at once, everything else by Yoga. */
import { fail } from "../errors.ts";
import { HttpCall, type HttpCallOptions } from "./http-call.ts";
import type { RequestHandler } from "./http-server.ts";
import type { ServeCached } from "./serve-cached.ts";
import type { GraphqlServer } from "./yoga.ts";

/** Without `serveCached` every request meets every plugin. */
export const graphqlHandler =
	(
		yoga: GraphqlServer,
		options: HttpCallOptions,
		serveCached: ServeCached | undefined,
	): RequestHandler =>
	async (exchange) => {
		const { req } = exchange;
		// Yoga takes every OPTIONS for a preflight.
		if (
			req.method === "OPTIONS" &&
			req.headers["access-control-request-method"] === undefined
		)
			throw fail(
				"METHOD_NOT_ALLOWED",
				"GraphQL is asked by POST, and queries by GET as well, but OPTIONS came.",
				{ extensions: { allow: ["GET", "POST"] } },
			);
		const call = new HttpCall(exchange, options);
		if (await serveCached?.(call)) return;
		await yoga(req, exchange.res, { call } as never);
	};

/** `/health/live` and `/health/ready`, which Yoga answers. */
export const healthHandler =
	(yoga: GraphqlServer): RequestHandler =>
	async ({ req, res }) => {
		await yoga(req, res, {} as never);
	};
