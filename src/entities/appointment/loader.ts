/** Appointments cost one call a contact, or one call each by id: HighLevel has no bulk read for them. */
import { byId, loader } from "../../loading/loader.ts";
import { type Appointment, getAppointment, listAppointments } from "./rest.ts";
import {
	APPOINTMENTS,
	APPOINTMENTS_OF_ANY,
	appointmentsOfContact,
	appointmentTag,
} from "./tags.ts";

/** All appointments of a contact; null when the contact is gone. */
export const appointmentsByContact = loader<string, Appointment[] | null>({
	name: "appointmentsByContact",
	ttl: "webhook",
	keyOf: byId,
	tags: (contactId) => [appointmentsOfContact(contactId), APPOINTMENTS_OF_ANY],
	fetch: (contactIds, { upstream }) =>
		Promise.all(
			contactIds.map((id) =>
				listAppointments(upstream, id).catch((error: Error) => error),
			),
		),
});

/** One appointment; null when it is gone. */
export const appointmentById = loader<string, Appointment | null>({
	name: "appointmentById",
	ttl: "webhook",
	keyOf: byId,
	tags: (id) => [appointmentTag(id), APPOINTMENTS],
	fetch: (ids, { upstream }) =>
		Promise.all(
			ids.map((id) =>
				getAppointment(upstream, id).catch((error: Error) => error),
			),
		),
});
