/** Calendars are few: one list answers for all of them. */
import { NAME } from "../../change.ts";
import type { Context } from "../../graphql/context.ts";
import { byId, loader, whenRead } from "../../graphql/loader.ts";
import { type CalendarRow, listCalendars } from "./rest.ts";

const calendarsByLocation = loader<string, CalendarRow[]>({
	freshness: "reference",
	spell: byId,
	names: () => [NAME.calendars],
	fetch: (ids, { upstream }) =>
		Promise.all(
			ids.map(() => listCalendars(upstream).catch((error: Error) => error)),
		),
});

export const allCalendars = (
	context: Context,
): CalendarRow[] | Promise<CalendarRow[]> =>
	calendarsByLocation.load(context, context.viewer.locationId);

/** Null for a calendar that is gone. */
export const calendarById = (
	context: Context,
	id: string,
): CalendarRow | null | Promise<CalendarRow | null> =>
	whenRead(
		allCalendars(context),
		(all) => all.find((calendar) => calendar.id === id) ?? null,
	);
