/** Which pages may call: those of listed origins; other browsers get no CORS headers, which refuses them. */
import type { CORSOptions } from "graphql-yoga";

export interface CorsSettings {
	readonly origins: readonly string[];
	/** Pages of this machine may call as well, whatever their port: for the sandbox, whose data are made up. */
	readonly localPages?: boolean;
}

/** What is known of the origins of pages. */
export interface Origins {
	mayCall(origin: string): boolean;
	/** No page of any other origin may call, so no answer differs by it. */
	readonly none: boolean;
}

export const originsOf = ({
	origins,
	localPages = false,
}: CorsSettings): Origins => ({
	mayCall: (origin) =>
		origins.includes(origin) || (localPages && LOCAL.test(origin)),
	none: origins.length === 0 && !localPages,
});

// As browsers write an origin: lower case, no default port, nothing behind it.
const LOCAL = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;

// Bearer tokens travel in a header, so credentials (cookies) are never allowed.
export const corsOf =
	({ mayCall }: Origins) =>
	(request: Request): CORSOptions => {
		const origin = request.headers.get("origin");
		if (origin === null || !mayCall(origin)) return false;
		// A browser reads the one half in a preflight alone, the other in an answer alone.
		return {
			origin: [origin],
			credentials: false,
			...(request.method === "OPTIONS"
				? { methods: ["GET", "POST"], allowedHeaders: ALLOWED, maxAge: 7200 }
				: { exposedHeaders: ["X-Request-Id", "Age", "ETag", "Retry-After"] }),
		};
	};

/** One that is missing here blocks every request of the page that sends it, also where the gateway would ignore it. */
const ALLOWED = [
	"Authorization",
	"Content-Type",
	// Asked for once it is long or quoted, as Apollo Client 3 accepts a multipart subscription: boundary="graphql".
	"Accept",
	"Content-Encoding",
	"X-Location-Id",
	"X-Request-Id",
	"X-Deadline-Ms",
	"Cache-Control",
	"If-None-Match",
	"Last-Event-ID",
	"Idempotency-Key",
	"X-Requested-With",
	// Apollo's clients, for the web and for phones; Hive's.
	"Apollo-Require-Preflight",
	"ApolloGraphQL-Client-Name",
	"ApolloGraphQL-Client-Version",
	"X-Apollo-Operation-Name",
	"X-Apollo-Operation-Id",
	"GraphQL-Client-Name",
	"GraphQL-Client-Version",
	// Sentry.
	"Sentry-Trace",
	"Baggage",
	// OpenTelemetry, with its propagators W3C, B3 and Jaeger.
	"Traceparent",
	"Tracestate",
	"B3",
	"X-B3-TraceId",
	"X-B3-SpanId",
	"X-B3-ParentSpanId",
	"X-B3-Sampled",
	"X-B3-Flags",
	"Uber-Trace-Id",
	// Datadog.
	"X-Datadog-Trace-Id",
	"X-Datadog-Parent-Id",
	"X-Datadog-Sampling-Priority",
	"X-Datadog-Origin",
	"X-Datadog-Tags",
];
