/** Appointments as whoever looks for missed changes sees them: no search finds them by their date, but calendars list them. */
import { type DatedSighting, NAME } from "../../change.ts";
import { instantOf } from "../../graphql/instant.ts";
import type { Upstream } from "../../upstream/client.ts";
import { textOf } from "../../upstream/shapes.ts";
import { listCalendars } from "../calendar/rest.ts";
import { namesOfMembers } from "../contact/touched.ts";
import { type Appointment, listEvents } from "./rest.ts";

export const calendarsWithAppointments = async (
	upstream: Upstream,
): Promise<string[]> => (await listCalendars(upstream)).map(({ id }) => id);

/** The appointments of a calendar that start within the span. */
export const appointmentSightings = async (
	upstream: Upstream,
	calendarId: string,
	span: { readonly from: number; readonly to: number },
): Promise<DatedSighting[]> =>
	(await listEvents(upstream, calendarId, span)).map(sighting);

const sighting = (event: Appointment): DatedSighting => {
	// Taken out here, so that what is kept until the next look is not the whole row.
	const { id, dateUpdated, startTime, deleted = false } = event;
	const contactId = textOf(event.contactId);
	const masterId = textOf(event.masterEventId);
	const ids = masterId === null ? [id] : [id, masterId];
	return {
		id,
		// [recorded] One that is deleted may stay in the list.
		state: `${dateUpdated} ${startTime} ${deleted}`,
		updatedAt: instantOf(dateUpdated) ?? undefined,
		at: instantOf(startTime) ?? Number.NaN,
		touches: () => ({
			names: [
				...ids.map(NAME.appointment),
				...(contactId === null ? [] : [NAME.appointmentsOf(contactId)]),
			],
			told: ids.map(NAME.appointment),
			around: [
				...ids.map(NAME.appointmentNotes),
				...(contactId === null
					? []
					: [
							...namesOfMembers([contactId]),
							NAME.tasksOf(contactId),
							NAME.notesOf(contactId),
						]),
			],
			// [docs] There is one for each of created, updated and deleted.
			alwaysTold: true,
		}),
	};
};
