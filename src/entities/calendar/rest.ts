/** What the Contacts API says about calendars: where appointments are booked. */
import type { Upstream } from "../../upstream/client.ts";
import { operation } from "../../upstream/operation.ts";
import {
	Amount,
	Flag,
	Id,
	maybe,
	part,
	type Static,
	Text,
	Type,
} from "../../upstream/shapes.ts";

const CalendarShape = Type.Object({
	id: Id,
	name: Text,
	description: Text,
	slug: Text,
	calendarType: Text,
	eventType: Text,
	eventTitle: Text,
	eventColor: Text,
	groupId: Text,
	isActive: Flag,
	slotDuration: Amount,
	slotDurationUnit: Text,
	slotInterval: Amount,
	slotIntervalUnit: Text,
	teamMembers: maybe(Type.Array(part({ userId: Text }))),
});

export type CalendarRow = Static<typeof CalendarShape>;

const listOperation = operation(
	"GET",
	"/calendars/",
	Type.Object({ calendars: Type.Array(CalendarShape) }),
);

/** Every calendar of the location, in one call [spec]. */
export const listCalendars = async (
	upstream: Upstream,
): Promise<CalendarRow[]> =>
	(
		await upstream.call(listOperation, {
			query: { locationId: upstream.locationId },
		})
	).calendars;
