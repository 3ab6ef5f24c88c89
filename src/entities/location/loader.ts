/** The location is read once per operation, and only when one of its own fields is asked for. */
import { TAG } from "../../cache/tags.ts";
import { onceForLocation } from "../../cost/field-cost.ts";
import { byId, loader } from "../../loading/loader.ts";
import { getLocation, type LocationRow } from "./rest.ts";

export const locationById = loader<string, LocationRow>({
	name: "locationById",
	ttl: "reference",
	cost: onceForLocation("location"),
	keyOf: byId,
	tags: () => [TAG.location],
	fetch: (ids, { upstream }) =>
		Promise.all(
			ids.map(() => getLocation(upstream).catch((error: Error) => error)),
		),
});
