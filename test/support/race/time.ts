/** A clock that only the test moves, and the things that fall due on it, in an order the seed decides. */

export interface VirtualTime {
	/** Epoch milliseconds, whole ones. */
	now(): number;
	/** Runs `then` when the clock gets there; returns the way to call it off. */
	at(ms: number, then: () => void): () => void;
	/** Resolves `ms` later by this clock. */
	sleep(ms: number): Promise<void>;
	/** Moves the clock on; everything that falls due runs at its own time, with all that follows from it. */
	pass(ms: number): Promise<void>;
}

export const virtualTime = (start: number): VirtualTime => {
	let now = start;
	let order = 0;
	// Sorted, latest first, so that the next one is taken from the end.
	const due: Due[] = [];
	const at = (when: number, then: () => void) => {
		const one: Due = { at: when, order: order++, run: then };
		let low = 0;
		let high = due.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			const other = due[middle];
			if (other && other.at > one.at) low = middle + 1;
			else high = middle;
		}
		due.splice(low, 0, one);
		return () => {
			one.run = undefined;
		};
	};
	return {
		now: () => Math.floor(now),
		at,
		sleep: (ms) =>
			new Promise((resolve) => {
				at(now + ms, resolve);
			}),
		async pass(ms) {
			const until = now + ms;
			await settled();
			for (let next = due.at(-1); next && next.at <= until; next = due.at(-1)) {
				due.pop();
				if (!next.run) continue;
				now = Math.max(now, next.at);
				next.run();
				await settled();
			}
			now = until;
		},
	};
};

interface Due {
	readonly at: number;
	readonly order: number;
	/** Undefined once it was called off. */
	run: (() => void) | undefined;
}

/** After this, every promise and tick that could go on without time has. */
const settled = (): Promise<void> =>
	new Promise((resolve) => setImmediate(resolve));

/** mulberry32: the same seed, the same story. */
export const chance = (seed: number): (() => number) => {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
};
