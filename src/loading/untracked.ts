/** Notices reads that no loader made: an answer that shows them hangs on no name, so it must not be kept. */
import type { CacheSession } from "../cache/session.ts";
import type { ChangeLog } from "../changes/change.ts";
import type { Upstream } from "../upstream/client.ts";

export const untracked = (
	upstream: Upstream,
	reads: CacheSession,
): Upstream => ({
	...upstream,
	rateLimit() {
		reads.untracked = true;
		return upstream.rateLimit();
	},
	call(operation, request) {
		reads.untracked = true;
		return upstream.call(operation, request);
	},
});

/** The log of changes grows without a name being dropped. */
export const untrackedLog = (
	log: ChangeLog,
	reads: CacheSession,
): ChangeLog => ({
	follow: log.follow,
	cursor(...of) {
		reads.untracked = true;
		return log.cursor(...of);
	},
	page(...of) {
		reads.untracked = true;
		return log.page(...of);
	},
});
