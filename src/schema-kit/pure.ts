/**
 * `extensions: PURE` of a field whose value hangs on its object alone: not on its arguments, on who asks, on the time, or
 * on anything that is read. It is written once for each object of the cache, and its text is given to every caller from
 * then on (see executor/contract.ts); the context may be used for no more than the object's own location.
 */
export const PURE = { pure: true } as const;
