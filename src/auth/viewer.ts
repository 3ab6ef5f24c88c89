/** The caller, as everything behind authentication sees it. */

/** Who is calling us: the verified claims of the bearer token, and the one location this request is about. */
export interface Viewer {
	readonly subject: string;
	readonly locationId: string;
	/** All that the token covers and this gateway serves, `locationId` among them; none for an operator without one. */
	readonly locations: readonly string[];
	readonly scopes: ReadonlySet<string>;
	/** Epoch milliseconds: what lives longer than a request ends then. */
	readonly expiresAtMs: number;
}
