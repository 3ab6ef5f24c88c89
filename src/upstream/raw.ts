/** What a value was made of: the text of an answer, far smaller than its objects, from which the value can be made again. */
import { type Packed, unpacked } from "../packed.ts";
import type { Ids, Operation } from "./operation.ts";

export interface Raw {
	/** What the text takes in memory, or the value's share of it. */
	readonly bytes: number;
	/** It holds on to the text of others as well. */
	readonly isPart: boolean;
	/** Makes the value anew. */
	value(): unknown;
	/** It was asked for again. Once all that a text was made into was, what the API says next may be the same. */
	remember(): void;
}

/** What the calls of one read were answered with, by what was made of it: for whoever keeps it. */
export class Raws {
	readonly #of = new Map<unknown, Whole>();
	readonly #parts = new Map<unknown, Raw>();

	get(value: unknown): Raw | undefined {
		return this.#of.get(value) ?? this.#parts.get(value);
	}

	set(value: unknown, raw: Whole): void {
		this.#of.set(value, raw);
	}

	/** `part` is what `make` makes of `whole`, and takes `share` of its text, from 0 to 1. */
	part<W>(
		whole: W,
		part: unknown,
		share: number,
		make: (whole: W) => unknown,
	): void {
		const raw = this.#of.get(whole);
		if (raw)
			this.#parts.set(part, {
				bytes: Math.ceil(raw.bytes * share),
				isPart: share < 1,
				value: () => make(raw.value() as W),
				remember: () => raw.remember(share),
			});
	}
}

/** Of an answer as it came. */
export interface Whole extends Raw {
	remember(share?: number): void;
}

// Shares of a third each make one, give or take what numbers can hold.
const ALL = 1 - 1e-6;

/** `remember` is called at most once. */
export const rawOf = (
	operation: Operation<unknown>,
	ids: Ids,
	text: Packed,
	remember: () => void,
): Whole => {
	// Many parts are asked for together: the text is parsed once for all of them, and again for those that come later.
	let made: unknown;
	const forget = () => {
		made = undefined;
	};
	let askedAgain = 0;
	return {
		bytes: text.length,
		isPart: false,
		value() {
			if (made === undefined) {
				// It fitted the operation's shape when it came.
				made = operation.valueOf(JSON.parse(unpacked(text)), ids);
				setImmediate(forget);
			}
			return made;
		},
		remember(share = 1) {
			if (askedAgain >= ALL) return;
			askedAgain += share;
			if (askedAgain >= ALL) remember();
		},
	};
};
