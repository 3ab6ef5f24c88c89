// Repeatable chance: one small generator per purpose, so that asking for less of one thing does not change another.

export interface Random {
	/** 0 up to but not including 1. */
	next(): number;
	/** A whole number from `min` to `max`, both included. */
	between(min: number, max: number): number;
	/** True with this probability. */
	chance(probability: number): boolean;
	pick<T>(from: readonly T[]): T;
	/** Up to `count` different members, in the order of the list. */
	some<T>(from: readonly T[], count: number): T[];
	text(length: number, alphabet: string): string;
}

export function random(seed: number, ...purpose: (string | number)[]): Random {
	let state = hash(`${seed}/${purpose.join("/")}`);
	// mulberry32: 32 bits of state are plenty for sample data.
	const next = () => {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
	};
	const between = (min: number, max: number) =>
		min + Math.floor(next() * (max - min + 1));
	const pick = <T>(from: readonly T[]): T => {
		const one = from[Math.floor(next() * from.length)];
		if (one === undefined)
			throw new Error("Cannot pick from an empty list; give at least one.");
		return one;
	};
	return {
		next,
		between,
		chance: (probability) => next() < probability,
		pick,
		some: (from, count) => {
			const chosen = new Set<number>();
			for (let i = 0; i < count && from.length > 0; i++)
				chosen.add(between(0, from.length - 1));
			return from.filter((_, index) => chosen.has(index));
		},
		text: (length, alphabet) => {
			let text = "";
			for (let i = 0; i < length; i++)
				text += alphabet[Math.floor(next() * alphabet.length)];
			return text;
		},
	};
}

/** FNV-1a, 32 bits. */
export function hash(text: string): number {
	let value = 0x811c9dc5;
	for (let i = 0; i < text.length; i++)
		value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
	return value >>> 0;
}
