/** Where in the answer a resolver is at work: how a loader, deep below, can tell which paths of an answer are stale. */
import { type ResponsePath, responsePathAsArray } from "graphql";

export type { ResponsePath };

let current: ResponsePath | undefined;

/** The field whose resolver runs now; undefined where the executor does not tell. */
export const currentPath = (): ResponsePath | undefined => current;

/** Set before a resolver is called, and taken back right after: what it does later must carry its place along. */
export const setCurrentPath = (path: ResponsePath | undefined): void => {
	current = path;
};

export const pathKeys = (
	path: ResponsePath | undefined,
): (string | number)[] => [...responsePathAsArray(path)];
