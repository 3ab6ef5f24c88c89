/** Tells the caller which parts of an answer are past their TTL. */
import type { Context } from "./context.ts";
import { pathKeys, type ResponsePath } from "./response-path.ts";

/** The paths of an answer that show stale values; an empty path where the executor did not tell. */
export const stalePaths = ({ cache }: Context): (string | number)[][] => {
	const unique = new Map<string, (string | number)[]>();
	for (const paths of cache.stale)
		for (const path of paths) {
			const keys = pathKeys(path as ResponsePath | undefined);
			unique.set(JSON.stringify(keys), keys);
		}
	return [...unique.values()];
};

/** For the extensions of an answer; undefined when nothing in it is stale. */
export const staleIn = (
	context: Context,
): { stale: (string | number)[][] } | undefined =>
	context.cache.stale.size ? { stale: stalePaths(context) } : undefined;
