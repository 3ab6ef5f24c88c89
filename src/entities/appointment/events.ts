/** What webhooks say about appointments, which they nest under `appointment`. */
import {
	type ChangeKind,
	type ChangeReader,
	type DeliveryBody,
	NAME,
} from "../../change.ts";
import { idIn, idMaybeIn } from "../contact/events.ts";

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
			names: [
				NAME.appointment(subjectId),
				contactId === undefined
					? NAME.appointmentsOfAny
					: NAME.appointmentsOf(contactId),
			],
		};
	};

/** By the sender's type. */
export const appointmentReaders: Readonly<Record<string, ChangeReader>> = {
	AppointmentCreate: about("APPOINTMENT_CREATED"),
	AppointmentUpdate: about("APPOINTMENT_UPDATED"),
	AppointmentDelete: about("APPOINTMENT_DELETED"),
};
