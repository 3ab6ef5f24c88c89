/** The calls that book, change and cancel appointments. Their answers lack times, so the appointment is read by whoever shows it. */
import type { Upstream } from "../../upstream/client.ts";
import { operation } from "../../upstream/operation.ts";
import { Done, Type } from "../../upstream/shapes.ts";
import { AppointmentShape } from "./rest.ts";

/** What can be written into an appointment (contract, section 2); only what is there is changed, but for the status. */
export type AppointmentBody = Readonly<Record<string, string | boolean>>;

const create = operation(
	"POST",
	"/calendars/events/appointments",
	AppointmentShape,
);
const update = operation(
	"PUT",
	"/calendars/events/appointments/{eventId}",
	// Whose answer it is follows from the path.
	Type.Object({}),
);
const remove = operation("DELETE", "/calendars/events/{eventId}", Done);

/** The id of the new appointment. */
export const createAppointment = async (
	upstream: Upstream,
	body: AppointmentBody,
): Promise<string> =>
	(
		await upstream.call(create, {
			body: { locationId: upstream.locationId, ...body },
		})
	).id;

/** A body without `appointmentStatus` would reset it to confirmed (contract, section 11): the type requirements one. */
export const updateAppointment = async (
	upstream: Upstream,
	eventId: string,
	body: AppointmentBody & { readonly appointmentStatus: string },
): Promise<void> => {
	await upstream.call(update, { ids: { eventId }, body });
};

export const deleteAppointment = async (
	upstream: Upstream,
	eventId: string,
): Promise<void> => {
	await upstream.call(remove, { ids: { eventId }, body: {} });
};
