/** The cache tags of appointments. */
import { childOf, TAG, type TagOf } from "../../cache/tags.ts";

/** Every appointment read by its own id: those of a contact that is deleted go with it, and nobody names them. */
export const APPOINTMENTS = "appointments";

/** Every contact's list of appointments: one was written, and nobody knows whose it is. */
export const APPOINTMENTS_OF_ANY = "contacts/appointments";

/** Whatever shows appointments of many contacts, or what they leave free: windows of time, and free slots. */
export const BOOKINGS = "appointments/bookings";

export const appointmentTag: TagOf = (id) => `appointment/${id}`;

export const appointmentsOfContact = childOf(
	TAG.contact,
	"appointments",
	APPOINTMENTS,
	BOOKINGS,
);
