/** What a caller says about freshness, in HTTP's own words (RFC 9111, section 5.2.1). */
import { ANY_AGE, type CacheControl } from "../cache/session.ts";

/** `max-age=N`, `no-cache` and `no-store` count; anything else is left to whoever stands between us and the caller. */
export const cacheControlOf = (header: string | undefined): CacheControl => {
	if (header === undefined) return ANY_AGE;
	let { maxAgeMs, noCache, mayStore } = ANY_AGE;
	for (const part of header.split(",")) {
		const [name = "", value] = part.trim().toLowerCase().split("=");
		if (name === "no-cache") noCache = true;
		else if (name === "no-store") {
			noCache = true;
			mayStore = false;
		} else if (name === "max-age" && value !== undefined) {
			// A value may stand in quotes; one that is no number is ignored.
			const seconds = /^"?(\d{1,9})"?$/.exec(value)?.[1];
			if (seconds !== undefined) maxAgeMs = Number(seconds) * 1000;
		}
	}
	// Nothing can be read in the future: an age of 0 asks for what was read since the request came.
	return { maxAgeMs, noCache: noCache || maxAgeMs === 0, mayStore };
};
