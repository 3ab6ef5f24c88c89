/** Appointments cost one call a contact, or one call each by id: HighLevel has no bulk read for them. */
import { NAME } from "../../change.ts";
import { byId, loader } from "../../graphql/loader.ts";
import { type Appointment, getAppointment, listAppointments } from "./rest.ts";

/** All appointments of a contact; null when the contact is gone. */
export const appointmentsByContact = loader<string, Appointment[] | null>({
	freshness: "webhook",
	spell: byId,
	names: (contactId) => [
		NAME.appointmentsOf(contactId),
		NAME.appointmentsOfAny,
	],
	fetch: (contactIds, { upstream }) =>
		Promise.all(
			contactIds.map((id) =>
				listAppointments(upstream, id).catch((error: Error) => error),
			),
		),
});

/** One appointment; null when it is gone. */
export const appointmentById = loader<string, Appointment | null>({
	freshness: "webhook",
	spell: byId,
	names: (id) => [NAME.appointment(id), NAME.appointments],
	fetch: (ids, { upstream }) =>
		Promise.all(
			ids.map((id) =>
				getAppointment(upstream, id).catch((error: Error) => error),
			),
		),
});
