/** When tokens are renewed, how long that may take, and when it is tried again. */

export interface Timing {
	/** This long before the end, or up to twice as long, a token is renewed while it is still served. Default 300,000. */
	readonly earlyMs: number;
	/** A token with less than this left is not served any more. Default 10,000. */
	readonly leewayMs: number;
	/** A process that dies while it renews is replaced after this. Default 15,000: half of HighLevel's grace. */
	readonly leaseMs: number;
	/** How long a caller waits for a renewal, its own or another process's. Default 30,000. */
	readonly waitMs: number;
	/** How often a process looks whether another one has finished. Default 25. */
	readonly pollMs: number;
	/**
	 * After a renewal that failed, none is tried for half of this or more: twice as long after each further failure, up to
	 * `refusedRetryMs`. Default 2,000.
	 */
	readonly retryMs: number;
	/** The same where the grant was refused. Default 60,000. */
	readonly refusedRetryMs: number;
	/** A token younger than this that is refused is not renewed at once: another one would hardly do better. Default 10,000. */
	readonly freshMs: number;
}

export const TIMING: Timing = {
	earlyMs: 300_000,
	leewayMs: 10_000,
	leaseMs: 15_000,
	waitMs: 30_000,
	pollMs: 25,
	retryMs: 2_000,
	refusedRetryMs: 60_000,
	freshMs: 10_000,
};

/**
 * After so many failures. Half of it is chance, from 0 to 1, so that the many of an outage do not come back in step.
 */
export const backoffMs = (
	{ retryMs, refusedRetryMs }: Timing,
	tries: number,
	chance: number,
): number =>
	Math.min(
		refusedRetryMs,
		retryMs * 2 ** Math.max(0, Math.min(tries - 1, 10)),
	) *
	(0.5 + chance / 2);

/** This long before its end a token is renewed: those that were minted together do not all end their day together. */
export const earlyMs = (timing: Timing, id: string): number =>
	timing.earlyMs * (1 + shareOf(id));

/** The same for the same id, from 0 to 1. */
const shareOf = (id: string): number => {
	let sum = 0;
	for (let at = 0; at < id.length; at++)
		sum = (sum * 31 + id.charCodeAt(at)) % 997;
	return sum / 997;
};
