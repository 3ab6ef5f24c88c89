/** Which pages may call: those of listed origins; everyone else's browser is told nothing, which refuses them. */
import type { CORSOptions } from "graphql-yoga";

// Bearer tokens travel in a header, so credentials (cookies) are never allowed.
export const corsOf =
	(origins: readonly string[]) =>
	(request: Request): CORSOptions => {
		const origin = request.headers.get("origin");
		if (origin === null || !origins.includes(origin)) return false;
		return {
			origin: [origin],
			credentials: false,
			methods: ["GET", "POST"],
			allowedHeaders: [
				"Authorization",
				"Content-Type",
				"X-Location-Id",
				"X-Request-Id",
				"Cache-Control",
			],
			exposedHeaders: ["X-Request-Id", "Age", "ETag"],
			maxAge: 7200,
		};
	};
