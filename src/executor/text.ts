/** The text of an object or a list whose pieces are promised in part. */
import { type Run, track } from "./run.ts";

/** At hand, or promised. */
export type Text = string | Promise<string>;

/**
 * All pieces as one text; rejected as soon as one of them is. What `Promise.all` does, in as many turns of the queue, and
 * the pieces are put together within the last of them.
 */
export const joined = (pieces: Text[], run: Run): Promise<string> =>
	new Promise((resolve, reject) => {
		let left = 0;
		const fail = (error: unknown): void => {
			track(run, pieces);
			reject(error);
		};
		for (let index = 0; index < pieces.length; index++) {
			const piece = pieces[index] as Text;
			if (typeof piece === "string") continue;
			left++;
			piece.then((text) => {
				pieces[index] = text;
				if (--left > 0) return;
				let whole = "";
				for (const one of pieces) whole += one;
				resolve(whole);
			}, fail);
		}
	});
