/** Tags are read as one list for the whole location. */
import { NAME } from "../../change.ts";
import type { Context } from "../../graphql/context.ts";
import { byId, loader } from "../../graphql/loader.ts";
import { listTags, type TagRow } from "./rest.ts";

const tagsByLocation = loader<string, TagRow[]>({
	freshness: "reference",
	spell: byId,
	names: () => [NAME.tags],
	fetch: (ids, { upstream }) =>
		Promise.all(
			ids.map(() => listTags(upstream).catch((error: Error) => error)),
		),
});

export const allTags = (context: Context): TagRow[] | Promise<TagRow[]> =>
	tagsByLocation.load(context, context.viewer.locationId);
