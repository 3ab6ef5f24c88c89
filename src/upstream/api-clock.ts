/** What time it is at the API, by the `Date` of its answers: what our write made cannot be older than the moment it was sent. */

export interface ApiClock {
	/** An answer came to what was sent at `sentAt` (by this machine's clock). */
	answered(date: unknown, sentAt: number): void;
	/** Milliseconds by this machine's clock. */
	now(): number;
	/** Epoch milliseconds at the API now, as early as it can be; null before the first answer. */
	earliest(): number | null;
}

// `Date` has whole seconds, and tells nothing of the part that has passed (RFC 9110, section 5.6.7).
const RESOLUTION_MS = 1000;
// The machines behind one API, and the one that stamps what is made, differ by some of it.
const SPREAD_MS = 100;
// Clocks drift apart by less than this much of the time that passes (100 ppm).
const DRIFT = 1e-4;

/** `now` may begin anywhere; it must not jump, or what was learnt is thrown away with the next answer. */
export const createApiClock = (now: () => number): ApiClock => {
	/** How far the API is ahead of `now`, between these two, as learnt at `at`. */
	let known: { least: number; most: number; at: number } | undefined;

	return {
		now,
		answered(date, sentAt) {
			const told = typeof date === "string" ? Date.parse(date) : Number.NaN;
			if (Number.isNaN(told)) return;
			const at = now();
			// It was stamped after it was sent, and before it arrived.
			const least = told - at;
			const most = told + RESOLUTION_MS - sentAt;
			const drift = known ? (at - known.at) * DRIFT : 0;
			const before = known && {
				least: known.least - drift,
				most: known.most + drift,
			};
			// One of the clocks was set: only the newest counts.
			known =
				!before || least > before.most || most < before.least
					? { least, most, at }
					: {
							least: Math.max(least, before.least),
							most: Math.min(most, before.most),
							at,
						};
		},
		earliest() {
			if (!known) return null;
			const at = now();
			return Math.floor(at + known.least - (at - known.at) * DRIFT - SPREAD_MS);
		},
	};
};
