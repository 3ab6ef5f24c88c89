/** A batch of keys that is being read, as the cache shows it to others who want some of them. */
import type { CacheEntry, InFlightRead } from "../cache/entry.ts";
import type { FetchContext } from "./context.ts";

export type BatchResult = readonly (CacheEntry | Error)[];

/** One key of the batch. */
export const inFlightRead = (
	batch: Promise<BatchResult>,
	index: number,
	{
		tags,
		context: { snapshot, upstream },
		isRefresh,
	}: {
		readonly tags: readonly string[];
		readonly context: FetchContext;
		readonly isRefresh: boolean;
	},
): InFlightRead => ({
	tags,
	seq: snapshot.seq,
	readAt: snapshot.readAt,
	isRefresh,
	async result() {
		const entry = (await batch)[index] as CacheEntry | Error;
		if (entry instanceof Error) throw entry;
		return entry;
	},
	isAborted: () => upstream.signal?.aborted ?? false,
});
