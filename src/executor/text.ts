/** The text of an object or a list in the making: pieces at hand are put together at once, promised ones are waited for. */
import type { Run } from "./run.ts";

export type Text = string | Promise<string>;

export class Writing {
	text = "";
	#parts: Text[] | undefined;

	add(piece: Text): void {
		if (typeof piece === "string") {
			this.text += piece;
			return;
		}
		this.#parts ??= [];
		this.#parts.push(this.text, piece);
		this.text = "";
	}

	/** All of another, and what comes behind it. */
	append(other: Writing): void {
		for (const part of other.#parts ?? []) this.add(part);
		this.text += other.text;
	}

	get isAtHand(): boolean {
		return this.#parts === undefined;
	}

	/** It has failed: nobody will wait for what it has begun. */
	abandon(run: Run): void {
		if (this.#parts) run.track(this.#parts);
	}

	/** The text; rejected as soon as one of its pieces is. Takes as many turns of the queue as `Promise.all` does. */
	end(run: Run): Text {
		const parts = this.#parts;
		if (!parts) return this.text;
		parts.push(this.text);
		return new Promise((resolve, reject) => {
			let left = 0;
			const fail = (error: unknown): void => {
				run.track(parts);
				reject(error);
			};
			for (let index = 0; index < parts.length; index++) {
				const part = parts[index] as Text;
				if (typeof part === "string") continue;
				left++;
				part.then((text) => {
					parts[index] = text;
					if (--left > 0) return;
					let whole = "";
					for (const one of parts) whole += one;
					resolve(whole);
				}, fail);
			}
		});
	}
}
