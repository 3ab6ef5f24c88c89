/** What webhooks say about appointments, which they nest under `appointment`. */

import type {
	ChangeKind,
	ChangeReader,
	DeliveryBody,
} from "../../changes/change.ts";
import { idIn, idMaybeIn } from "../contact/events.ts";
import {
	APPOINTMENTS_OF_ANY,
	appointmentsOfContact,
	appointmentTag,
	BOOKINGS,
} from "./tags.ts";

const about =
	(kind: ChangeKind): ChangeReader =>
	(body) => {
		const appointment = (body.appointment ?? body) as DeliveryBody;
		const subjectId = idIn(appointment, "id");
		const contactId = idMaybeIn(appointment, "contactId");
		return {
			kind,
			contactId,
			subjectId,
			tags: [
				appointmentTag(subjectId),
				contactId === undefined
					? APPOINTMENTS_OF_ANY
					: appointmentsOfContact(contactId),
				BOOKINGS,
			],
		};
	};

/** By the sender's type. */
export const appointmentReaders: Readonly<Record<string, ChangeReader>> = {
	AppointmentCreate: about("APPOINTMENT_CREATED"),
	AppointmentUpdate: about("APPOINTMENT_UPDATED"),
	AppointmentDelete: about("APPOINTMENT_DELETED"),
};
