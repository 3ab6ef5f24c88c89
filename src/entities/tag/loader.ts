/** Tags are read as one list for the whole location. */
import { TAG } from "../../cache/tags.ts";
import { onceForLocation } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import { byId, loader } from "../../loading/loader.ts";
import { listTags, type TagRow } from "./rest.ts";

export const tagsByLocation = loader<string, TagRow[]>({
	name: "tagsByLocation",
	ttl: "reference",
	cost: onceForLocation("tags"),
	keyOf: byId,
	tags: () => [TAG.tags],
	fetch: (ids, { upstream }) =>
		Promise.all(
			ids.map(() => listTags(upstream).catch((error: Error) => error)),
		),
});

export const allTags = (context: Context): TagRow[] | Promise<TagRow[]> =>
	tagsByLocation.load(context, context.viewer.locationId);
