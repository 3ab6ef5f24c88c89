/** The location is read once per operation, and only when one of its own fields is asked for. */
import { NAME } from "../../change.ts";
import { byId, loader } from "../../graphql/loader.ts";
import { getLocation, type LocationRow } from "./rest.ts";

export const locationById = loader<string, LocationRow>({
	freshness: "reference",
	spell: byId,
	names: () => [NAME.location],
	fetch: (ids, { upstream }) =>
		Promise.all(
			ids.map(() => getLocation(upstream).catch((error: Error) => error)),
		),
});
