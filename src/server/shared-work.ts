/** One piece of work for all who ask for the same within a moment. */

/** `kind` and `key` together say what is asked; the work of the first to ask answers the others. */
export type SharedWork<V> = (
	key: string,
	kind: object,
	work: () => Promise<V>,
) => Promise<V>;

const MOST = 1000;
// Long enough for a crowd that was woken together; what an event shows must not be older than it looks.
const MOMENT_MS = 1000;

export const createSharedWork = <V>(
	now: () => number = Date.now,
): SharedWork<V> => {
	const byKind = new WeakMap<
		object,
		Map<string, { at: number; answer: Promise<V> }>
	>();
	return (key, kind, work) => {
		let shared = byKind.get(kind);
		if (!shared) {
			shared = new Map();
			byKind.set(kind, shared);
		}
		const at = now();
		const known = shared.get(key);
		if (known && at - known.at < MOMENT_MS) return known.answer;
		shared.delete(key);
		// In the order of insertion, so the oldest go first.
		for (const [old, entry] of shared) {
			if (shared.size < MOST && at - entry.at < MOMENT_MS) break;
			shared.delete(old);
		}
		const answer = work();
		shared.set(key, { at, answer });
		return answer;
	};
};
