/**
 * The fragment cache: the text of pure fields of an object, by the plan of those fields and the object. It is written
 * once and given again from then on. It goes with its object, or when too much has gathered.
 */

/** A key for texts: neighbouring pure fields of one selection, or one list field. */
export type Fragment = object;

export interface FragmentCache {
	/**
	 * Whether the object was met before; from now on it was. Most objects are met once, and to remember something of each
	 * of those would cost more than writing them.
	 */
	hasMet(source: object): boolean;
	find(fragment: Fragment, source: object): string | undefined;
	keep(fragment: Fragment, source: object, text: string): void;
}

/** At most `most` characters are held; beyond that all are forgotten, and those still wanted come back. */
export const createFragmentCache = (most: number): FragmentCache => {
	const met = new WeakSet<object>();
	let texts = new WeakMap<Fragment, WeakMap<object, string>>();
	let held = 0;
	return {
		hasMet(source) {
			if (met.has(source)) return true;
			met.add(source);
			return false;
		},
		find: (fragment, source) => texts.get(fragment)?.get(source),
		keep(fragment, source, text) {
			// Put together from pieces a text is a tree of them; asked for one of its letters it becomes one piece.
			text.charCodeAt(text.length - 1);
			held += text.length;
			if (held > most) {
				texts = new WeakMap();
				held = text.length;
			}
			let own = texts.get(fragment);
			if (!own) {
				own = new WeakMap();
				texts.set(fragment, own);
			}
			own.set(source, text);
		},
	};
};
