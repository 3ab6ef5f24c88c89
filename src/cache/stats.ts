/** Counts what the cache does, so that anyone can see whether it earns its memory. */

/** Served values and answers by their age: how many were at most this many seconds old, the last without limit. */
export const AGE_BUCKETS_S = [1, 5, 15, 30, 60, 120, 300, 900] as const;

/** Everything since the process started; bytes and entries as of now. */
export interface CacheStats {
	readonly values: {
		readonly hits: number;
		readonly misses: number;
		/** Reads that waited for one already under way instead of making their own. */
		readonly shared: number;
		/** Served past their TTL, because the upstream was down or out of budget. */
		readonly stale: number;
		/** Read but not kept, because one of their names moved meanwhile. */
		readonly overtaken: number;
	};
	readonly answers: { readonly hits: number; readonly misses: number };
	/** Tags invalidated by mutations, webhooks and reconciliation, each time counted. */
	readonly invalidations: number;
	readonly evictions: number;
	readonly entries: number;
	readonly bytes: number;
	/** Of values and answers: what was said has the rest of `CACHE_MAX_BYTES`. */
	readonly ceilingBytes: number;
	/** Counts beside AGE_BUCKETS_S, plus one for all older ones. */
	readonly ages: readonly number[];
}

export interface Counters {
	hits: number;
	misses: number;
	shared: number;
	stale: number;
	overtaken: number;
	answerHits: number;
	answerMisses: number;
	evictions: number;
	readonly ages: number[];
}

export const counters = (): Counters => ({
	hits: 0,
	misses: 0,
	shared: 0,
	stale: 0,
	overtaken: 0,
	answerHits: 0,
	answerMisses: 0,
	evictions: 0,
	ages: [...AGE_BUCKETS_S.map(() => 0), 0],
});

export const countAge = ({ ages }: Counters, ageMs: number): void => {
	let bucket = 0;
	while (
		bucket < AGE_BUCKETS_S.length &&
		ageMs > (AGE_BUCKETS_S[bucket] as number) * 1000
	)
		bucket++;
	ages[bucket] = (ages[bucket] ?? 0) + 1;
};
