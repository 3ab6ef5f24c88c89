/** The order in which waiting work is served: by lane, then fairly between callers, then first come. */

/** In order of importance. */
export const LANES = [
	"mutation",
	"query",
	"subscription",
	"background",
] as const;

export type Lane = (typeof LANES)[number];

/** One operation's place in the order. */
export interface Place {
	readonly lane: Lane;
	readonly subject: string;
	/** Lower is served first within a lane. */
	readonly tag: number;
}

export interface Fairness {
	/** A place for an operation that may make up to `calls`. */
	place(lane: Lane, subject: string, calls: number): Place;
	/** Called for every call that is sent, so that newcomers start beside those being served, not before everyone. */
	served(place: Place): void;
	/** The operation ended with this many calls fewer than its place was reckoned for. */
	unused(place: Place, calls: number): void;
}

/**
 * Fair queueing by start tags: a caller's next operation starts, in virtual time, where its last one ends, so who asks
 * for twice as much waits twice as long and nobody else does.
 */
export const createFairness = (): Fairness => {
	const lanes = new Map(
		LANES.map((lane) => [lane, { time: 0, ends: new Map<string, number>() }]),
	);
	const of = (lane: Lane) =>
		lanes.get(lane) as { time: number; ends: Map<string, number> };
	return {
		place(lane, subject, calls) {
			const { time, ends } = of(lane);
			const tag = Math.max(time, ends.get(subject) ?? 0);
			ends.set(subject, tag + Math.max(1, calls));
			return { lane, subject, tag };
		},
		served({ lane, tag }) {
			const state = of(lane);
			if (tag <= state.time) return;
			state.time = tag;
			// Callers who have caught up start at the lane's time anyway.
			for (const [subject, end] of state.ends)
				if (end <= tag) state.ends.delete(subject);
		},
		unused({ lane, subject }, calls) {
			const { ends } = of(lane);
			const end = ends.get(subject);
			if (end !== undefined && calls > 0) ends.set(subject, end - calls);
		},
	};
};

/** Negative when `a` is served before `b`. */
export const compare = (a: Place, b: Place): number =>
	LANES.indexOf(a.lane) - LANES.indexOf(b.lane) || a.tag - b.tag;
