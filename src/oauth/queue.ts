/** Lets a few work at once and the others wait their turn. */

/** Runs at most `places` at once, the others in the order in which they came. */
export const queue = (places: number) => {
	let free = places;
	const waiting: (() => void)[] = [];
	return async <T>(work: () => Promise<T>): Promise<T> => {
		if (free > 0) free--;
		else await new Promise<void>((resolve) => waiting.push(resolve));
		try {
			return await work();
		} finally {
			const next = waiting.shift();
			if (next) next();
			else free++;
		}
	};
};
