/** A bounded memory of what was used last, so that nothing a caller sends can grow the process without limit. */

export interface Recent<K, V> {
	get(key: K): V | undefined;
	/** `weight` counts against the bound; the entries longest unused go first. */
	set(key: K, value: V, weight?: number): void;
	delete(key: K): void;
}

export const recent = <K, V>(maxWeight: number): Recent<K, V> => {
	// A Map keeps insertion order; re-inserting on every use makes its first entry the one longest unused.
	const entries = new Map<K, { value: V; weight: number }>();
	let total = 0;
	let newest: K | undefined;

	const remove = (key: K) => {
		const entry = entries.get(key);
		if (!entry) return;
		entries.delete(key);
		total -= entry.weight;
	};

	return {
		get(key) {
			const entry = entries.get(key);
			if (!entry) return undefined;
			if (key !== newest) {
				entries.delete(key);
				entries.set(key, entry);
				newest = key;
			}
			return entry.value;
		},
		set(key, value, weight = 1) {
			remove(key);
			if (weight > maxWeight) return;
			entries.set(key, { value, weight });
			newest = key;
			total += weight;
			for (const oldest of entries.keys()) {
				if (total <= maxWeight) break;
				remove(oldest);
			}
		},
		delete: remove,
	};
};
