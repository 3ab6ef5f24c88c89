/** Keeps the values of a label few: a metric has a time series for each, for as long as the process lives. */

export const OTHER = "other";

/** The first `most` values stand for themselves, all later ones are `other`. */
export const bounded = (most: number): ((value: string) => string) => {
	const known = new Set<string>();
	return (value) => {
		if (known.has(value)) return value;
		if (known.size >= most) return OTHER;
		known.add(value);
		return value;
	};
};
