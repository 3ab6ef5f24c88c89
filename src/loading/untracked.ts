/** What a resolver reads without a loader depends on no cache tag: using it marks the answer as not to be kept. */
import type { CacheSession } from "../cache/session.ts";
import type { ChangeLog } from "../changes/change.ts";
import type { Upstream } from "../upstream/client.ts";

export const untracked = (
	upstream: Upstream,
	cache: CacheSession,
): Upstream => ({
	...upstream,
	rateLimit() {
		cache.useUntracked();
		return upstream.rateLimit();
	},
	call(operation, request) {
		cache.useUntracked();
		return upstream.call(operation, request);
	},
});

/** The log of changes grows without a tag being invalidated. */
export const untrackedLog = (
	log: ChangeLog,
	cache: CacheSession,
): ChangeLog => ({
	follow: log.follow,
	cursor(...of) {
		cache.useUntracked();
		return log.cursor(...of);
	},
	page(...of) {
		cache.useUntracked();
		return log.page(...of);
	},
});
