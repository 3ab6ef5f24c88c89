/** Tells promises as graphql-js does: by their `then`. */
export const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
	(typeof value === "object" || typeof value === "function") &&
	typeof (value as Partial<PromiseLike<unknown>> | null)?.then === "function";
