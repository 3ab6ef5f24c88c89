/** What webhooks say about appointments, which they nest under `appointment`. */

import type {
	ChangeKind,
	ChangeReader,
	DeliveryBody,
} from "../../changes/change.ts";
import { idIn } from "../contact/events.ts";
import { appointmentsOfContact, appointmentTag, BOOKINGS } from "./tags.ts";

const about =
	(kind: ChangeKind): ChangeReader =>
	({ appointment }) => {
		const nested = (appointment ?? {}) as DeliveryBody;
		const subjectId = idIn(nested, "id");
		const contactId = idIn(nested, "contactId");
		return {
			kind,
			contactId,
			subjectId,
			tags: [
				appointmentTag(subjectId),
				appointmentsOfContact(contactId),
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
