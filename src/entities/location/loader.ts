/** The location is read once per operation, and only when one of its own fields is asked for. */
import { TAG } from "../../cache/tags.ts";
import { onceForLocation } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
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

/** Another of the viewer's locations; once an operation. */
export const otherLocation = (
	locationId: string,
	context: Context,
): Promise<LocationRow> => {
	const read = context.loads.of("otherLocations", () => new Map());
	const known: Promise<LocationRow> | undefined = read.get(locationId);
	if (known) return known;
	const location = getLocation(context.upstreamOf(locationId));
	read.set(locationId, location);
	return location;
};
