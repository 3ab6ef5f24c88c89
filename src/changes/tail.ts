/** The newest changes of one location, kept once for all who follow it: the bounded queue of every subscriber is a place in it. */
import type { ChangeEvent } from "./change.ts";

export interface Placed {
	readonly seq: number;
	/** Of its payload. */
	readonly bytes: number;
	readonly event: ChangeEvent;
}

export interface Tail {
	/** Everything of the location behind this place is in memory. */
	readonly since: number;
	/** Ordinal of the first change kept, and of the one to come. */
	readonly first: number;
	readonly next: number;
	at(ordinal: number): Placed;
	/** Ordinal of the first change behind `seq`, which must not lie before `since`. */
	behind(seq: number): number;
	push(placed: Placed): void;
	/** `wake` is called after every push, synchronously, until the returned function is called. */
	onPush(wake: () => void): () => void;
}

// A location whose payloads are huge keeps fewer of them.
const MOST_BYTES = 16 * 1024 * 1024;

/** `start`: nothing before it is in memory. `size`: how many are kept. `idle` is called when nobody follows any more. */
export const createTail = (
	start: number,
	size: number,
	idle: () => void,
): Tail => {
	let kept: Placed[] = [];
	let first = 0;
	let since = start;
	let bytes = 0;
	const wakes = new Set<() => void>();

	// Cut in blocks, since taking one off the front of an array moves all the others.
	const trim = () => {
		if (kept.length <= size * 2 && bytes <= MOST_BYTES) return;
		const cut = Math.max(kept.length - size, kept.length >> 1);
		for (const gone of kept.slice(0, cut)) bytes -= gone.bytes;
		since = (kept[cut - 1] as Placed).seq;
		kept = kept.slice(cut);
		first += cut;
	};

	return {
		get since() {
			return since;
		},
		get first() {
			return first;
		},
		get next() {
			return first + kept.length;
		},
		at: (ordinal) => kept[ordinal - first] as Placed,
		behind(seq) {
			let low = 0;
			let high = kept.length;
			while (low < high) {
				const middle = (low + high) >>> 1;
				if ((kept[middle] as Placed).seq <= seq) low = middle + 1;
				else high = middle;
			}
			return first + low;
		},
		push(placed) {
			kept.push(placed);
			bytes += placed.bytes;
			trim();
			for (const wake of wakes) wake();
		},
		onPush(wake) {
			wakes.add(wake);
			return () => {
				if (wakes.delete(wake) && wakes.size === 0) idle();
			};
		},
	};
};
