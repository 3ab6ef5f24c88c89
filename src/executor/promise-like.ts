/** Tells promises as graphql-js does: by their `then`. */
export const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
	typeof (value as { then?: unknown } | null | undefined)?.then === "function";
