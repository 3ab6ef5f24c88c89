/** When those who were refused were told to come back, and how much is kept for them by then. */

/** What is kept for an operation until it is asked for again. */
export interface Place {
	/** What it asks for; whoever asks for the same has the place. */
	readonly asks: string;
	readonly calls: number;
	/** When it was told to come back. */
	readonly at: number;
	/** How long it waits then. */
	readonly patienceMs: number;
}

export interface Places {
	readonly size: number;
	of(asks: string, now: number): Place | undefined;
	/** The first place from `earliest` on. `callMs`: how long one call of the budget takes to come back. */
	take(place: Omit<Place, "at">, earliest: number, callMs: number): Place;
	release(asks: string): void;
	/** In the order of time; those whose time has long passed are gone. */
	inOrder(now: number): readonly Place[];
}

// Half of what comes is promised; the rest is for those who were not refused yet.
const PROMISED = 0.5;
// Whoever comes back later than this finds the place taken.
const KEPT_MS = 5_000;
// Beyond these nobody is told a time of his own.
const MOST = 1_000;

export const createPlaces = (): Places => {
	const byAsked = new Map<string, Place>();
	let sorted: Place[] = [];
	const forget = (now: number) => {
		const kept = sorted.findIndex(({ at }) => at + KEPT_MS > now);
		if (kept === 0 || sorted.length === 0) return;
		for (const { asks } of sorted.splice(0, kept < 0 ? sorted.length : kept))
			byAsked.delete(asks);
	};
	return {
		get size() {
			return sorted.length;
		},
		of(asks, now) {
			forget(now);
			return byAsked.get(asks);
		},
		take(place, earliest, callMs) {
			const spanOf = ({ calls }: Pick<Place, "calls">) =>
				(calls * callMs) / PROMISED;
			const span = spanOf(place);
			let at = earliest;
			let index = 0;
			for (const other of sorted) {
				if (other.at >= at + span) break;
				at = Math.max(at, other.at + spanOf(other));
				index++;
			}
			const taken = { ...place, at };
			if (sorted.length >= MOST) return taken;
			byAsked.set(place.asks, taken);
			sorted.splice(index, 0, taken);
			return taken;
		},
		release(asks) {
			const place = byAsked.get(asks);
			if (!place) return;
			byAsked.delete(asks);
			sorted = sorted.filter((one) => one !== place);
		},
		inOrder(now) {
			forget(now);
			return sorted;
		},
	};
};
