/** Appointments as whoever looks for missed changes sees them: no search finds them by their date, but calendars list them. */

import { childTags, TAG } from "../../cache/tags.ts";
import type { DatedObservation } from "../../reconcile/observation.ts";
import { instantOf } from "../../schema-kit/instant.ts";
import type { Upstream } from "../../upstream/client.ts";
import { textOf } from "../../upstream/shapes.ts";
import { listCalendars } from "../calendar/rest.ts";
import { tagsOfMembers } from "../contact/invalidation.ts";
import { type Appointment, listEvents } from "./rest.ts";
import { appointmentsOfContact, appointmentTag, BOOKINGS } from "./tags.ts";

export const calendarsWithAppointments = async (
	upstream: Upstream,
): Promise<string[]> => (await listCalendars(upstream)).map(({ id }) => id);

/** The appointments of a calendar that start within the span. */
export const appointmentObservations = async (
	upstream: Upstream,
	calendarId: string,
	span: { readonly from: number; readonly to: number },
): Promise<DatedObservation[]> =>
	(await listEvents(upstream, { calendarId }, span)).map(sighting);

const sighting = (event: Appointment): DatedObservation => {
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
			tags: [
				...ids.map(appointmentTag),
				BOOKINGS,
				...(contactId === null ? [] : [appointmentsOfContact(contactId)]),
			],
			notifiedBy: ids.map(appointmentTag),
			related: [
				...ids.flatMap((one) => childTags(appointmentTag, one)),
				...(contactId === null
					? []
					: [
							...tagsOfMembers([contactId]),
							...childTags(TAG.contact, contactId),
						]),
			],
			// [docs] There is one for each of created, updated and deleted.
			alwaysNotified: true,
		}),
	};
};
