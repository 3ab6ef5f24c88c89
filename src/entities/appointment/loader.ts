/** Appointments cost one call a contact, or one call each by id: HighLevel has no bulk read for them. */
import { TAG } from "../../cache/tags.ts";
import { byId, loader } from "../../loading/loader.ts";
import { type Appointment, getAppointment, listAppointments } from "./rest.ts";

/** All appointments of a contact; null when the contact is gone. */
export const appointmentsByContact = loader<string, Appointment[] | null>({
	ttl: "webhook",
	keyOf: byId,
	tags: (contactId) => [TAG.appointmentsOf(contactId), TAG.appointmentsOfAny],
	fetch: (contactIds, { upstream }) =>
		Promise.all(
			contactIds.map((id) =>
				listAppointments(upstream, id).catch((error: Error) => error),
			),
		),
});

/** One appointment; null when it is gone. */
export const appointmentById = loader<string, Appointment | null>({
	ttl: "webhook",
	keyOf: byId,
	tags: (id) => [TAG.appointment(id), TAG.appointments],
	fetch: (ids, { upstream }) =>
		Promise.all(
			ids.map((id) =>
				getAppointment(upstream, id).catch((error: Error) => error),
			),
		),
});
