/** Calendars are few: one list answers for all of them. */
import { TAG } from "../../cache/tags.ts";
import { onceForLocation } from "../../cost/field-cost.ts";
import type { Context } from "../../loading/context.ts";
import { byId, loader, whenLoaded } from "../../loading/loader.ts";
import type { LocationFacts } from "../../upstream/location-facts.ts";
import { type CalendarRow, listCalendars } from "./rest.ts";

export const calendarsByLocation = loader<string, CalendarRow[]>({
	name: "calendarsByLocation",
	ttl: "reference",
	cost: onceForLocation("calendars"),
	keyOf: byId,
	tags: () => [TAG.calendars],
	fetch: (ids, { upstream }) =>
		Promise.all(
			ids.map(() =>
				listCalendars(upstream).then(
					(calendars) => {
						noteCount(upstream.facts, calendars.length);
						return calendars;
					},
					(error: Error) => error,
				),
			),
		),
});

const SEEN = "calendars";

/** The most calendars that this process saw the location have. */
export const calendarsSeen = ({ seen }: LocationFacts): number =>
	seen.get(SEEN) ?? 0;

const noteCount = (facts: LocationFacts, count: number): void => {
	if (count > calendarsSeen(facts)) facts.seen.set(SEEN, count);
};

export const allCalendars = (
	context: Context,
): CalendarRow[] | Promise<CalendarRow[]> =>
	calendarsByLocation.load(context, context.viewer.locationId);

/** Null for a calendar that is gone. */
export const calendarById = (
	context: Context,
	id: string,
): CalendarRow | null | Promise<CalendarRow | null> =>
	whenLoaded(
		allCalendars(context),
		(all) => all.find((calendar) => calendar.id === id) ?? null,
	);
