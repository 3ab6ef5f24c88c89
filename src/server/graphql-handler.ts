/** The listener's way to GraphQL: a kept answer at once, everything else by Yoga. */
import { fail } from "../errors.ts";
import type { Tracing } from "../tracing.ts";
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
		tracing: Tracing | undefined,
	): RequestHandler =>
	async (http) => {
		const { req } = http;
		// Yoga takes every OPTIONS for a preflight.
		if (
			req.method === "OPTIONS" &&
			req.headers["access-control-request-method"] === undefined
		)
			throw fail(
				"METHOD_NOT_ALLOWED",
				"Expected POST, or GET for queries, but got OPTIONS.",
				{ extensions: { allow: ["GET", "POST"] } },
			);
		const answer = async (): Promise<void> => {
			const call = new HttpCall(http, options);
			if (await serveCached?.(call)) return;
			await yoga(req, http.res, { call } as never);
		};
		if (!tracing) return answer();
		return tracing.operation(req.headers, http.notes, (end) => {
			// Behind all others who add to the notes when it ends.
			http.onEnd(() => queueMicrotask(end));
			return answer();
		});
	};
