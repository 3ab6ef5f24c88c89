/** Where in the answer a resolver is at work: how a loader, deep below, can tell which paths of an answer are stale. */

/** A path as a chain, last key first: made for every object and list item, spelled out only for errors. */
export interface ResponsePath {
	readonly above: ResponsePath | undefined;
	readonly key: string | number;
}

let current: ResponsePath | undefined;

/** The field whose resolver runs now; undefined where the executor does not tell. */
export const currentPath = (): ResponsePath | undefined => current;

/** Set before a resolver is called, and taken back right after: what it does later must carry its place along. */
export const setCurrentPath = (place: ResponsePath | undefined): void => {
	current = place;
};

export const pathKeys = (
	place: ResponsePath | undefined,
): (string | number)[] => {
	const path: (string | number)[] = [];
	for (let at = place; at; at = at.above) path.push(at.key);
	return path.reverse();
};
