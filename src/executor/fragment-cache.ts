/**
 * Remembers how objects of the cache were written: an object that is kept is written once for each selection, and from
 * then on its text is given again. It goes with its object, or when too much has gathered.
 */

/** A key for texts: one run of fields of one selection. */
export type Written = object;

export interface Texts {
	find(what: Written, source: object): string | undefined;
	keep(what: Written, source: object, text: string): void;
}

/** At most `most` characters are held; beyond that all are forgotten, and those still wanted come back. */
export const createTexts = (most: number): Texts => {
	let texts = new WeakMap<Written, WeakMap<object, string>>();
	let held = 0;
	return {
		find: (what, source) => texts.get(what)?.get(source),
		keep(what, source, text) {
			// Put together from pieces a text is a tree of them; asked for one of its letters it becomes one piece.
			text.charCodeAt(text.length - 1);
			held += text.length;
			if (held > most) {
				texts = new WeakMap();
				held = text.length;
			}
			let own = texts.get(what);
			if (!own) {
				own = new WeakMap();
				texts.set(what, own);
			}
			own.set(source, text);
		},
	};
};
